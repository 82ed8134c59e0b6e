import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect } from 'vitest';
import { ImagerError } from '../../../device/board.ts';
import { FfmpegImager } from '../../../device/peripherals/ffmpeg-imager.ts';
import { parseSource } from '../../../device/peripherals/footage-source.ts';
import { SystemClock } from '../../../device/peripherals/system-clock.ts';
import { plainSettings, playToEnd } from '../../contract/imager.ts';
import { createRecordingSink } from '../../support/footage/recording-sink.ts';
import {
  ffmpegUnderTest,
  runFfmpeg,
  withFfmpeg as test,
  testPicture,
} from '../../support/footage/test-footage.ts';
import { permanentFolder } from '../../support/permanent-folder.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { waitFor } from '../../support/wait-for.ts';

const folder = permanentFolder();
const named = (name: string): string => join(folder, name);
const x264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p'];
const pattern = (what: string): readonly string[] => ['-f', 'lavfi', '-i', what];

beforeAll(async () => {
  const { timing } = await ffmpegUnderTest();
  writeFileSync(named('empty.mp4'), '');
  writeFileSync(named('text.mp4'), 'This is not a video.\n'.repeat(1000));
  writeFileSync(named('text.txt'), 'This is not a video.\n'.repeat(1000));
  writeFileSync(named('zeros.mp4'), Buffer.alloc(100_000));
  mkdirSync(named('no-images'));
  writeFileSync(join(named('no-images'), 'notes.txt'), '');
  mkdirSync(named('mixed-images'));
  for (const name of ['a.jpg', 'b.png']) writeFileSync(join(named('mixed-images'), name), '');
  await runFfmpeg(...pattern('sine=d=2'), '-c:a', 'aac', named('sound.mp4'));
  await runFfmpeg(
    ...pattern('color=s=7680x4320:r=1:d=1'),
    ...['-c:v', 'mpeg4', '-frames:v', '1', named('8k.mp4')],
  );
  const whole = await testPicture(folder, { name: 'whole.mp4', seconds: 4 });
  const bytes = readFileSync(whole);
  writeFileSync(named('no-moov.mp4'), bytes.subarray(0, bytes.length - 8000));
  const fast = await testPicture(folder, {
    name: 'fast-start.mp4',
    seconds: 4,
    more: ['-movflags', '+faststart'],
  });
  const fastBytes = readFileSync(fast);
  writeFileSync(named('cut.mp4'), fastBytes.subarray(0, Math.floor(fastBytes.length * 0.6)));
  await runFfmpeg(
    ...pattern("testsrc2=s=320x180:r=30:d=4,select='not(mod(n\\,7))+lt(mod(n\\,30)\\,5)'"),
    ...[timing, 'vfr', ...x264, named('variable-rate.mp4')],
  );
  await runFfmpeg(
    ...pattern('testsrc2=s=320x180:r=15:d=11'),
    ...[...x264, '-g', '150', '-keyint_min', '150', '-sc_threshold', '0', named('sparse-idr.mp4')],
  );
});

async function imagerOf(
  name: string,
  encoder: 'x264' | 'pass-through' | 'auto' = 'auto',
): Promise<FfmpegImager> {
  return new FfmpegImager({
    clock: new SystemClock(),
    binary: await ffmpegUnderTest(),
    source: await parseSource(named(name), { mode: 'once', pace: 'fast' }),
    encoder,
  });
}

describe('what can never work is refused at start, by name', () => {
  test.each([
    ['missing.mp4', /footage .*missing\.mp4: nothing there, expected a video file/],
    ['empty.mp4', /footage .*empty\.mp4: an empty file, expected a video/],
    [
      'text.mp4',
      /footage .*text\.mp4: (Invalid data|moov atom not found|no video in it).*, expected a video/,
    ],
    ['text.txt', /footage .*text\.txt: text, expected a video/],
    ['zeros.mp4', /footage .*zeros\.mp4: .+, expected a video/],
    ['sound.mp4', /footage .*sound\.mp4: no video in it \(Audio: aac\), expected a video/],
    ['8k.mp4', /footage .*8k\.mp4: pictures of 7680x4320, expected at most 4096x2304/],
    ['no-moov.mp4', /footage .*no-moov\.mp4: moov atom not found, expected a video/],
    ['no-images', /images in .*no-images: found none, expected pictures of one kind/],
    ['mixed-images', /images in .*mixed-images: found \.jpg and \.png, expected pictures of one/],
  ])('%s', async (name, because) => {
    const sink = createRecordingSink();
    const refusal = await imagerOf(name)
      .then((imager) => imager.start(plainSettings, sink))
      .catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(ImagerError);
    expect((refusal as ImagerError).message).toMatch(because);
    expect(sink.order()).toBe('');
  });

  test('a refused imager can be started again once the file is right', async () => {
    const file = join(temporaryFolder(), 'footage.mp4');
    writeFileSync(file, '');
    const imager = new FfmpegImager({
      clock: new SystemClock(),
      binary: await ffmpegUnderTest(),
      source: await parseSource(file, { mode: 'once', pace: 'fast' }),
      encoder: 'x264',
    });
    await expect(imager.start(plainSettings, createRecordingSink())).rejects.toThrow(
      'an empty file',
    );
    copyFileSync(named('whole.mp4'), file);
    expect((await playToEnd(imager)).fragments.length).toBeGreaterThanOrEqual(4);
  });
});

test('footage that is cut short plays as far as it goes, and ends', async () => {
  const sink = await playToEnd(await imagerOf('cut.mp4'));
  expect(sink.fragments.length).toBeGreaterThanOrEqual(2);
  expect(sink.fragments.length).toBeLessThan(4);
  expect(sink.faults).toEqual([{ ended: true, because: expect.any(String) }]);
  await runFfmpeg('-xerror', '-i', sink.save(temporaryFolder()), '-f', 'null', '-');
});

test('footage of a variable rate comes out at a steady one', async () => {
  const sink = await playToEnd(await imagerOf('variable-rate.mp4'));
  const start = sink.luma[0]?.at ?? 0;
  expect(sink.luma.map(({ at }) => at - start)).toEqual(sink.luma.map((_, i) => i * 200));
  const whole = sink.fragments.slice(0, -1);
  expect(whole.map(({ durationMs }) => durationMs)).toEqual(whole.map(() => 1000));
});

test('IDR pictures ten seconds apart are encoded anew', async () => {
  const sink = await playToEnd(await imagerOf('sparse-idr.mp4'));
  expect(sink.fragments).toHaveLength(11);
});

test.each([
  ['sparse-idr.mp4', plainSettings, /no IDR within 1000 ms after the one at 0\.0 s/],
  ['variable-rate.mp4', { ...plainSettings, clockOverlay: true }, /a clock overlay is to be burnt/],
  ['8k.mp4', plainSettings, /7680x4320/],
  ['cut.mp4', plainSettings, /cannot pass through: it is cut short at 2\.\d s/],
])('asked to pass %s through it says why it cannot', async (name, settings, because) => {
  const imager = await imagerOf(name, 'pass-through');
  await expect(imager.start(settings, createRecordingSink())).rejects.toThrow(because);
});

test('a camera that cannot be reached is a fault and is tried again', async () => {
  const imager = new FfmpegImager({
    clock: new SystemClock(),
    binary: await ffmpegUnderTest(),
    source: await parseSource('rtsp://user:secret@127.0.0.1:1/x', {
      mode: 'loop',
      pace: 'real-time',
    }),
    encoder: 'auto',
  });
  const sink = createRecordingSink();
  const started = imager.start(plainSettings, sink).catch((error: unknown) => error);
  await waitFor('two faults', () => sink.faults.length >= 2);
  for (const { ended, because } of sink.faults) {
    expect(ended).toBe(false);
    expect(because).toMatch(/^camera rtsp:.*127\.0\.0\.1:1\/x: nothing listens there$/);
    expect(because).not.toContain('secret');
  }
  await imager.stop();
  expect(await started).toBeInstanceOf(ImagerError);
});
