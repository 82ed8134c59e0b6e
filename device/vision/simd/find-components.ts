/** `findComponents` of components.ts. */
import { listCells } from './list-cells';
import { cellPx, columns, rows } from './model';

const fields: i32 = 10;

export function findComponents(
  counts: usize,
  strong: usize,
  active: usize,
  labels: usize,
  seeds: usize,
  stack: usize,
  measured: usize,
  componentsMax: i32,
): i32 {
  memory.fill(labels, 0, (columns * rows) << 1);
  const countMin = max(1, (cellPx * cellPx) >> 2);
  const seedCount = listCells(counts, columns * rows, countMin, seeds);
  let found = 0;
  for (let n = 0; n < seedCount && found < componentsMax; n++) {
    const cell = <i32>load<u16>(seeds + (n << 1));
    if (load<u16>(labels + (cell << 1)) !== 0) continue;
    const into = measured + found * fields * 4;
    found++;
    flood(cell, found, countMin, counts, strong, active, labels, stack, into);
  }
  return found;
}

function flood(
  seed: i32,
  label: i32,
  countMin: i32,
  counts: usize,
  strong: usize,
  active: usize,
  labels: usize,
  stack: usize,
  into: usize,
): void {
  let left = columns;
  let top = rows;
  let right = 0;
  let bottom = 0;
  let areaPx = 0;
  let strongPx = 0;
  let activePx = 0;
  let cells = 0;
  let sumX = 0;
  let sumY = 0;
  let depth = 1;
  store<u16>(stack, <u16>seed);
  store<u16>(labels + (seed << 1), <u16>label);
  while (depth > 0) {
    depth--;
    const cell = <i32>load<u16>(stack + (depth << 1));
    const y = cell / columns;
    const x = cell - y * columns;
    const area = <i32>load<u8>(counts + cell);
    areaPx += area;
    strongPx += <i32>load<u8>(strong + cell);
    activePx += <i32>load<u8>(active + cell);
    cells++;
    sumX += x * area;
    sumY += y * area;
    left = min(left, x);
    right = max(right, x);
    top = min(top, y);
    bottom = max(bottom, y);
    const yTo = min(rows - 1, y + 1);
    const xTo = min(columns - 1, x + 1);
    for (let ny = max(0, y - 1); ny <= yTo; ny++) {
      for (let nx = max(0, x - 1); nx <= xTo; nx++) {
        const next = ny * columns + nx;
        if (<i32>load<u8>(counts + next) < countMin) continue;
        if (load<u16>(labels + (next << 1)) !== 0) continue;
        store<u16>(labels + (next << 1), <u16>label);
        store<u16>(stack + (depth << 1), <u16>next);
        depth++;
      }
    }
  }
  store<i32>(into, left);
  store<i32>(into, top, 4);
  store<i32>(into, right, 8);
  store<i32>(into, bottom, 12);
  store<i32>(into, areaPx, 16);
  store<i32>(into, strongPx, 20);
  store<i32>(into, activePx, 24);
  store<i32>(into, cells, 28);
  store<i32>(into, sumX, 32);
  store<i32>(into, sumY, 36);
}
