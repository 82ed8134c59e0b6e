import fc from 'fast-check';
import { expect, test } from 'vitest';
import { epochMs, milliseconds } from '../../../device/wire/time.ts';
import {
  durationSchema,
  durationText,
  pointAt,
  timePointSchema,
} from '../../../tools/scenario/quantities.ts';

const start = epochMs(Date.parse('2026-03-02T08:00:00Z'));
const now = epochMs(Date.parse('2026-03-05T09:30:00Z'));

test('a length is what its words say, and is said again with them', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 400 * 86_400_000 }), (ms) => {
      expect(durationSchema.parse(durationText(ms))).toBe(milliseconds(ms));
    }),
    { numRuns: 200 },
  );
});

test.each([
  ['start', '2026-03-02T08:00:00Z'],
  ['now', '2026-03-05T09:30:00Z'],
  ['start + 59d', '2026-04-30T08:00:00Z'],
  ['now - 2h 30m', '2026-03-05T07:00:00Z'],
  ['2027-01-01T00:00:00Z', '2027-01-01T00:00:00Z'],
])('%s is a point in time', (text, expected) => {
  expect(pointAt(timePointSchema.parse(text), start, now)).toBe(Date.parse(expected));
});

test.each(['tomorrow', 'start +59d', 'start + 59', '2026-03-02', '2026-03-02T08:00', '3d', ''])(
  '"%s" is none',
  (text) => {
    expect(timePointSchema.safeParse(text).success).toBe(false);
  },
);
