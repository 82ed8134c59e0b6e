/** Who stands still is not taken for what somebody left behind, and what was put down is at rest on any mount. */
import { expect, test } from 'vitest';
import { noiseAt } from '../../../tools/stress/seeded-noise.ts';
import { plaster, runScene } from './painted-scenes.ts';

/** Walks up to a dark door in a bright wall, and hides it. */
const reach = (seconds: number): number => Math.min(110, (seconds - 5) * 25);

test('a visitor before the lens whose coat suits the wall better than the door behind does stays', () => {
  const run = runScene({
    seconds: 16,
    paint: (x, y, seconds, frame) => {
      if (y >= 6 && x < reach(seconds) && x >= reach(seconds) - 60) return 110;
      return x >= 50 && x < 110 && y >= 6 ? 60 : plaster(x, y, seconds, frame);
    },
  });
  expect(run.changedAt(15)).toBeGreaterThan(0.25);
});

/** Soft blobs of about six pixels, also between the pixels. */
function blobs(seed: number, x: number, y: number): number {
  const [column, row] = [Math.floor(x / 6), Math.floor(y / 6)];
  const [right, down] = [x / 6 - column, y / 6 - row];
  const along = (at: number): number =>
    noiseAt(seed, column, at) * (1 - right) + noiseAt(seed, column + 1, at) * right;
  return along(row) * (1 - down) + along(row + 1) * down;
}

/** Slides in along the ground, and stays. */
const parcelLeft = (seconds: number): number => Math.min(60, (seconds - 6) * 20 - 30);

test('what was put down in front of a camera that trembles by parts of pixels is no motion', () => {
  const tremor = (frame: number, axis: number): number => (noiseAt(11, frame, axis) - 0.5) * 4;
  const run = runScene({
    seconds: 18,
    paint(x, y, seconds, frame) {
      const [across, down] = [x + 20 + tremor(frame, 1), y + 20 + tremor(frame, 2)];
      const inside = across - 20 - parcelLeft(seconds);
      const isParcel = down >= 60 && down < 90 && inside >= 0 && inside < 30;
      return isParcel ? 20 + 120 * blobs(5, inside + 6, down) : 60 + 160 * blobs(4, across, down);
    },
  });
  expect(run.flagged(8, 10)).toBeGreaterThan(0.7);
  expect(run.flagged(13, 18)).toBe(0);
});
