import sharp from 'sharp';
import { expect, it } from 'vitest';
import { regionsIn } from '../../../cloud-stub/console/app/frame-notes.ts';
import { annotatedFrame } from '../../../device/core/live-frame.ts';
import type { Observation } from '../../../device/vision/observation.ts';

const blank = { create: { width: 32, height: 32, channels: 3, background: '#777' } } as const;
const jpeg = await sharp(blank).jpeg().toBuffer();
const region = (x: number, score: number): Observation['regions'][number] => ({
  box: { x, y: 0.25, width: 0.1, height: 0.5 },
  area: 0.02,
  directionDeg: null,
  speed: 0,
  score,
  zones: [],
  because: 'it moves',
});

it('a live picture carries what moved in it, and is still the same picture', async () => {
  const seen = { motion: true, regions: [region(0.123456, 2.5), region(0.5, 0.4)] };
  const annotated = annotatedFrame(jpeg, seen, 120_000);
  expect(regionsIn(annotated)).toEqual([
    { x: 0.123, y: 0.25, width: 0.1, height: 0.5, score: 2.5 },
    { x: 0.5, y: 0.25, width: 0.1, height: 0.5, score: 0.4 },
  ]);
  const pixels = (bytes: Uint8Array) => sharp(bytes).raw().toBuffer();
  expect((await pixels(annotated)).equals(await pixels(jpeg))).toBe(true);
});

it('a live picture is sent as it is when nothing was seen, or it would grow too large', () => {
  const seen = { motion: false, regions: [] };
  expect(annotatedFrame(jpeg, null, 120_000)).toBe(jpeg);
  expect(annotatedFrame(jpeg, seen, jpeg.length)).toBe(jpeg);
  expect(annotatedFrame(Buffer.from('no JPEG'), seen, 120_000).toString()).toBe('no JPEG');
});

it('the strongest sixteen regions are told', () => {
  const many = Array.from({ length: 40 }, (_, n) => region(n / 100, 40 - n));
  const annotated = annotatedFrame(jpeg, { motion: true, regions: many }, 120_000);
  expect(regionsIn(annotated).map(({ x }) => x)).toEqual(many.slice(0, 16).map(({ box }) => box.x));
});

it.each([
  ['no comment', jpeg],
  ['nothing at all', Buffer.of()],
  ['a comment that is not ours', Buffer.from('ffd8fffe00056869216ffda', 'hex')],
  ['a length beyond the end', Buffer.from('ffd8fffeffff7b', 'hex')],
  ['a length of nothing', Buffer.from('ffd8ffe00000ffe00000', 'hex')],
])('a picture with %s tells no regions', (_, bytes) => {
  expect(regionsIn(bytes)).toEqual([]);
});
