import { type ChildProcess, execFileSync, fork } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, onTestFinished } from 'vitest';
import { ImagerError } from '../../../device/board.ts';
import { FfmpegImager } from '../../../device/peripherals/ffmpeg-imager.ts';
import { parseSource } from '../../../device/peripherals/footage-source.ts';
import { plainSettings } from '../../contract/imager.ts';
import { createRecordingSink } from '../../support/footage/recording-sink.ts';
import {
  ffmpegUnderTest,
  withFfmpeg as test,
  testPicture,
} from '../../support/footage/test-footage.ts';
import { createHastyClock, type HastyClock } from '../../support/hasty-clock.ts';
import { permanentFolder } from '../../support/permanent-folder.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { waitFor } from '../../support/wait-for.ts';

const folder = permanentFolder();
let footage = '';
beforeAll(async () => {
  footage = await testPicture(folder);
});

const fake = (name: string): string =>
  fileURLToPath(new URL(`../../../fixtures/ffmpeg/${name}`, import.meta.url));

/** An imager on a program that fails the first time. */
async function openFaulty(program: string, clock: HastyClock): Promise<FfmpegImager> {
  process.env['REAL_FFMPEG'] = (await ffmpegUnderTest()).path;
  process.env['FAKE_MEMORY'] = join(temporaryFolder(), 'failed-once');
  const imager = new FfmpegImager({
    clock,
    binary: fake(program),
    source: await parseSource(footage, { mode: 'loop', pace: 'real-time' }),
    encoder: 'x264',
  });
  onTestFinished(() => imager.stop());
  return imager;
}

/** Processes of ours that still run, or are left unburied. */
function children(): readonly string[] {
  const all = execFileSync('ps', ['-e', '-o', 'ppid=,stat=,args='], { encoding: 'utf8' });
  return all
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.startsWith(`${process.pid} `) && !line.includes(' ps -e'));
}

test.each([
  ['dies.sh', /signal SIGSEGV/],
  // After its first output or before: how far it comes in a second depends on the machine.
  ['hangs.sh', /gave nothing for \d+ s/],
  ['prints-garbage.sh', /not what was asked for: no YUV4MPEG2 header \("this is not a picture/],
  ['sends-garbage.mjs', /not MP4: "this is not an MP4, but/],
])('when ffmpeg is %s the fault is told and the stream starts anew', async (program, because) => {
  const running = children().length;
  const imager = await openFaulty(program, createHastyClock(4));
  const sink = createRecordingSink();
  await imager.start(plainSettings, sink);
  await waitFor('fragments after the fault', () => /x.*f.*f/.test(sink.order()));
  expect(sink.faults).toEqual([{ ended: false, because: expect.stringMatching(because) }]);
  const [before = '', after = ''] = sink.order().split('x');
  expect(after).toMatch(/^l*i[lf]*$/);
  const fragmentsBefore = before.replaceAll(/[^f]/g, '').length;
  const flags = sink.fragments.slice(fragmentsBefore).map(({ continuous }) => continuous);
  expect(flags.slice(0, 2)).toEqual([false, true]);
  // Time never goes back over a fault.
  const times = sink.fragments.map(({ at }) => at);
  expect(times).toEqual(times.toSorted((a, b) => a - b));
  await imager.stop();
  await waitFor('its processes to be gone', () => children().length <= running);
});

test('one that never gets to a picture is tried again ever more rarely', async () => {
  const clock = createHastyClock(50);
  const imager = await openFaulty('dies-always.sh', clock);
  const sink = createRecordingSink();
  const started = imager.start(plainSettings, sink).catch((error: unknown) => error);
  await waitFor('eight faults', () => sink.faults.length >= 8);
  const pauses = clock.timers.filter(({ name }) => name === 'imager-restart');
  expect(pauses.slice(0, 8).map(({ delayMs }) => delayMs)).toEqual([
    500, 1000, 2000, 4000, 8000, 16000, 30000, 30000,
  ]);
  await imager.stop();
  expect(await started).toBeInstanceOf(ImagerError);
});

test('one that never answers is a fault too, and nothing of it stays', async () => {
  const before = children();
  const imager = await openFaulty('hangs-at-once.sh', createHastyClock(50));
  const sink = createRecordingSink();
  const started = imager.start(plainSettings, sink).catch((error: unknown) => error);
  await waitFor('two faults', () => sink.faults.length >= 2);
  await imager.stop();
  expect(await started).toBeInstanceOf(ImagerError);
  await waitFor('its processes to be gone', () => children().length <= before.length);
});

test('a program that is not there is a fault that says so', async () => {
  const imager = await openFaulty('no-such-program', createHastyClock(50));
  const started = imager.start(plainSettings, createRecordingSink());
  await expect(started).rejects.toThrow(/ffmpeg does not start: .*ENOENT/);
});

test.each(['SIGKILL', 'SIGTERM'] as const)(
  'its ffmpeg ends when the doorbell is ended by %s',
  async (signal) => {
    const { path } = await ffmpegUnderTest();
    const host = fork(
      fileURLToPath(new URL('../../support/footage/imager-process.ts', import.meta.url)),
      [path, footage],
    );
    onTestFinished(() => void host.kill('SIGKILL'));
    await new Promise((resolve) => host.once('message', resolve));
    const pid = ffmpegOf(host);
    host.kill(signal);
    await waitFor('ffmpeg to end', () => !isRunning(pid));
  },
);

function ffmpegOf(host: ChildProcess): number {
  const all = execFileSync('ps', ['-e', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' });
  const line = all.split('\n').find((l) => {
    const [, ppid, ...args] = l.trim().split(/\s+/);
    return ppid === `${host.pid}` && args.includes('-filter_complex');
  });
  return Number(line?.trim().split(/\s+/)[0]);
}

/** A zombie has ended, though nobody has looked. */
function isRunning(pid: number): boolean {
  try {
    const state = execFileSync('ps', ['-o', 'stat=', '-p', `${pid}`], { encoding: 'utf8' });
    return !state.startsWith('Z');
  } catch {
    return false;
  }
}

test('stopped, it leaves no folder behind', async () => {
  const ours = (): number =>
    readdirSync(tmpdir()).filter((name) => name.startsWith(`doorbell-imager-${process.pid}-`))
      .length;
  const imager = await openFaulty('dies.sh', createHastyClock(1));
  await imager.start(plainSettings, createRecordingSink());
  expect(ours()).toBe(1);
  await imager.stop();
  expect(ours()).toBe(0);
});
