import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  clipBase,
  decodeTimesOf,
  rebaseFragment,
  startsOnIdr,
} from '../../../device/core/fragmented-mp4.ts';
import { boxesIn, Mp4Error } from '../../../device/wire/mp4-boxes.ts';
import { makeFragment, makeInit } from '../../../tools/simulation/fragment-maker.ts';

const { tracks } = makeInit();

test("decode times count from the clip's start, and nothing but times and number changes", () => {
  const first = makeFragment({ atMs: 5_000 });
  const second = makeFragment({ atMs: 6_000 });
  const base = clipBase(first.decodeTimes, tracks);
  expect(decodeTimesOf(rebaseFragment(first.bytes, base, 1)).map(({ time }) => time)).toEqual([
    0, 0,
  ]);
  const moved = rebaseFragment(second.bytes, base, 2);
  expect(decodeTimesOf(moved)).toEqual([
    { trackId: 1, time: 15_360 },
    { trackId: 2, time: 48_000 },
  ]);
  const unmoved = rebaseFragment(
    moved,
    base.map((track) => ({ ...track, time: -track.time })),
    7,
  );
  expect(Buffer.from(unmoved).equals(second.bytes)).toBe(true);
});

test('the fragment that came in is left as it was', () => {
  const { bytes, decodeTimes } = makeFragment({ atMs: 5_000 });
  const before = Buffer.from(bytes);
  rebaseFragment(bytes, clipBase(decodeTimes, tracks), 1);
  expect(before.equals(bytes)).toBe(true);
});

test('sound that begins before the picture stays in step with it', () => {
  const base = clipBase(
    [
      { trackId: 1, time: 15_360 },
      { trackId: 2, time: 47_000 },
    ],
    tracks,
  );
  expect(base[1]).toEqual({ trackId: 2, time: 47_000 });
  // 1000 audio samples are 20.83 ms; the picture begins so much later.
  expect(15_360 - (base[0]?.time ?? 0)).toBe(320);
});

test.each([
  [true, true],
  [false, false],
])('a first sample with sync %s starts on an IDR picture: %s', (idr, expected) => {
  expect(startsOnIdr(makeFragment({ atMs: 0, idr }).bytes, 1)).toBe(expected);
});

test("another track's sync sample is no IDR picture", () => {
  expect(startsOnIdr(makeFragment({ atMs: 0 }).bytes, 3)).toBe(false);
});

test("a fragment from before the clip's start is refused", () => {
  const { bytes } = makeFragment({ atMs: 1_000 });
  const base = clipBase(makeFragment({ atMs: 2_000 }).decodeTimes, tracks);
  expect(() => rebaseFragment(bytes, base, 1)).toThrow(Mp4Error);
});

test('broken bytes are refused with an Mp4Error, and never read past their end', () => {
  const whole = makeFragment({ atMs: 3_000, bytes: 60 }).bytes;
  const damage = fc.record({
    cut: fc.integer({ min: 0, max: whole.length }),
    at: fc.integer({ min: 0, max: whole.length - 1 }),
    value: fc.integer({ min: 0, max: 255 }),
  });
  fc.assert(
    fc.property(damage, ({ cut, at, value }) => {
      // Bytes behind the fragment, as in a pooled buffer: reading them would go unnoticed.
      const pool = Buffer.alloc(whole.length + 64, 0xff);
      pool.set(whole);
      pool[at] = value;
      const bytes = pool.subarray(0, cut);
      for (const read of [
        () => boxesIn(bytes),
        () => decodeTimesOf(bytes),
        () => startsOnIdr(bytes, 1),
        () => rebaseFragment(bytes, [], 1),
      ]) {
        try {
          read();
        } catch (error) {
          expect(error).toBeInstanceOf(Mp4Error);
        }
      }
    }),
    // The example makes a decode time of more than 2^53.
    { numRuns: 500, examples: [[{ cut: whole.length, at: 60, value: 1 }]] },
  );
});
