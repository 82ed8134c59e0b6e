import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { beforeAll, expect, onTestFinished } from 'vitest';
import { type Clock, ImagerError, type StillSettings } from '../../../device/board.ts';
import type { PictureGroup } from '../../../device/peripherals/camera-stream.ts';
import type { MediaHead } from '../../../device/peripherals/media-head.ts';
import { SampleReader } from '../../../device/peripherals/sample-reader.ts';
import { StillMaker } from '../../../device/peripherals/still-picture.ts';
import { SystemClock } from '../../../device/peripherals/system-clock.ts';
import { uptimeMs } from '../../../device/wire/time.ts';
import {
  ffmpegUnderTest,
  runFfmpeg,
  withFfmpeg as test,
} from '../../support/footage/test-footage.ts';
import { createHastyClock } from '../../support/hasty-clock.ts';
import { permanentFolder } from '../../support/permanent-folder.ts';
import { childrenOf } from '../../support/processes.ts';
import { waitFor } from '../../support/wait-for.ts';

const gop = 5;
const wanted: StillSettings = { bytesMax: 50_000, widthPxMax: 160 };
/** Four GOPs as an encoder gives them, with sound, a picture a movie; each is 10 brighter than the one before. */
let head: MediaHead;
const movies: Buffer[] = [];

beforeAll(async () => {
  const file = join(permanentFolder(), 'brighter.mp4');
  await runFfmpeg(
    ...['-f', 'lavfi', '-i', "color=black:s=160x90:r=15:d=1.3333,geq=lum='16+10*N':cb=128:cr=128"],
    ...['-f', 'lavfi', '-i', 'sine=d=1.3333', '-c:a', 'aac', '-c:v', 'libx264', '-qp', '4'],
    ...['-tune', 'zerolatency', '-bf', '0', '-g', `${gop}`, '-pix_fmt', 'yuv420p', '-f', 'mp4'],
    ...['-movflags', '+frag_every_frame+empty_moov+default_base_moof+frag_discont', file],
  );
  const reader = new SampleReader({
    onHead: (found) => {
      head = found;
    },
    onMovie: (movie) => {
      movies.push(movie);
    },
    onSample: (sample) => {
      if (sample.trackId !== head.video.trackId) movies.pop();
    },
  });
  reader.take(readFileSync(file));
});

/** What the imager holds when picture `last` is its newest. */
function groupUpTo(last: number): PictureGroup {
  const first = last - (last % gop);
  return {
    init: head.init,
    colorMatrix: 'bt709',
    movies: movies.slice(first, last + 1),
    at: uptimeMs(last),
  };
}

async function openMaker(clock: Clock = new SystemClock(), program?: string): Promise<StillMaker> {
  const binary = await ffmpegUnderTest();
  const maker = new StillMaker({ clock, binary: { ...binary, path: program ?? binary.path } });
  onTestFinished(async () => {
    maker.reset();
    // Or the next test takes it for its own.
    await waitFor('the decoder to be gone', () => decoders().length === 0);
  });
  return maker;
}

test('pictures keep their times by the option that this ffmpeg has for it', async () => {
  const { path } = await ffmpegUnderTest();
  const timing = '-not_an_option' as '-vsync';
  const maker = new StillMaker({ clock: new SystemClock(), binary: { path, timing } });
  await expect(maker.make(groupUpTo(1), wanted)).rejects.toThrow(/not_an_option/);
});

/** Which picture a still shows, by its brightness. */
async function shownIn(jpeg: Uint8Array): Promise<number> {
  const { channels } = await sharp(jpeg).stats();
  const studioLuma = 16 + ((channels[0]?.mean ?? 0) * 219) / 255;
  return Math.round((studioLuma - 16) / 10);
}

/** Process ids of our decoders. */
const decoders = (like = /-copyts.*rawvideo/): readonly number[] =>
  childrenOf()
    .filter(({ words }) => like.test(words))
    .map(({ pid }) => pid);

const failing = (name: string): string =>
  fileURLToPath(new URL(`../../../fixtures/ffmpeg/${name}`, import.meta.url));

test('a still is the newest picture, whichever comes after which, and one decoder makes them all', async () => {
  const maker = await openMaker();
  const asked = [3, 4, 4, 2, 0, 19, 5, 11];
  // Others look at the same bytes: the live view, and the clip being recorded.
  const before = Buffer.concat(movies);
  const shown: number[] = [];
  for (const last of asked) {
    const { jpeg, at } = await maker.make(groupUpTo(last), wanted);
    expect(at).toBe(last);
    shown.push(await shownIn(jpeg));
  }
  expect(shown).toEqual(asked);
  expect(decoders()).toHaveLength(1);
  expect(Buffer.concat(movies).equals(before)).toBe(true);
});

test('a still is even in size and never wider than a message carries well, however large the camera', async () => {
  const maker = await openMaker();
  const group = groupUpTo(2);
  const large = { ...group, init: { ...group.init, widthPx: 4001, heightPx: 2250 } };
  const sizes: (readonly number[])[] = [];
  for (const widthPxMax of [4001, 1001]) {
    const { jpeg } = await maker.make(large, { bytesMax: 120_000, widthPxMax });
    const { width, height } = await sharp(jpeg).metadata();
    sizes.push([width, height]);
  }
  const { jpeg } = await maker.make(group, { ...wanted, widthPxMax: 1001 });
  const own = await sharp(jpeg).metadata();
  sizes.push([own.width, own.height]);
  expect(sizes).toEqual([
    [1920, 1080],
    [1000, 562],
    [160, 90],
  ]);
});

test('stills asked for at once each show their own picture, in their own size', async () => {
  const maker = await openMaker();
  const made = await Promise.all(
    [7, 13, 1].map((last, i) =>
      maker.make(groupUpTo(last), { ...wanted, widthPxMax: i === 1 ? 80 : 160 }),
    ),
  );
  expect(await Promise.all(made.map(({ jpeg }) => shownIn(jpeg)))).toEqual([7, 13, 1]);
  const sizes = await Promise.all(made.map(({ jpeg }) => sharp(jpeg).metadata()));
  expect(sizes.map(({ width, height }) => [width, height])).toEqual([
    [160, 90],
    [80, 46],
    [160, 90],
  ]);
});

test('a decoder that dies is followed by another one, and nobody waits for the dead one', async () => {
  const patient = Object.assign(Object.create(new SystemClock()), {
    setTimer: () => ({ cancel: () => {} }),
  });
  const maker = await openMaker(patient);
  await maker.make(groupUpTo(1), wanted);
  const [pid] = decoders();
  if (pid === undefined) throw new Error('expected a decoder');
  process.kill(pid, 'SIGKILL');
  const { jpeg } = await maker.make(groupUpTo(8), wanted);
  expect(await shownIn(jpeg)).toBe(8);
  expect(decoders()).not.toContain(pid);
});

test('stills asked for before the stream ends are finished, then their decoder goes', async () => {
  const maker = await openMaker();
  const made = maker.make(groupUpTo(6), wanted);
  await waitFor('its decoder', () => decoders().length === 1);
  const behind = maker.make(groupUpTo(7), wanted);
  maker.reset();
  expect(await shownIn((await made).jpeg)).toBe(6);
  expect(await shownIn((await behind).jpeg)).toBe(7);
  await waitFor('the decoder to be gone', () => decoders().length === 0);
});

test('what cannot be decoded is said, and its decoder goes', async () => {
  const maker = await openMaker(createHastyClock(10));
  const damaged = groupUpTo(9).movies.map((movie) =>
    Buffer.from(movie).fill(0, movie.readUInt32BE(0) + 8),
  );
  await expect(maker.make({ ...groupUpTo(9), movies: damaged }, wanted)).rejects.toThrow(
    new ImagerError('no still: ffmpeg did not decode it within 10 s'),
  );
  await waitFor('the decoder to be gone', () => decoders().length === 0);
});

test.each([
  ['ends at once', failing('dies-always.sh'), /^no still: (ffmpeg ended|write EPIPE)/],
  ['is not there', failing('nowhere'), /^no still: spawn .*ENOENT/],
  ['is something else', failing('is-something-else.sh'), /^no still: ffmpeg/],
])('an ffmpeg that %s is said to', async (_how, program, because) => {
  const maker = await openMaker(new SystemClock(), program);
  await expect(maker.make(groupUpTo(9), wanted)).rejects.toThrow(because);
});

test('an ffmpeg that hangs is killed', async () => {
  const maker = await openMaker(createHastyClock(10), failing('hangs-at-once.sh'));
  await expect(maker.make(groupUpTo(9), wanted)).rejects.toThrow('did not decode it within 10 s');
  await waitFor('it to be gone', () => decoders(/sleep 1000/).length === 0);
});
