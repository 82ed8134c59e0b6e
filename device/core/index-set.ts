/** Sets of chunk indices as ranges, the way receipts speak of them. */

/** Ascending, disjoint, not touching; both ends inclusive. */
export type IndexRanges = readonly (readonly [from: number, to: number])[];

/** Whatever order, overlap or nonsense it came in. */
export function normaliseRanges(ranges: IndexRanges): IndexRanges {
  const sorted = ranges.filter(([from, to]) => from <= to).toSorted((a, b) => a[0] - b[0]);
  const merged: [number, number][] = [];
  for (const [from, to] of sorted) {
    const last = merged.at(-1);
    if (last !== undefined && from <= last[1] + 1) last[1] = Math.max(last[1], to);
    else merged.push([from, to]);
  }
  return merged;
}

export const unite = (a: IndexRanges, b: IndexRanges): IndexRanges => normaliseRanges([...a, ...b]);

export function has(ranges: IndexRanges, index: number): boolean {
  return ranges.some(([from, to]) => from <= index && index <= to);
}

export function countOf(ranges: IndexRanges): number {
  return ranges.reduce((sum, [from, to]) => sum + to - from + 1, 0);
}

/** The lowest index, from 0 up to `end` exclusive, that is in neither set; null when there is none. */
export function lowestMissing(end: number, a: IndexRanges, b: ReadonlySet<number>): number | null {
  let index = 0;
  for (const [from, to] of a) {
    for (; index < Math.min(from, end); index++) if (!b.has(index)) return index;
    index = Math.max(index, to + 1);
  }
  for (; index < end; index++) if (!b.has(index)) return index;
  return null;
}
