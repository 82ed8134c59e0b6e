import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  countOf,
  has,
  type IndexRanges,
  lowestMissing,
  normaliseRanges,
  unite,
} from '../../../device/core/index-set.ts';

const ranges: fc.Arbitrary<IndexRanges> = fc.array(
  fc.tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 40 })),
  { maxLength: 8 },
);
const setOf = (all: IndexRanges): Set<number> =>
  new Set(
    all.flatMap(([from, to]) =>
      Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i),
    ),
  );

test('ranges behave as the sets they stand for', () => {
  fc.assert(
    fc.property(ranges, ranges, fc.integer({ min: 0, max: 45 }), (a, b, index) => {
      const normal = normaliseRanges(a);
      expect(setOf(normal)).toEqual(setOf(a));
      expect(setOf(unite(a, b))).toEqual(new Set([...setOf(a), ...setOf(b)]));
      expect(countOf(normal)).toBe(setOf(a).size);
      expect(has(normal, index)).toBe(setOf(a).has(index));
      for (const [i, [from]] of normal.entries()) {
        if (i > 0) expect(from).toBeGreaterThan((normal[i - 1]?.[1] ?? 0) + 1);
      }
    }),
  );
});

test('the lowest missing index is in neither set', () => {
  fc.assert(
    fc.property(ranges, ranges, fc.integer({ min: 0, max: 45 }), (a, b, end) => {
      const [left, right] = [setOf(a), setOf(b)];
      const expected = Array.from({ length: end }, (_, i) => i).find(
        (i) => !left.has(i) && !right.has(i),
      );
      expect(lowestMissing(end, normaliseRanges(a), right)).toBe(expected ?? null);
    }),
  );
});
