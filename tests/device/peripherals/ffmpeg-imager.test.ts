import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, onTestFinished } from 'vitest';
import type { LumaFrame } from '../../../device/board.ts';
import type { VideoPath } from '../../../device/peripherals/encoder-plan.ts';
import { FfmpegImager } from '../../../device/peripherals/ffmpeg-imager.ts';
import { type Playback, parseSource } from '../../../device/peripherals/footage-source.ts';
import { SystemClock } from '../../../device/peripherals/system-clock.ts';
import type { UptimeMs } from '../../../device/wire/time.ts';
import { imagerContract, plainSettings, playToEnd } from '../../contract/imager.ts';
import { createRecordingSink } from '../../support/footage/recording-sink.ts';
import {
  ffmpegUnderTest,
  flashAndTone,
  numbered,
  oneColour,
  runFfmpeg,
  withFfmpeg as test,
  testPicture,
} from '../../support/footage/test-footage.ts';
import { permanentFolder } from '../../support/permanent-folder.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { waitFor } from '../../support/wait-for.ts';

const once: Playback = { mode: 'once', pace: 'fast' };
const endless: Playback = { mode: 'loop', pace: 'real-time' };

const clock = new SystemClock();
const uptime = (): UptimeMs => clock.uptime();

async function openImager(
  source: string,
  playback: Playback,
  encoder: VideoPath | 'auto' = 'x264',
): Promise<FfmpegImager> {
  return new FfmpegImager({
    clock,
    binary: await ffmpegUnderTest(),
    source: await parseSource(source, playback),
    encoder,
  });
}

const folder = permanentFolder();
let withSound = '';
let silent = '';
let images = '';
beforeAll(async () => {
  withSound = await flashAndTone(folder, 2, 1);
  silent = await testPicture(folder, { more: ['-bf', '0'] });
  images = join(folder, 'images[1]');
  mkdirSync(images);
  await runFfmpeg('-f', 'lavfi', '-i', 'testsrc2=s=320x180:r=15:d=3', numbered(images, 'jpg'));
});

imagerContract({
  name: 'a video file encoded anew',
  hasAudio: true,
  openOnce: () => openImager(withSound, once),
  openEndless: () => openImager(silent, endless),
  uptime,
});
imagerContract({
  name: 'a video file passed through',
  hasAudio: true,
  openOnce: () => openImager(withSound, once, 'pass-through'),
  openEndless: () => openImager(silent, endless, 'pass-through'),
  uptime,
});
imagerContract({
  name: 'a folder of images',
  hasAudio: false,
  openOnce: () => openImager(images, once),
  openEndless: () => openImager(images, endless),
  uptime,
});
imagerContract({
  name: 'a pattern',
  hasAudio: false,
  openOnce: () => openImager('lavfi:testsrc2=s=320x180:r=15:d=3', once),
  openEndless: () => openImager('lavfi:testsrc2=s=320x180:r=15', endless),
  uptime,
});

const brightness = (luma: Uint8Array): number => luma.reduce((sum, y) => sum + y, 0) / luma.length;

describe('luma, pictures and sound are in step', () => {
  test.each(['x264', 'pass-through'] as const)('with %s', async (encoder) => {
    const sink = await playToEnd(await openImager(withSound, once, encoder));
    const start = sink.luma[0]?.at ?? 0;
    const bright = sink.luma.find(({ luma }) => brightness(luma) > 128);
    expect((bright?.at ?? 0) - start).toBe(2000);
    const file = sink.save(temporaryFolder());
    const picture = await firstBrightMs(file);
    const sound = await firstLoudMs(file);
    expect(Math.abs(sound - picture)).toBeLessThanOrEqual(40);
    // The clip's own clock begins with its earliest track, at most one AAC frame before the picture.
    expect(picture - 2000).toBeGreaterThanOrEqual(0);
    expect(picture - 2000).toBeLessThanOrEqual(25);
  });
});

/** Presentation time of the first bright picture. */
async function firstBrightMs(file: string): Promise<number> {
  const lines = await filterOutput(file, [
    ...['-vf', 'signalstats,metadata=print:key=lavfi.signalstats.YAVG:file=-', '-an'],
  ]);
  const times = [...lines.matchAll(/pts_time:([\d.]+)\s[\s\S]*?YAVG=([\d.]+)/g)];
  return Number(times.find(([, , y]) => Number(y) > 128)?.[1]) * 1000;
}

/** Presentation time of the first loud piece of sound, 5 ms long. */
async function firstLoudMs(file: string): Promise<number> {
  const lines = await filterOutput(file, [
    '-af',
    'asetnsamples=240,astats=metadata=1:reset=1,ametadata=print:key=lavfi.astats.Overall.Peak_level:file=-',
    '-vn',
  ]);
  const times = [...lines.matchAll(/pts_time:([\d.]+)\s[\s\S]*?Peak_level=(-?[\d.inf]+)/g)];
  return Number(times.find(([, , level]) => Number(level) > -20)?.[1]) * 1000;
}

async function filterOutput(file: string, filter: readonly string[]): Promise<string> {
  const { path } = await ffmpegUnderTest();
  const args = ['-v', 'error', '-copyts', '-i', file, ...filter, '-f', 'null', '-'];
  return execFileSync(path, args, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
}

test('privacy masks are black in luma, fragments and stills', async () => {
  const white = await oneColour(temporaryFolder(), 'ffffff');
  const settings = {
    ...plainSettings,
    privacyMasks: [{ x: 0.5, y: 0, width: 0.5, height: 1 }],
  };
  const sink = await playToEnd(await openImager(white, once), settings);
  const [frame] = sink.luma;
  if (frame === undefined) throw new Error('expected luma');
  const row = frame.luma.subarray(0, frame.widthPx);
  expect(Math.max(...row.subarray(frame.widthPx / 2 + 1))).toBeLessThanOrEqual(16);
  expect(Math.min(...row.subarray(0, frame.widthPx / 2 - 1))).toBeGreaterThanOrEqual(230);
  const imager = await openImager(white, endless);
  onTestFinished(() => imager.stop());
  const live = createRecordingSink();
  await imager.start(settings, live);
  await waitFor('a fragment', () => live.fragments.length > 0);
  const { jpeg } = await imager.still({ bytesMax: 100_000, widthPxMax: 320 });
  expect(await pixel(jpeg, 0.75, 0.5)).toEqual([0, 0, 0]);
  expect(Math.min(...(await pixel(jpeg, 0.25, 0.5)))).toBeGreaterThanOrEqual(250);
});

test('the clock is burnt into the video, not into luma', async () => {
  const black = await oneColour(temporaryFolder(), '000000');
  const sink = await playToEnd(await openImager(black, once), {
    ...plainSettings,
    clockOverlay: true,
  });
  for (const { luma } of sink.luma) expect(Math.max(...luma)).toBeLessThanOrEqual(16);
  const imager = await openImager(black, endless);
  onTestFinished(() => imager.stop());
  const live = createRecordingSink();
  await imager.start({ ...plainSettings, clockOverlay: true }, live);
  await waitFor('a fragment', () => live.fragments.length > 0);
  const { jpeg } = await imager.still({ bytesMax: 100_000, widthPxMax: 320 });
  const corner = sharp(jpeg).extract({ left: 0, top: 0, width: 160, height: 20 });
  const { channels } = await sharp(await corner.png().toBuffer()).stats();
  expect(channels[0]?.max).toBeGreaterThan(200);
});

test.each([
  ['ff0000', 'bt709', [255, 0, 0]],
  ['00ff00', 'bt601', [0, 255, 0]],
  ['2040e0', 'bt709', [32, 64, 224]],
  ['2040e0', 'bt601', [32, 64, 224]],
  ['808080', 'bt709', [128, 128, 128]],
] as const)(
  'the colour %s of %s comes out right in stills and live frames',
  async (rgb, matrix, expected) => {
    const imager = await openImager(await oneColour(temporaryFolder(), rgb, matrix), endless);
    onTestFinished(() => imager.stop());
    const sink = createRecordingSink();
    await imager.start(plainSettings, sink);
    await waitFor('a fragment', () => sink.fragments.length > 0);
    const { jpeg } = await imager.still({ bytesMax: 100_000, widthPxMax: 320 });
    const live = await new Promise<Uint8Array>((resolve) => {
      const viewing = imager.liveFrames({ widthPxMax: 320, framesPerSecond: 5 }, (frame) => {
        viewing.cancel();
        resolve(frame);
      });
    });
    for (const picture of [jpeg, live]) {
      const found = await pixel(picture, 0.5, 0.5);
      for (const [i, value] of expected.entries()) {
        expect(Math.abs((found[i] ?? 0) - value)).toBeLessThanOrEqual(8);
      }
    }
  },
);

async function pixel(jpeg: Uint8Array, x: number, y: number): Promise<readonly number[]> {
  const { data, info } = await sharp(jpeg)
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const at = (Math.floor(y * info.height) * info.width + Math.floor(x * info.width)) * 3;
  return [...data.subarray(at, at + 3)];
}

test('auto passes fit footage through and encodes what is unfit or has something burnt in', async () => {
  const fit = await playToEnd(await openImager(withSound, once, 'auto'));
  const unfit = await testPicture(temporaryFolder(), { gop: 30 });
  const encoded = await playToEnd(await openImager(unfit, once, 'auto'));
  const reordered = await testPicture(temporaryFolder(), { more: ['-bf', '2'] });
  const inOrder = await playToEnd(await openImager(reordered, once, 'auto'));
  const burnt = await playToEnd(await openImager(withSound, once, 'auto'), {
    ...plainSettings,
    clockOverlay: true,
  });
  // ultrafast, of which the footage is made, knows no CABAC: its profile is baseline.
  expect(fit.inits[0]?.codec).toMatch(/^avc1\.42/);
  expect(encoded.inits[0]?.codec).toMatch(/^avc1\.64/);
  expect(inOrder.inits[0]?.codec).toMatch(/^avc1\.64/);
  expect(burnt.inits[0]?.codec).toMatch(/^avc1\.64/);
});

test('a loop goes on without a gap', async () => {
  const looped = join(temporaryFolder(), 'looped.mp4');
  copyFileSync(withSound, looped);
  const imager = await openImager(looped, { mode: 'loop', pace: 'fast' });
  const sink = createRecordingSink();
  await imager.start(plainSettings, sink);
  await waitFor('three loops', () => sink.fragments.length > 10);
  await imager.stop();
  const start = sink.luma[0]?.at ?? 0;
  expect(sink.luma.map(({ at }) => at - start)).toEqual(sink.luma.map((_, i) => i * 200));
  expect(sink.faults).toEqual([]);
  await runFfmpeg('-xerror', '-i', sink.save(temporaryFolder()), '-f', 'null', '-');
});

test.each(['x264', 'pass-through'] as const)(
  'after twenty rounds of %s the script still knows which picture is shown',
  async (encoder) => {
    const shown: number[] = [];
    let round: number | null = null;
    const imager = new FfmpegImager({
      clock: new SystemClock(),
      binary: await ffmpegUnderTest(),
      source: await parseSource(withSound, { mode: 'loop', pace: 'fast' }),
      encoder,
      onProgress: (_footageMs, _startedAt, loopMs) => {
        round = loopMs;
      },
    });
    const sink = createRecordingSink();
    let wasBright = true;
    const onLuma = (frame: LumaFrame): void => {
      const bright = brightness(frame.luma) > 128;
      sink.onLuma(frame);
      // Dark for two seconds, then bright for one: where does each round turn bright?
      if (bright && !wasBright) shown.push(frame.at - (sink.luma[0]?.at ?? 0));
      wasBright = bright;
    };
    const settings = { ...plainSettings, analysisFramesPerSecond: 15 };
    await imager.start(settings, { ...sink, onLuma });
    await waitFor('twenty rounds', () => shown.length >= 20);
    await imager.stop();
    for (const [i, ms] of shown.entries()) {
      const expected = 2000 + i * (round ?? 0);
      expect(Math.abs(ms - expected)).toBeLessThanOrEqual(70);
    }
  },
);

test('a camera by HTTP plays, and when it breaks off it is tried again', async () => {
  const file = await testPicture(temporaryFolder(), { more: ['-movflags', '+faststart'] });
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'video/mp4' });
    response.end(readFileSync(file));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const imager = await openImager(`http://127.0.0.1:${port}/camera`, endless, 'auto');
  onTestFinished(() => imager.stop());
  const sink = createRecordingSink();
  await imager.start(plainSettings, sink);
  await waitFor('fragments after a fault', () => /f.*x.*f/.test(sink.order()));
  // Newer ones add what they say of the connection.
  const because = expect.stringMatching(/^the footage is at its end/);
  expect(sink.faults[0]).toEqual({ ended: false, because });
});
