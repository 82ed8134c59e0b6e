/** Foreground pixels of one row of cells, counted by pixel column first: cells are of any width. */
import { cellPx, columnOf } from './model';

export let sumDrawn: usize = 0;
export let sumStrong: usize = 0;
export let sumActive: usize = 0;
export let sumOdd: usize = 0;

/** Room for four rows of bytes. */
export function bindTallies(at: usize, rowBytes: i32): void {
  sumDrawn = at;
  sumStrong = at + rowBytes;
  sumActive = at + 2 * rowBytes;
  sumOdd = at + 3 * rowBytes;
}

/** Counts lanes that are all ones. */
export function addTo(sums: usize, lanes: v128): void {
  v128.store(sums, i8x16.sub(v128.load(sums), lanes));
}

/** Turns what was counted between two pixel columns, inclusive, into counts by cell, and clears it. */
export function tally(
  counts: usize,
  strong: usize,
  active: usize,
  odd: usize,
  from: i32,
  to: i32,
): void {
  const first = <i32>load<u16>(columnOf + (from << 1));
  const last = <i32>load<u16>(columnOf + (to << 1));
  for (let column = first; column <= last; column++) {
    const at = column * cellPx;
    const drawn = sumOf(sumDrawn + at);
    if (drawn === 0) continue;
    store<u8>(counts + column, <u8>drawn);
    store<u8>(strong + column, <u8>sumOf(sumStrong + at));
    store<u8>(active + column, <u8>sumOf(sumActive + at));
    store<u8>(odd + column, <u8>sumOf(sumOdd + at));
  }
}

/** One cell's columns, cleared as they are read. */
function sumOf(sums: usize): i32 {
  let sum = 0;
  for (let x = 0; x < cellPx; x++) {
    sum += <i32>load<u8>(sums + x);
    store<u8>(sums + x, 0);
  }
  return sum;
}
