/**
 * Where somebody who came by himself stands, the background stays as it was known. Where a coat looks much like what
 * is behind it, it would otherwise learn the coat, and the hole in the figure would grow while he stands there.
 */
import type { CellGrid } from './cell-grid.ts';
import type { Component } from './components.ts';
import type { Foreground } from './foreground.ts';
import type { Track } from './tracks.ts';

/** What covers less of the picture than 1 in so many is a leaf as likely as a body. */
const bodyShare = 200;

/** What is not to be learnt: `rest`, and every cell of a body that arrived. */
export function holdArrivals(
  rest: Uint8Array,
  { mask, before }: Foreground,
  followed: ReadonlyMap<Component, Track>,
  labels: Uint16Array,
  grid: CellGrid,
): Uint8Array {
  let held = rest;
  for (const [component, track] of followed) {
    if (!track.arrived || component.cells * bodyShare < labels.length) continue;
    if (held === mask) {
      before.set(mask);
      held = before;
    }
    for (let row = component.top; row <= component.bottom; row++) {
      holdRow(held, component, labels, grid, row);
    }
  }
  return held;
}

/** Holds a row of a component's cells, run by run. */
function holdRow(
  held: Uint8Array,
  { label, left, right }: Component,
  labels: Uint16Array,
  { columns, cellPx, widthPx, heightPx }: CellGrid,
  row: number,
): void {
  const bottom = Math.min(heightPx, (row + 1) * cellPx);
  for (let column = left; column <= right; column++) {
    if (labels[row * columns + column] !== label) continue;
    const from = column * cellPx;
    while (column < right && labels[row * columns + column + 1] === label) column++;
    const to = Math.min(widthPx, (column + 1) * cellPx);
    for (let y = row * cellPx; y < bottom; y++)
      held.fill(255, y * widthPx + from, y * widthPx + to);
  }
}
