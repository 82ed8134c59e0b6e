import { describe, expect, test } from 'vitest';
import { createMotionDetector } from '../../../device/vision/motion-detector.ts';
import { motionSettingsSchema } from '../../../device/vision/motion-settings.ts';
import { uptimeMs } from '../../../device/wire/time.ts';
import { noiseAt } from '../../../tools/stress/seeded-noise.ts';
import { bricks, clothes, runScene, walker } from './painted-scenes.ts';

const widthPx = 160;
const heightPx = 90;

/** A textured wall with a bright square whose left edge stands at `squareX`; null for none. */
function picture(squareX: number | null): Uint8Array {
  const luma = new Uint8Array(widthPx * heightPx);
  for (let y = 0; y < heightPx; y++) {
    for (let x = 0; x < widthPx; x++) {
      const inSquare = squareX !== null && x >= squareX && x < squareX + 16 && y >= 30 && y < 60;
      luma[y * widthPx + x] = inSquare ? 220 : 90 + (((x >> 3) + (y >> 3)) % 2) * 20;
    }
  }
  return luma;
}

describe.each([4, 10, 30])('the motion detector at %i frames a second', (rate) => {
  const frameMs = Math.round(1000 / rate);
  const settings = motionSettingsSchema.parse({});

  test('sees a square cross the picture, where it is and where it goes', () => {
    const detector = createMotionDetector({ widthPx, heightPx, settings });
    let at = 0;
    for (; at < 6_000; at += frameMs) {
      expect(detector.observe(picture(null), uptimeMs(at), 'day').motion).toBe(false);
    }
    const crossing = [];
    for (let ms = 0; ms < 3_000; ms += frameMs, at += frameMs) {
      crossing.push(detector.observe(picture(Math.round(ms / 25)), uptimeMs(at), 'day'));
    }
    const last = crossing[crossing.length - 1];
    expect(crossing.filter((seen) => seen.motion).length).toBeGreaterThan(crossing.length * 0.7);
    expect(last?.regions[0]).toMatchObject({ directionDeg: 0, zones: [] });
    expect(last?.regions[0]?.speed).toBeGreaterThan(0.15);
    expect(last?.regions[0]?.speed).toBeLessThan(0.35);
  });
});

test('exposure that jumps by half and back does not stir a branch before a bright sky', () => {
  const exposure = (seconds: number) =>
    seconds < 12 || seconds >= 26 ? 1 : seconds < 19 ? 1.5 : 0.8;
  const run = runScene({
    seconds: 34,
    paint: (x, y, seconds, frame) => {
      const sway = 4 * Math.sin(seconds * 3) * (0.8 + 0.2 * Math.sin(seconds * 0.37));
      const leaf = Math.abs(x - (80 + sway + (y - 45) * 0.3)) < 3 && y < 70;
      const behind = y < 45 ? 200 + x / 2 : bricks(x, y, seconds, frame);
      return (leaf ? 40 : behind) * exposure(seconds);
    },
  });
  expect(run.flagged(19, 33)).toBeLessThan(0.1);
});

test('fog that comes and goes stirs nothing, and who walks in it is found', () => {
  const clarity = (seconds: number) => Math.max(0.25, Math.min(1, Math.abs(seconds - 22) / 10));
  const run = runScene({
    seconds: 40,
    paint: (x, y, seconds, frame) => {
      const clear = (walker(22)(x, y, seconds) ? clothes : bricks)(x, y, seconds, frame);
      return 130 + (clear - 130) * clarity(seconds);
    },
  });
  expect(run.flagged(5, 22)).toBe(0);
  expect(run.flagged(24, 29)).toBeGreaterThan(0.9);
  expect(run.flagged(32, 40)).toBe(0);
});

test.each([1, 0.17])('at %d frames a second, who is gone by the next frame is motion', (rate) => {
  const detector = createMotionDetector({
    widthPx,
    heightPx,
    settings: motionSettingsSchema.parse({}),
  });
  const show = (frame: number, squareX: number | null) =>
    detector.observe(picture(squareX), uptimeMs(Math.round((frame * 1000) / rate)), 'day').motion;
  const places = [20, null, 120, null, null, 60, null, null];
  for (let frame = 0; frame < 10; frame++) expect(show(frame, null)).toBe(false);
  expect(places.map((squareX, n) => show(10 + n, squareX))).toEqual(
    places.map((squareX) => squareX !== null),
  );
});

test('somebody who looks the same in two pictures a second apart has not gone', () => {
  const detector = createMotionDetector({
    widthPx,
    heightPx,
    settings: motionSettingsSchema.parse({}),
  });
  const show = (frame: number, squareX: number | null) =>
    detector.observe(picture(squareX), uptimeMs(frame * 1000), 'day').motion;
  for (let frame = 0; frame < 10; frame++) show(frame, null);
  expect([60, 60, 66, 66, 60].map((squareX, n) => show(10 + n, squareX))).toEqual(
    Array(5).fill(true),
  );
});

test('a mount that trembles by two pixels and then by five stirs nothing', () => {
  const swing = (frame: number) => (frame < 10 ? 4 : 10);
  const offset = (frame: number, axis: number) =>
    frame === 0 ? 0 : Math.round((noiseAt(4, frame, axis) - 0.5) * swing(frame));
  // Gravel: no edge leads the search from a far shift to the right one.
  const run = runScene({
    seconds: 20,
    paint: (x, y, _seconds, frame) => {
      const column = Math.floor((x + offset(frame, 1) + 20) / 3);
      return 60 + 140 * noiseAt(8, column, Math.floor((y + offset(frame, 2) + 20) / 3));
    },
  });
  expect(run.flagged(5, 20)).toBe(0);
});

test('a lamp that is on for the first second and a half is forgotten at once when it goes out', () => {
  const lamp = (x: number, y: number, seconds: number) =>
    seconds < 1.5 && x > 80 ? 60 * Math.max(0, 1 - Math.hypot(x - 120, y - 45) / 60) : 0;
  const run = runScene({
    seconds: 8,
    paint: (x, y, seconds, frame) => bricks(x, y, seconds, frame) + lamp(x, y, seconds),
  });
  expect(run.flagged(1, 8)).toBe(0);
});
