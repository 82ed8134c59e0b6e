/**
 * A pool of light fades in and out; a body ends somewhere. A region without any steep place in its difference from the
 * background is light. Where the ground has texture the texture veto has spoken already.
 */
import type { CellGrid } from './cell-grid.ts';
import type { Component } from './components.ts';
import type { PixelModel } from './pixel-model.ts';

/** A place is steep where the difference changes, over four pixels, by this share of the region's mean difference. */
const steepMin = 0.45;
/** ... and by this many grey levels, which noise seldom does. */
const steepLevelsMin = 14;
/** A body's outline alone is more than this share of its pixels. */
const steepShareMax = 0.04;
/** Smaller regions have too few pixels to judge. */
export const softCellsMin = 12;
const span = 2;

export function isSoft(
  component: Component,
  mask: Uint8Array,
  model: PixelModel,
  luma: Uint8Array,
  grid: CellGrid,
): boolean {
  if (component.cells < softCellsMin) return false;
  const { background, widthPx } = model;
  const { left, right, top, bottom } = boundsWithin(component, grid);
  const difference = (i: number) => (luma[i] as number) - (background[i] as number);
  let sum = 0;
  let count = 0;
  for (let y = top; y < bottom; y++) {
    for (let i = y * widthPx + left, end = y * widthPx + right; i < end; i++) {
      if (mask[i] === 0) continue;
      sum += Math.abs(difference(i));
      count++;
    }
  }
  const limit = Math.max(steepLevelsMin, (steepMin * sum) / Math.max(1, count));
  const steepMax = count * steepShareMax;
  let steep = 0;
  for (let y = top; y < bottom; y++) {
    for (let i = y * widthPx + left, end = y * widthPx + right; i < end; i++) {
      if (mask[i] === 0) continue;
      const across = difference(i + span) - difference(i - span);
      const along = difference(i + span * widthPx) - difference(i - span * widthPx);
      if (Math.abs(across) <= limit && Math.abs(along) <= limit) continue;
      if (++steep >= steepMax) return false;
    }
  }
  return true;
}

/** A component's pixels, the first inclusive, but for those too near to the picture's border. */
export function boundsWithin(component: Component, { cellPx, widthPx, heightPx }: CellGrid) {
  return {
    left: Math.max(span, component.left * cellPx),
    right: Math.min(widthPx - span, (component.right + 1) * cellPx),
    top: Math.max(span, component.top * cellPx),
    bottom: Math.min(heightPx - span, (component.bottom + 1) * cellPx),
  };
}
