/** `shapeMask` of shape.ts. */
import { cellPx, columns, height, rows, width } from './model';

const wiped: u8 = 0;
const keptCell: u8 = 1;
const filled: u8 = 2;
const across: i32 = 8;
const along: i32 = 20;
const bytesOfBox: i32 = 10;

export function shape(
  mask: usize,
  counts: usize,
  labels: usize,
  boxes: usize,
  boxCount: i32,
  lit: usize,
  fill: bool,
  fate: usize,
): i32 {
  const cells = columns * rows;
  memory.fill(fate, wiped, cells);
  for (let n = 0; n < boxCount; n++) keepNear(labels, boxes + n * bytesOfBox, fate);
  for (let cell = 0; cell < cells; cell++) {
    if (load<u8>(lit + cell) !== 0) store<u8>(fate + cell, wiped);
  }
  if (fill) for (let n = 0; n < boxCount; n++) fillHoles(labels, boxes + n * bytesOfBox, fate);
  let left = 0;
  for (let cell = 0; cell < cells; cell++) {
    // Eight at a time, where there is nothing.
    if ((cell & 7) === 0 && isBlank(fate + cell, counts + cell, lit + cell)) {
      cell += 7;
      continue;
    }
    const count = <i32>load<u8>(counts + cell);
    const own = load<u8>(fate + cell);
    if (own === wiped) {
      if (count !== 0 || load<u8>(lit + cell) !== 0) paint(mask, cell, 0);
    } else if (own === filled && surrounded(fate + cell)) {
      left += paint(mask, cell, 255);
    } else {
      left += count;
    }
  }
  return left;
}

function isBlank(fate: usize, counts: usize, lit: usize): bool {
  return (load<u64>(fate) | load<u64>(counts) | load<u64>(lit)) === 0;
}

function keepNear(labels: usize, box: usize, fate: usize): void {
  const label = load<u16>(box);
  const boxLeft = <i32>load<u16>(box, 2);
  const boxRight = <i32>load<u16>(box, 6);
  const boxBottom = <i32>load<u16>(box, 8);
  for (let row = <i32>load<u16>(box, 4); row <= boxBottom; row++) {
    const top = max(0, row - 1);
    const bottom = min(rows - 1, row + 1);
    for (let column = boxLeft; column <= boxRight; column++) {
      if (load<u16>(labels + ((row * columns + column) << 1)) !== label) continue;
      const left = max(0, column - 1);
      const right = min(columns - 1, column + 1);
      for (let y = top; y <= bottom; y++) {
        for (let x = left; x <= right; x++) store<u8>(fate + y * columns + x, keptCell);
      }
    }
  }
}

function fillHoles(labels: usize, box: usize, fate: usize): void {
  const label = load<u16>(box);
  const left = <i32>load<u16>(box, 2);
  const top = <i32>load<u16>(box, 4);
  const right = <i32>load<u16>(box, 6);
  const bottom = <i32>load<u16>(box, 8);
  for (let row = top + 1; row < bottom; row++) {
    for (let column = left + 1; column < right; column++) {
      const cell = row * columns + column;
      const at = labels + (cell << 1);
      if (
        load<u16>(at) === label ||
        (meets(at, label, -1, min(across, column - left)) &&
          meets(at, label, 1, min(across, right - column)) &&
          meets(at, label, -columns, min(along, row - top)) &&
          meets(at, label, columns, min(along, bottom - row)))
      ) {
        store<u8>(fate + cell, filled);
      }
    }
  }
}

function meets(from: usize, label: u16, step: i32, times: i32): bool {
  let at = from;
  for (let n = 0; n < times; n++) {
    at += step << 1;
    if (load<u16>(at) === label) return true;
  }
  return false;
}

function surrounded(fate: usize): bool {
  return (
    load<u8>(fate - 1) === filled &&
    load<u8>(fate + 1) === filled &&
    load<u8>(fate - columns) === filled &&
    load<u8>(fate + columns) === filled
  );
}

/** Sets every pixel of a cell; returns how many those are. */
function paint(mask: usize, cell: i32, value: u8): i32 {
  const row = cell / columns;
  const left = (cell - row * columns) * cellPx;
  const right = min(width, left + cellPx);
  const top = row * cellPx;
  const bottom = min(height, top + cellPx);
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) store<u8>(mask + y * width + x, value);
  }
  return (bottom - top) * (right - left);
}
