/** `settleUnrest` of unrest.ts. */
import { cellPx, columns, rows } from './model';

const blinked: i32 = 256;
/** Of 25 cells, in 1/16 instead of 1/256. */
const sumOfLevel: i32 = 400;

export function settleUnrest(
  blinks: usize,
  own: usize,
  across: usize,
  level: usize,
  keep: i32,
): void {
  const blinksMin = max(1, (cellPx * cellPx) >> 3);
  const cells = columns * rows;
  let stirred = false;
  for (let cell = 0; cell < cells; cell++) {
    const at = own + (cell << 1);
    const before = <i32>load<u16>(at);
    const now = <i32>load<u16>(blinks + (cell << 1)) >= blinksMin ? before + blinked : before;
    if (now === 0) continue;
    store<u16>(at, <u16>((<u32>now * <u32>keep) >> 16));
    stirred = true;
  }
  memory.fill(blinks, 0, cells << 1);
  if (!stirred) return;
  for (let row = 0; row < rows; row++) spread(own, row * columns, across);
  for (let column = 0; column < columns; column++) spreadDown(across, column, level);
}

function spread(own: usize, from: i32, across: usize): void {
  const to = from + columns;
  let sum = ownAt(own, from) + (columns > 1 ? ownAt(own, from + 1) : 0);
  for (let cell = from; cell < to; cell++) {
    if (cell + 2 < to) sum += ownAt(own, cell + 2);
    store<i32>(across + (cell << 2), sum);
    if (cell - 2 >= from) sum -= ownAt(own, cell - 2);
  }
}

function spreadDown(across: usize, column: i32, level: usize): void {
  let sum = acrossAt(across, column) + (rows > 1 ? acrossAt(across, column + columns) : 0);
  for (let row = 0, cell = column; row < rows; row++, cell += columns) {
    if (row + 2 < rows) sum += acrossAt(across, cell + 2 * columns);
    store<u16>(level + (cell << 1), <u16>(sum / sumOfLevel));
    if (row >= 2) sum -= acrossAt(across, cell - 2 * columns);
  }
}

function ownAt(own: usize, cell: i32): i32 {
  return <i32>load<u16>(own + (cell << 1));
}

function acrossAt(across: usize, cell: i32): i32 {
  return load<i32>(across + (cell << 2));
}
