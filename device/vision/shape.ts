/** Gives the foreground its final shape: what belongs to no component is wiped, what a component encloses is filled. */
import type { CellGrid } from './cell-grid.ts';
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

export function createShaper(
  grid: CellGrid,
  memory: VisionMemory,
  listCells: Kernels['listCells'],
): Shaper {
  const { columns, rows, cellPx, widthPx, heightPx } = grid;
  const cells = columns * rows;
  const fate = memory.bytes(cells);
  const list = memory.words(cells);
  /** A hole that reaches farther is open air, not a gap in a figure; figures are taller than wide. */
  const across = 8;
  const along = 20;

  function keepNear(labels: Uint16Array, component: Component): void {
    for (let row = component.top; row <= component.bottom; row++) {
      for (let column = component.left; column <= component.right; column++) {
        if (labels[row * columns + column] !== component.label) continue;
        const to = Math.min(rows - 1, row + 1);
        const left = Math.max(0, column - 1);
        const right = Math.min(columns - 1, column + 1);
        for (let y = Math.max(0, row - 1); y <= to; y++) {
          for (let x = left; x <= right; x++) fate[y * columns + x] = keptCell;
        }
      }
    }
  }

  function fillHoles(labels: Uint16Array, component: Component): void {
    const { label } = component;
    for (let row = component.top + 1; row < component.bottom; row++) {
      for (let column = component.left + 1; column < component.right; column++) {
        const cell = row * columns + column;
        if (labels[cell] === label) {
          fate[cell] = filled;
          continue;
        }
        if (
          meets(labels, label, cell, -1, Math.min(across, column - component.left)) &&
          meets(labels, label, cell, 1, Math.min(across, component.right - column)) &&
          meets(labels, label, cell, -columns, Math.min(along, row - component.top)) &&
          meets(labels, label, cell, columns, Math.min(along, component.bottom - row))
        ) {
          fate[cell] = filled;
        }
      }
    }
  }

  /** Sets every pixel of a cell; returns how many those are. */
  function paint(mask: Uint8Array, cell: number, value: number): number {
    const row = Math.floor(cell / columns);
    const left = (cell - row * columns) * cellPx;
    const right = Math.min(widthPx, left + cellPx);
    const bottom = Math.min(heightPx, (row + 1) * cellPx);
    for (let y = row * cellPx; y < bottom; y++) {
      for (let i = y * widthPx + left, end = y * widthPx + right; i < end; i++) mask[i] = value;
    }
    return (bottom - row * cellPx) * (right - left);
  }

  /** Fills what lies inside a figure; returns how many pixels that adds to what was counted. */
  function closeFilled(mask: Uint8Array, counts: Uint8Array): number {
    let added = 0;
    const inside = listCells(fate, filled, list);
    for (let n = 0; n < inside; n++) {
      const cell = list[n] as number;
      if (!surrounded(fate, cell, columns)) continue;
      added += paint(mask, cell, 255) - (counts[cell] as number);
    }
    return added;
  }

  return {
    shape(foreground, labels, components, lit, fill) {
      const { mask, counts } = foreground;
      fate.fill(wiped);
      for (const component of components) keepNear(labels, component);
      const litCells = listCells(lit, 1, list);
      for (let n = 0; n < litCells; n++) fate[list[n] as number] = wiped;
      if (fill) for (const component of components) fillHoles(labels, component);
      for (let n = 0; n < litCells; n++) {
        const cell = list[n] as number;
        if (fate[cell] === wiped) paint(mask, cell, 0);
      }
      let left = fill && components.length > 0 ? closeFilled(mask, counts) : 0;
      const touched = listCells(counts, 1, list);
      for (let n = 0; n < touched; n++) {
        const cell = list[n] as number;
        if (fate[cell] === wiped) paint(mask, cell, 0);
        else left += counts[cell] as number;
      }
      return left;
    },
  };
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
