/** Gives the foreground its final shape: what belongs to no component is wiped, what a component encloses is filled. */
import type { CellGrid } from './cell-grid.ts';
import type { Component } from './components.ts';
import type { Foreground } from './foreground.ts';

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

export function createShaper(grid: CellGrid): Shaper {
  const { columns, rows, cellPx, widthPx, heightPx } = grid;
  const cells = columns * rows;
  const fate = new Uint8Array(cells);
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
          fate.fill(keptCell, y * columns + left, y * columns + right + 1);
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

  function wipe(mask: Uint8Array, cell: number): void {
    const row = Math.floor(cell / columns);
    const column = cell - row * columns;
    const right = Math.min(widthPx, (column + 1) * cellPx);
    const bottom = Math.min(heightPx, (row + 1) * cellPx);
    for (let y = row * cellPx; y < bottom; y++) {
      mask.fill(0, y * widthPx + column * cellPx, y * widthPx + right);
    }
  }

  return {
    shape(foreground, labels, components, lit, fill) {
      const { mask, counts } = foreground;
      fate.fill(wiped);
      for (const component of components) keepNear(labels, component);
      for (let cell = 0; cell < cells; cell++) if (lit[cell] !== 0) fate[cell] = wiped;
      let closed = 0;
      if (fill) {
        for (const component of components) {
          fillHoles(labels, component);
        }
        closed = closeFilled(mask, counts, fate, grid);
      }
      let left = closed;
      for (let cell = 0; cell < cells; cell++) {
        if (fate[cell] !== wiped) left += counts[cell] as number;
        else if (counts[cell] !== 0 || lit[cell] !== 0) wipe(mask, cell);
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

/** Sets every pixel of a cell that lies inside a figure; returns how many that adds to what was counted. */
function closeFilled(mask: Uint8Array, counts: Uint8Array, fate: Uint8Array, grid: CellGrid) {
  const { columns, cellPx, widthPx, heightPx } = grid;
  let added = 0;
  for (let cell = 0; cell < fate.length; cell++) {
    if (fate[cell] !== filled || !surrounded(fate, cell, columns)) continue;
    const row = Math.floor(cell / columns);
    const column = cell - row * columns;
    const right = Math.min(widthPx, (column + 1) * cellPx);
    const bottom = Math.min(heightPx, (row + 1) * cellPx);
    for (let y = row * cellPx; y < bottom; y++) {
      mask.fill(255, y * widthPx + column * cellPx, y * widthPx + right);
    }
    added += (bottom - row * cellPx) * (right - column * cellPx) - (counts[cell] as number);
  }
  return added;
}

function surrounded(fate: Uint8Array, cell: number, columns: number): boolean {
  return (
    fate[cell - 1] === filled &&
    fate[cell + 1] === filled &&
    fate[cell - columns] === filled &&
    fate[cell + columns] === filled
  );
}
