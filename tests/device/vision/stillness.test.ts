/** Who stands still is not taken for what somebody left behind. */
import { expect, test } from 'vitest';
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
