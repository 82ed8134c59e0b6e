import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeFrames, encodeFrame } from '../../../device/core/journal-frames.ts';

const values: readonly object[] = [
  { a: 1 },
  [{ kind: 'x' }],
  { text: 'ü'.repeat(50) },
  [],
  { last: true },
];
const frames = values.map((value) => encodeFrame(value));
const file = Buffer.concat(frames);
const ends = frames.map((_, i) => Buffer.concat(frames.slice(0, i + 1)).length);

test('[DEV-3] a journal cut anywhere reads as the whole frames before that place', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: file.length }), (at) => {
      const whole = ends.filter((end) => end <= at);
      expect(decodeFrames(file.subarray(0, at))).toEqual({
        parts: values.slice(0, whole.length).map((value) => ({ value })),
        tornBytes: at - (whole.at(-1) ?? 0),
      });
    }),
    { numRuns: 300 },
  );
});

test('[DEV-3] a bit that flips in a journal costs its own frame, the last one too, and no other', () => {
  for (let bit = 0; bit < file.length * 8; bit++) {
    const rotten = Buffer.from(file);
    const at = bit >> 3;
    rotten[at] = (rotten[at] ?? 0) ^ (1 << (bit & 7));
    const hit = ends.findIndex((end) => at < end);
    // The length of the last frame is known without it.
    const isLength = hit === values.length - 1 && at < (ends[hit - 1] ?? 0) + 4;
    expect(decodeFrames(rotten), `bit ${bit}`).toEqual({
      parts: values.map((value, i) =>
        i !== hit || isLength ? { value } : { damagedBytes: frames[i]?.length },
      ),
      tornBytes: 0,
    });
  }
});

test('frames that rot side by side are one damaged stretch, and zeros are no frames', () => {
  const rotten = Buffer.from(file);
  rotten.fill(0, ends[0], ends[2]);
  const damagedBytes = (ends[2] ?? 0) - (ends[0] ?? 0);
  expect(decodeFrames(rotten)).toEqual({
    parts: [{ value: values[0] }, { damagedBytes }, { value: values[3] }, { value: values[4] }],
    tornBytes: 0,
  });
});

test.each([0, 0xff])('a last frame that was not written throughout is torn: %d', (blank) => {
  const last = encodeFrame({ text: 'x'.repeat(100) });
  for (const [from, to] of [
    [last.length - 20, last.length],
    [30, 60],
    [0, last.length],
  ] as const) {
    const torn = Buffer.concat([file, last]);
    torn.fill(blank, file.length + from, file.length + to);
    const { parts, tornBytes } = decodeFrames(torn);
    expect([parts.length, tornBytes]).toEqual([values.length, last.length]);
  }
});
