/** What the texture veto leaves of a pool of light is its rim: a component most of whose cells touch vetoed ones. */
import type { CellGrid } from './cell-grid.ts';
import type { Component } from './components.ts';

const touchingShareMin = 0.65;

export function isFringe(
  component: Component,
  labels: Uint16Array,
  lit: Uint8Array,
  litCells: number,
  grid: CellGrid,
): boolean {
  if (litCells < component.cells) return false;
  const { columns, rows } = grid;
  let touching = 0;
  for (let y = component.top; y <= component.bottom; y++) {
    for (let x = component.left; x <= component.right; x++) {
      if (labels[y * columns + x] === component.label && touches(lit, x, y, columns, rows)) {
        touching++;
      }
    }
  }
  return touching >= component.cells * touchingShareMin;
}

function touches(lit: Uint8Array, x: number, y: number, columns: number, rows: number): boolean {
  const bottom = Math.min(rows - 1, y + 1);
  const right = Math.min(columns - 1, x + 1);
  for (let ny = Math.max(0, y - 1); ny <= bottom; ny++) {
    for (let nx = Math.max(0, x - 1); nx <= right; nx++) {
      if (lit[ny * columns + nx] !== 0) return true;
    }
  }
  return false;
}
