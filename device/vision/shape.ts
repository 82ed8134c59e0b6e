/** Gives the foreground its final shape: what belongs to no component is wiped, what a component encloses is filled. */
import type { CellGrid } from './cell-grid.ts';
import { type Box, boxAt, createBoxes } from './component-boxes.ts';
import type { Component } from './components.ts';
import type { Foreground } from './foreground.ts';
import type { Kernels } from './kernels.ts';
import type { VisionMemory } from './vision-memory.ts';

export type Shaper = {
  /** Keeps these components, and returns the number of foreground pixels left. */
  shape(
    foreground: Foreground,
    labels: Uint16Array,
    components: readonly Component[],
    lit: Uint8Array,
    fill: boolean,
  ): number;
};

const wiped = 0;
const keptCell = 1;
const filled = 2;

/** A hole that reaches farther is open air, not a gap in a figure; figures are taller than wide. */
const across = 8;
const along = 20;

export function createShaper(
  grid: CellGrid,
  memory: VisionMemory,
  shapeMask: Kernels['shapeMask'],
): Shaper {
  const fate = memory.scratch().bytes(grid.columns * grid.rows);
  const boxes = createBoxes(memory);
  return {
    shape({ mask, counts }, labels, components, lit, fill) {
      const count = boxes.list(components);
      return shapeMask(mask, counts, labels, boxes.boxes, count, lit, fill, fate);
    },
  };
}

/** Does what `Shaper.shape` says. `fate` is scratch, by cell. */
export function shapeMask(
  grid: CellGrid,
  mask: Uint8Array,
  counts: Uint8Array,
  labels: Uint16Array,
  boxes: Uint16Array,
  boxCount: number,
  lit: Uint8Array,
  fill: boolean,
  fate: Uint8Array,
): number {
  fate.fill(wiped);
  for (let n = 0; n < boxCount; n++) keepNear(grid, labels, boxAt(boxes, n), fate);
  for (let cell = 0; cell < fate.length; cell++) if (lit[cell] !== 0) fate[cell] = wiped;
  if (fill) for (let n = 0; n < boxCount; n++) fillHoles(grid, labels, boxAt(boxes, n), fate);
  let left = 0;
  for (let cell = 0; cell < fate.length; cell++) {
    const count = counts[cell] as number;
    if (fate[cell] === wiped) {
      if (count !== 0 || lit[cell] !== 0) paint(grid, mask, cell, 0);
    } else if (fate[cell] === filled && surrounded(fate, cell, grid.columns)) {
      left += paint(grid, mask, cell, 255);
    } else {
      left += count;
    }
  }
  return left;
}

function keepNear(
  { columns, rows }: CellGrid,
  labels: Uint16Array,
  box: Box,
  fate: Uint8Array,
): void {
  for (let row = box.top; row <= box.bottom; row++) {
    for (let column = box.left; column <= box.right; column++) {
      if (labels[row * columns + column] !== box.label) continue;
      const to = Math.min(rows - 1, row + 1);
      const left = Math.max(0, column - 1);
      const right = Math.min(columns - 1, column + 1);
      for (let y = Math.max(0, row - 1); y <= to; y++) {
        for (let x = left; x <= right; x++) fate[y * columns + x] = keptCell;
      }
    }
  }
}

function fillHoles({ columns }: CellGrid, labels: Uint16Array, box: Box, fate: Uint8Array): void {
  const { label, left, top, right, bottom } = box;
  for (let row = top + 1; row < bottom; row++) {
    for (let column = left + 1; column < right; column++) {
      const cell = row * columns + column;
      if (
        labels[cell] === label ||
        (meets(labels, label, cell, -1, Math.min(across, column - left)) &&
          meets(labels, label, cell, 1, Math.min(across, right - column)) &&
          meets(labels, label, cell, -columns, Math.min(along, row - top)) &&
          meets(labels, label, cell, columns, Math.min(along, bottom - row)))
      ) {
        fate[cell] = filled;
      }
    }
  }
}

/** Sets every pixel of a cell; returns how many those are. */
function paint(
  { columns, cellPx, widthPx, heightPx }: CellGrid,
  mask: Uint8Array,
  cell: number,
  value: number,
): number {
  const row = Math.floor(cell / columns);
  const left = (cell - row * columns) * cellPx;
  const right = Math.min(widthPx, left + cellPx);
  const bottom = Math.min(heightPx, (row + 1) * cellPx);
  for (let y = row * cellPx; y < bottom; y++) {
    mask.fill(value, y * widthPx + left, y * widthPx + right);
  }
  return (bottom - row * cellPx) * (right - left);
}

function meets(
  labels: Uint16Array,
  label: number,
  from: number,
  step: number,
  times: number,
): boolean {
  for (let n = 1, cell = from + step; n <= times; n++, cell += step) {
    if (labels[cell] === label) return true;
  }
  return false;
}

function surrounded(fate: Uint8Array, cell: number, columns: number): boolean {
  return (
    fate[cell - 1] === filled &&
    fate[cell + 1] === filled &&
    fate[cell - columns] === filled &&
    fate[cell + columns] === filled
  );
}
