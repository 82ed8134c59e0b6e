import fc from 'fast-check';
import { expect, test } from 'vitest';
import { backoffDelay, repeatDelay, unitInterval } from '../../../device/core/backoff.ts';
import { milliseconds } from '../../../device/wire/time.ts';

const backoff = {
  floorMs: milliseconds(1_000),
  baseMs: milliseconds(500),
  capMs: milliseconds(60_000),
};

test.each([
  [0, 0, 1_000],
  [0, 0.999999, 1_500],
  [1, 0.999999, 2_000],
  [6, 0.5, 17_000],
  [7, 0.999999, 61_000],
  [10_000, 0.999999, 61_000],
])('attempt %i with %d of the jitter waits %i ms', (attempt, unit, expected) => {
  expect(backoffDelay(backoff, attempt, unit)).toBe(expected);
});

test.each([
  [1, 0, 3_000],
  [1, 0.999999, 6_000],
  [4, 0.999999, 48_000],
  [5, 0, 30_000],
  [50, 0.999999, 60_000],
])('[WIRE-2] repetition %i with %d of the jitter waits %i ms', (attempt, unit, expected) => {
  expect(repeatDelay(milliseconds(3_000), milliseconds(60_000), attempt, unit)).toBe(expected);
});

test('four bytes make a number from 0 to below 1', () => {
  expect(unitInterval(Uint8Array.of(0, 0, 0, 0))).toBe(0);
  expect(unitInterval(Uint8Array.of(128, 0, 0, 0))).toBe(0.5);
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 4, maxLength: 4 }), (bytes) => {
      const unit = unitInterval(bytes);
      expect(unit).toBeGreaterThanOrEqual(0);
      expect(unit).toBeLessThan(1);
    }),
  );
});
