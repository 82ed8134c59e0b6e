/** Who stands still is not taken for what somebody left behind, and what was put down is at rest on any mount. */
import { expect, test } from 'vitest';
import { noiseAt } from '../../../tools/stress/seeded-noise.ts';
import { bricks, plaster, runScene } from './painted-scenes.ts';

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

test('what somebody carried in and put down is absorbed as what was put down', () => {
  // He comes with it, sets it down and goes on.
  const bodyLeft = (seconds: number): number => (seconds - 6) * 15 - 14;
  const parcelAt = (seconds: number): number => Math.min(70, bodyLeft(seconds) + 4);
  const run = runScene({
    seconds: 38,
    paint(x, y, seconds, frame) {
      const inside = x - bodyLeft(seconds);
      if (inside >= 0 && inside < 14 && y >= 20 && y < 58) return 30;
      const across = x - parcelAt(seconds);
      const isParcel = across >= 0 && across < 30 && y >= 50 && y < 72;
      return isParcel ? 60 : bricks(x, y, seconds, frame);
    },
  });
  expect(run.changedAt(25)).toBeGreaterThan(0.03);
  expect(run.changedAt(37)).toBeLessThan(0.006);
});

test('a coat like the wall behind is not learnt while somebody stands there', () => {
  // Its stripes differ from the plaster by more than the threshold, and by less, in turns.
  const left = (seconds: number): number => Math.min(60, (seconds - 6) * 20 - 30);
  const covers = (x: number, y: number, seconds: number) => {
    const inside = x - left(seconds);
    return inside >= 0 && inside < 30 && y >= 20 && y < 80;
  };
  const run = runScene({
    seconds: 30,
    paint(x, y, seconds, frame) {
      if (!covers(x, y, seconds)) return plaster(x, y, seconds, frame);
      const inside = Math.floor(x - left(seconds));
      if (y < 28 || inside % 10 < 3) return 60;
      return plaster(x, y, seconds, frame) - 14 - 4 * Math.sin(seconds / 3 + inside);
    },
  });
  expect(run.changedAt(29)).toBeGreaterThan(run.changedAt(14) * 0.83);
});

test('somebody who came as the light changed, and walked, is not released with that light', () => {
  const left = (seconds: number): number => Math.min(60, (seconds - 6) * 20 - 30);
  const run = runScene({
    seconds: 18,
    paint(x, y, seconds, frame) {
      const light = seconds >= 6.5 ? 0.8 : 1;
      const inside = x - left(seconds);
      if (inside >= 0 && inside < 30 && y >= 20 && y < 80) return 30 + ((inside + y) % 7) * 5;
      return bricks(x, y, seconds, frame) * light;
    },
  });
  expect(run.changedAt(16)).toBeGreaterThan(0.1);
});
