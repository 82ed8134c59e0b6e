/** Sets of chunk indices as ascending ranges, both ends inclusive, never touching each other; as receipts say them. */

export type IndexRanges = readonly (readonly [from: number, to: number])[];

export const noIndices: IndexRanges = [];

/** The last range that begins at or before `index`; -1 when there is none. */
function rangeBefore(ranges: IndexRanges, index: number): number {
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ranges[middle]?.[0] ?? Number.POSITIVE_INFINITY) <= index) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

export function hasIndex(ranges: IndexRanges, index: number): boolean {
  const range = ranges[rangeBefore(ranges, index)];
  return range !== undefined && index <= range[1];
}

export function withIndex(ranges: IndexRanges, index: number): IndexRanges {
  const at = rangeBefore(ranges, index);
  const before = ranges[at];
  if (before !== undefined && index <= before[1]) return ranges;
  const after = ranges[at + 1];
  const joinsBefore = before !== undefined && before[1] + 1 === index;
  const joinsAfter = after !== undefined && index + 1 === after[0];
  const from = joinsBefore ? before[0] : index;
  const to = joinsAfter ? after[1] : index;
  return [
    ...ranges.slice(0, joinsBefore ? at : at + 1),
    [from, to],
    ...ranges.slice(joinsAfter ? at + 2 : at + 1),
  ];
}

export function rangesOf(indices: Iterable<number>): IndexRanges {
  let ranges = noIndices;
  for (const index of [...indices].sort((a, b) => a - b)) ranges = withIndex(ranges, index);
  return ranges;
}

/** The lowest index from 0 that is not in the set: so many there are without a gap. */
export const firstMissing = (ranges: IndexRanges): number =>
  ranges[0]?.[0] === 0 ? ranges[0][1] + 1 : 0;

/** One past the highest index; 0 when there is none. */
export const indexEnd = (ranges: IndexRanges): number => (ranges.at(-1)?.[1] ?? -1) + 1;
