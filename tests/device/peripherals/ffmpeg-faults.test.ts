import { fork } from 'node:child_process';
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
import { childrenOf, type RunningProcess, runningProcesses } from '../../support/processes.ts';
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
  const { path, timing } = await ffmpegUnderTest();
  process.env['REAL_FFMPEG'] = path;
  process.env['FAKE_MEMORY'] = join(temporaryFolder(), 'failed-once');
  const imager = new FfmpegImager({
    clock,
    binary: { path: fake(program), timing },
    source: await parseSource(footage, { mode: 'loop', pace: 'real-time' }),
    encoder: 'x264',
  });
  onTestFinished(() => imager.stop());
  return imager;
}

test.each([
  ['dies.sh', 1, /signal SIGSEGV/],
  // After its first output or before: how far it comes in a second depends on the machine.
  ['hangs.sh', 4, /gave nothing for \d+ s/],
  ['prints-garbage.sh', 1, /not what was asked for: no YUV4MPEG2 header \("this is not a picture/],
  ['sends-garbage.mjs', 1, /not MP4: "this is not an MP4, but/],
])(
  'when ffmpeg is %s the fault is told and the stream starts anew',
  async (program, haste, because) => {
    const running = childrenOf().length;
    const sink = createRecordingSink();
    // A hang is found out early; what follows it has all the time that a loaded machine needs.
    const isHasty = (timer: string): boolean =>
      timer === 'encoder-watch' && sink.faults.length === 0;
    const imager = await openFaulty(program, createHastyClock(haste, isHasty));
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
    await waitFor('its processes to be gone', () => childrenOf().length <= running);
  },
);

test('one that marks devices in its list of formats plays a pattern', async () => {
  const { path, timing } = await ffmpegUnderTest();
  process.env['REAL_FFMPEG'] = path;
  const imager = new FfmpegImager({
    clock: createHastyClock(1),
    binary: { path: fake('lists-devices.sh'), timing },
    source: await parseSource('lavfi:testsrc2=s=320x180:r=15', {
      mode: 'loop',
      pace: 'real-time',
    }),
    encoder: 'x264',
  });
  onTestFinished(() => imager.stop());
  await imager.start(plainSettings, createRecordingSink());
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
  const before = childrenOf().length;
  const imager = await openFaulty('hangs-at-once.sh', createHastyClock(50));
  const sink = createRecordingSink();
  const started = imager.start(plainSettings, sink).catch((error: unknown) => error);
  await waitFor('two faults', () => sink.faults.length >= 2);
  await imager.stop();
  expect(await started).toBeInstanceOf(ImagerError);
  await waitFor('its processes to be gone', () => childrenOf().length <= before);
});

test('a program that is not there is a fault that says so', async () => {
  const imager = await openFaulty('no-such-program', createHastyClock(50));
  const started = imager.start(plainSettings, createRecordingSink());
  await expect(started).rejects.toThrow(/ffmpeg does not start: .*ENOENT/);
});

test.each(['SIGKILL', 'SIGTERM'] as const)(
  'its ffmpeg ends when the doorbell is ended by %s',
  async (signal) => {
    const { path, timing } = await ffmpegUnderTest();
    const host = fork(
      fileURLToPath(new URL('../../support/footage/imager-process.ts', import.meta.url)),
      [path, timing, footage],
    );
    onTestFinished(() => void host.kill('SIGKILL'));
    await new Promise((resolve) => host.once('message', resolve));
    const [ffmpeg] = childrenOf(host.pid).filter(({ words }) => words.includes('-filter_complex'));
    if (ffmpeg === undefined) throw new Error('expected its ffmpeg');
    host.kill(signal);
    // A zombie has ended, though nobody has looked.
    const isRunning = ({ pid, words }: RunningProcess): boolean =>
      pid === ffmpeg.pid && words !== '';
    await waitFor('ffmpeg to end', () => !runningProcesses().some(isRunning));
  },
);

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
