/** `vetoTexture` of texture.ts. */
import { judge } from './judge';
import { listCells } from './list-cells';
import { measure } from './measure';
import { cellPx, columns, rows } from './model';

const unknown: u8 = 0;
const same: u8 = 1;
const different: u8 = 2;
const plain: u8 = 3;
const gainTolerance: f64 = 0.1;

export function vetoTexture(
  luma: usize,
  mask: usize,
  counts: usize,
  strong: usize,
  active: usize,
  sums: usize,
  kind: usize,
  gain: usize,
  queue: usize,
  lit: usize,
  tally: usize,
): i32 {
  const cells = columns * rows;
  memory.fill(kind, unknown, cells);
  memory.fill(lit, 0, cells);
  const judged = listCells(counts, cells, max(1, (cellPx * cellPx) >> 3), queue);
  if (judged > 0) {
    measure(luma, mask, counts, sums);
    judge(counts, queue, judged, sums, kind, gain);
  }
  let replaced = 0;
  let kept = 0;
  for (let n = 0; n < judged; n++) {
    const cell = cellAt(queue, n);
    const own = load<u8>(kind + cell);
    if (own === different) replaced++;
    if (own === same) store<u16>(queue + (kept++ << 1), <u16>cell);
  }
  store<i32>(tally, kept);
  store<i32>(tally, replaced, 4);
  const vetoed = spread(kept, kind, gain, queue);
  for (let n = 0; n < vetoed; n++) {
    const cell = cellAt(queue, n);
    store<u8>(lit + cell, n < kept ? 1 : 2);
    store<u8>(counts + cell, 0);
    store<u8>(strong + cell, 0);
    store<u8>(active + cell, 0);
  }
  return vetoed;
}

function spread(seeds: i32, kind: usize, gain: usize, queue: usize): i32 {
  let tail = seeds;
  for (let head = 0; head < tail; head++) {
    const cell = cellAt(queue, head);
    const row = cell / columns;
    const column = cell - row * columns;
    if (column > 0) tail = reach(cell, cell - 1, tail, kind, gain, queue);
    if (column < columns - 1) tail = reach(cell, cell + 1, tail, kind, gain, queue);
    if (row > 0) tail = reach(cell, cell - columns, tail, kind, gain, queue);
    if (row < rows - 1) tail = reach(cell, cell + columns, tail, kind, gain, queue);
  }
  return tail;
}

function reach(from: i32, to: i32, tail: i32, kind: usize, gain: usize, queue: usize): i32 {
  if (load<u8>(kind + to) !== plain) return tail;
  const own = <f64>load<f32>(gain + (to << 2));
  const other = <f64>load<f32>(gain + (from << 2));
  if (own > 1 !== other > 1 || abs<f64>(own - other) > gainTolerance * other) return tail;
  store<u8>(kind + to, same);
  store<u16>(queue + (tail << 1), <u16>to);
  return tail + 1;
}

function cellAt(queue: usize, n: i32): i32 {
  return <i32>load<u16>(queue + (n << 1));
}
