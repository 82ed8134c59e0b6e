import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type FragmentRing,
  preRollOf,
  pushFragment,
  type RecordedFragment,
} from '../../../device/core/fragment-ring.ts';
import { milliseconds, uptimeMs } from '../../../device/wire/time.ts';

const lengths = fc.array(
  fc.record({
    durationMs: fc.integer({ min: 50, max: 1_000 }),
    bytes: fc.integer({ min: 1, max: 400 }),
  }),
  { minLength: 1, maxLength: 60 },
);

function fill(parts: readonly { durationMs: number; bytes: number }[], bytesMax: number) {
  let ring: FragmentRing = [];
  let at = 0;
  for (const { durationMs, bytes } of parts) {
    const fragment: RecordedFragment = {
      bytes: new Uint8Array(bytes),
      at: uptimeMs(at),
      durationMs: milliseconds(durationMs),
      decodeTimes: [],
      continuous: true,
      idr: true,
    };
    ring = pushFragment(ring, fragment, { keepMs: milliseconds(5_000), bytesMax });
    at += durationMs;
  }
  return { ring, end: at };
}

test('[DEV-1] what is delivered is at least what was requested, as soon as so much was recorded', () => {
  fc.assert(
    fc.property(lengths, fc.integer({ min: 0, max: 5_000 }), (parts, requestedMs) => {
      const { ring, end } = fill(parts, Number.MAX_SAFE_INTEGER);
      const { deliveredMs, fragments } = preRollOf(ring, uptimeMs(end), milliseconds(requestedMs));
      expect(deliveredMs).toBeGreaterThanOrEqual(Math.min(requestedMs, end));
      expect(deliveredMs).toBeLessThan(requestedMs + 1_001);
      expect(fragments.at(-1)).toBe(ring.at(-1));
    }),
  );
});

test('the ring is bounded in bytes, but never without its newest fragment', () => {
  fc.assert(
    fc.property(lengths, fc.integer({ min: 1, max: 2_000 }), (parts, bytesMax) => {
      const { ring } = fill(parts, bytesMax);
      const bytes = ring.reduce((sum, fragment) => sum + fragment.bytes.length, 0);
      expect(ring.length).toBeGreaterThan(0);
      expect(ring.length === 1 || bytes <= bytesMax).toBe(true);
    }),
  );
});
