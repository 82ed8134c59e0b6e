import { spawnSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect } from 'vitest';
import { type LumaPicture, readLuma } from '../../../tools/score/luma-frames.ts';
import { compressFootage } from '../../../tools/stress/compressed-copy.ts';
import { type Strength, strengths } from '../../../tools/stress/stressors.ts';
import {
  ffmpegUnderTest,
  runFfmpeg,
  withFfmpeg as test,
  testPicture,
} from '../../support/footage/test-footage.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const launcher = join(import.meta.dirname, '../../../tools/doorbell.mjs');

describe('compression', () => {
  async function compressed(file: string, strength: Strength): Promise<LumaPicture[]> {
    const source = { path: file, images: null, framesPerSecond: null, analysisWidthPx: 320 };
    const copy = compressFootage(source, strength, join(temporaryFolder(), 'copy'));
    const pictures: LumaPicture[] = [];
    for await (const picture of readLuma(source)) pictures.push(await copy.lay(picture));
    await copy.close();
    return pictures;
  }

  test('keeps number, time and size of the pictures; each strength is worse than the one before', async () => {
    const folder = temporaryFolder();
    const file = join(folder, 'odd.mp4');
    // Of an odd size, and a rate that varies.
    const made = ['-f', 'lavfi', '-i', 'testsrc2=s=418x235:r=25:d=2', '-vf'];
    const pick = "select='lt(n\\,20)+not(mod(n\\,5))',format=yuv444p";
    const { timing } = await ffmpegUnderTest();
    await runFfmpeg(...made, pick, timing, 'vfr', '-c:v', 'libx264', '-qp', '4', file);
    const source = { path: file, images: null, framesPerSecond: null, analysisWidthPx: 320 };
    const whole: LumaPicture[] = [];
    for await (const picture of readLuma(source)) whole.push(picture);
    const errors: number[] = [];
    for (const strength of strengths) {
      const copy = await compressed(file, strength);
      expect(copy.map(({ luma, ...rest }) => ({ ...rest, bytes: luma.length }))).toEqual(
        whole.map(({ luma, ...rest }) => ({ ...rest, bytes: luma.length })),
      );
      errors.push(copy.reduce((sum, { luma }, n) => sum + errorOf(luma, whole[n]?.luma), 0));
    }
    expect(errors[0]).toBeGreaterThan(0);
    expect(errors[1]).toBeGreaterThan((errors[0] ?? 0) * 1.1);
    expect(errors[2]).toBeGreaterThan((errors[1] ?? 0) * 1.1);
  });

  const errorOf = (a: Uint8Array, b: Uint8Array = a): number =>
    a.reduce((sum, value, i) => sum + (value - (b[i] ?? 0)) ** 2, 0);
});

describe('doorbell stress', () => {
  async function labelledFolder(): Promise<string> {
    const folder = temporaryFolder();
    await testPicture(folder, { size: '96x64', rate: 10, seconds: 2 });
    const lines =
      'picture.mp4,0,9,10,NO_MOTION,eye,0,\npicture.mp4,10,19,10,PERSON,eye,0,\nother.mp4,0,1,10,PERSON,eye,0,\n';
    writeFileSync(join(folder, 'events.csv'), lines);
    return folder;
  }
  const stress = (...words: readonly string[]) => stressIn({}, ...words);
  const stressIn = (env: Readonly<Record<string, string>>, ...words: readonly string[]) => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [launcher, 'stress', '--learning', '0.2', ...words],
      { encoding: 'utf8', env: { ...process.env, ...env } },
    );
    return { status, stdout, stderr };
  };

  test('scores footage as it is and under each stressor at three strengths, truth unchanged', async () => {
    const folder = await labelledFolder();
    const chosen = ['--only', 'noise', 'compression'];
    const { status, stdout, stderr } = stress(folder, '--json', ...chosen);
    const { rows, unscored, seed } = JSON.parse(stdout);
    expect([status, seed, unscored]).toEqual([0, 1, []]);
    expect(stderr).toContain('names other.mp4, which is not there');
    expect(
      rows.map(({ stressor, strength }: { stressor: string; strength: number }) => [
        stressor,
        strength,
      ]),
    ).toEqual([
      ['none', 0],
      ...strengths.map((strength) => ['noise', strength]),
      ...strengths.map((strength) => ['compression', strength]),
    ]);
    for (const { totals } of rows) {
      expect(totals).toMatchObject({ frames: 20, intervals: 1, quietSeconds: 0.8 });
    }
    const again = JSON.parse(stress(folder, '--json', ...chosen).stdout);
    const figures = (all: typeof rows) =>
      all.map(({ totals }: { totals: Record<string, unknown> }) => ({
        ...totals,
        detectorFramesPerSecond: null,
      }));
    expect(figures(again.rows)).toEqual(figures(rows));
  });

  test('--markdown gives a row for each stressor, a column for each strength', async () => {
    const { stdout } = stress(await labelledFolder(), '--markdown', '--only', 'rain');
    expect(stdout.trim().split('\n')).toEqual([
      '| F, found, false alarm of 1 s | 1 | 2 | 3 |',
      '| --- | --- | --- | --- |',
      expect.stringMatching(/^\| as it is \| -, [01]\/1, \d\.\d s \| \| \|$/),
      expect.stringMatching(/^\| rain( \| -, [01]\/1, \d\.\d s){3} \|$/),
    ]);
  });

  test('--pictures shows a row for each stressor, a column for each strength', async () => {
    const folder = await labelledFolder();
    stress(folder, '--only', 'noise', 'rain', '--pictures', join(folder, 'sheets'));
    const sheet = sharp(join(folder, 'sheets/picture.mp4.png'));
    const [width, height] = [3 * (96 + 4) - 4, 2 * (64 + 4) - 4];
    expect(await sheet.metadata()).toMatchObject({ width, height });
    const place = (column: number) => ({ left: column * 100, top: 0, width: 96, height: 64 });
    const file = join(folder, 'sheets/picture.mp4.png');
    const cells = [0, 1, 2].map((column) => sharp(file).extract(place(column)).raw().toBuffer());
    const [mild, usual, bad] = await Promise.all(cells);
    expect(mild?.equals(usual ?? Buffer.alloc(0))).toBe(false);
    expect(usual?.equals(bad ?? Buffer.alloc(0))).toBe(false);
  });

  test('footage without truth is refused', async () => {
    const folder = temporaryFolder();
    await testPicture(folder, { seconds: 1 });
    const { status, stderr } = stress(folder);
    expect([status, stderr]).toEqual([2, expect.stringMatching(/no truth beside it/)]);
  });

  test('copies do not stay behind', async () => {
    const folder = temporaryFolder();
    const { status } = stressIn(
      { TMPDIR: folder },
      await labelledFolder(),
      '--only',
      'compression',
    );
    expect([status, readdirSync(folder)]).toEqual([0, []]);
  });
});
