import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { motionSettingsSchema } from '../../../device/vision/motion-settings.ts';
import { uptimeMs } from '../../../device/wire/time.ts';
import { findEstablished, openEstablished } from '../../../tools/compare/established-watcher.ts';
import { hasFfmpeg, runFfmpeg, withFfmpeg } from '../../support/footage/test-footage.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const launcher = join(import.meta.dirname, '../../../tools/doorbell.mjs');
const established = await findEstablished();

/** Four seconds of nothing, then a white box that crosses a grey picture for two. */
async function crossing(): Promise<string> {
  const folder = temporaryFolder();
  const still = 'color=gray:s=160x120:r=10:d=6';
  const box = 'color=white:s=40x60:r=10:d=6';
  const over = "[0:v][1:v]overlay=x='if(lt(n,40),-100,(n-40)*6)':y=40,noise=alls=6:allf=t";
  const inputs = ['-f', 'lavfi', '-i', still, '-f', 'lavfi', '-i', box];
  await runFfmpeg(...inputs, '-filter_complex', over, '-c:v', 'ffv1', join(folder, 'box.mkv'));
  const lines = 'box.mkv,0,38,10,NO_MOTION,made,0,\nbox.mkv,41,59,10,PERSON,made,0,\n';
  writeFileSync(join(folder, 'events.csv'), lines);
  return folder;
}

const compare = (words: readonly string[], env: Record<string, string> = {}) =>
  spawnSync(process.execPath, [launcher, 'compare', ...words], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });

const isBare = established === null || !hasFfmpeg;
describe.skipIf(isBare)('doorbell compare (needs python3-opencv and ffmpeg)', () => {
  test('runs each detector over the same frames, and finds the same box with each', async () => {
    const names = established?.names ?? [];
    const { status, stdout, stderr } = compare([await crossing(), '--learning', '2', '--json']);
    expect(stderr).not.toContain('note');
    const { rows, opencv } = JSON.parse(stdout);
    expect([status, opencv]).toEqual([0, established?.version]);
    expect(rows.map(({ detector }: { detector: string }) => detector)).toEqual([
      'doorbell',
      ...names,
    ]);
    for (const { totals } of rows) {
      expect(totals).toMatchObject({ frames: 60, intervals: 1, intervalsFound: 1 });
      expect(totals.quietSeconds).toBeCloseTo(1.9);
    }
  });

  test('prints a table, and one in Markdown', async () => {
    const folder = await crossing();
    const table = compare([folder, '--only', 'mog2']).stdout.trim().split('\n');
    expect(table[0]).toMatch(/^DETECTOR +FOUND +COVERAGE +FALSE ALARM S/);
    expect(table.slice(1).map((line) => line.split(' ')[0])).toEqual(['doorbell', 'mog2']);
    const markdown = compare([folder, '--only', 'mog2', '--markdown']).stdout.trim().split('\n');
    expect(markdown).toHaveLength(4);
    expect(markdown[2]).toMatch(/^\| doorbell \| 1\/1 \| /);
  });

  test('a labelled region is all that a detector sees', async () => {
    if (established === null) return;
    const polygon = [0, 1, 1, 0].map((x, i) => ({ x: x * 0.25, y: i < 2 ? 0 : 1 }));
    const zone = { name: 'left', kind: 'include', polygon, sensitivity: null };
    const settings = motionSettingsSchema.parse({ zones: [zone] });
    const shape = { name: 'mog2', widthPx: 64, heightPx: 48, framesPerSecond: 10, settings };
    const watcher = openEstablished(established, shape);
    const still = new Uint8Array(64 * 48).fill(90);
    const intruder = still.map((value, i) => (i % 64 >= 40 ? 250 : value));
    const both = still.map((value, i) => (i % 64 >= 40 || i % 64 < 12 ? 250 : value));
    for (let n = 0; n < 20; n++) await watcher.observe(still, uptimeMs(n * 100), 'day');
    expect((await watcher.observe(intruder, uptimeMs(2_000), 'day')).motion).toBe(false);
    expect((await watcher.observe(both, uptimeMs(2_100), 'day')).motion).toBe(true);
    await watcher.close?.();
  });

  test('one whose process dies ends it in a sentence', async () => {
    const python = join(temporaryFolder(), 'python');
    const listing = `[ "$2" = --list ] && exec ${established?.python} "$@"`;
    writeFileSync(python, `#!/bin/sh\n${listing}\nkill -KILL $$\n`, { mode: 0o755 });
    const { status, stderr } = compare([await crossing()], { PYTHON_BIN: python });
    expect(stderr).toMatch(/^doorbell: \w+ ended by SIGKILL\n$/);
    expect(status).toBe(2);
  });
});

withFfmpeg('without python3-opencv the others are left out by name', async () => {
  const { status, stdout, stderr } = compare([await crossing()], { PYTHON_BIN: '/bin/false' });
  expect(
    stdout
      .trim()
      .split('\n')
      .map((line) => line.split(' ')[0]),
  ).toEqual(['DETECTOR', 'doorbell']);
  const names = 'frigate, motion, mog2, knn, cnt, gsoc';
  expect(stderr).toBe(`note: left out, as python3-opencv is not installed: ${names}\n`);
  expect(status).toBe(0);
});

withFfmpeg('footage without truth is refused', async () => {
  const video = join(await crossing(), 'box.mkv');
  rmSync(join(video, '../events.csv'));
  const { status, stderr } = compare([video]);
  expect([status, stderr]).toEqual([2, `doorbell: ${video}: no truth beside it\n`]);
});
