import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  firstMissing,
  hasIndex,
  indexEnd,
  noIndices,
  rangesOf,
  withIndex,
} from '../../../../cloud-stub/services/ingest/index-ranges.ts';

test.each([
  [[], []],
  [[3], [[3, 3]]],
  [[0, 1, 2], [[0, 2]]],
  [
    [0, 2],
    [
      [0, 0],
      [2, 2],
    ],
  ],
  [[2, 0, 1, 1], [[0, 2]]],
])('the ranges of %j', (indices, expected) => {
  expect(rangesOf(indices)).toEqual(expected);
});

test('ranges are a set, whatever the order of arrival', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 40 })), (indices) => {
      const ranges = indices.reduce(withIndex, noIndices);
      const set = new Set(indices);
      for (let index = 0; index <= 41; index++)
        expect(hasIndex(ranges, index)).toBe(set.has(index));
      let gap = 0;
      while (set.has(gap)) gap++;
      expect(firstMissing(ranges)).toBe(gap);
      expect(indexEnd(ranges)).toBe(indices.length === 0 ? 0 : Math.max(...indices) + 1);
      // Ascending, and never touching.
      ranges.forEach(([from, to], n) => {
        expect(from).toBeLessThanOrEqual(to);
        expect(from).toBeGreaterThan((ranges[n - 1]?.[1] ?? -2) + 1);
      });
    }),
  );
});
