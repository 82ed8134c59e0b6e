/**
 * A pool of light fades into its surroundings; a body ends. A region across whose outline the difference from the
 * background hardly falls, measured against the difference inside, is light.
 */
import type { CellGrid } from './cell-grid.ts';
import type { Component } from './components.ts';
import type { PixelModel } from './pixel-model.ts';

/** How far outside and inside the outline the difference is taken, in pixels. */
const outsidePx = (widthPx: number): number => Math.max(1, Math.round(widthPx / 160));
const insidePx = (widthPx: number): number => Math.max(2, Math.round(widthPx / 100));
/** Fall of the difference across the outline, as a share of the mean difference inside. */
const fallMin = 0.38;
/** Smaller regions have too little outline to judge. */
const cellsMin = 12;
const outlinePxMin = 16;

export function isSoft(
  component: Component,
  mask: Uint8Array,
  model: PixelModel,
  luma: Uint8Array,
  grid: CellGrid,
): boolean {
  if (component.cells < cellsMin) return false;
  const { background, widthPx, heightPx } = model;
  const out = outsidePx(widthPx);
  const within = insidePx(widthPx);
  const reach = Math.max(within, grid.cellPx) + 1;
  const left = Math.max(reach, component.left * grid.cellPx);
  const right = Math.min(widthPx - reach, (component.right + 1) * grid.cellPx);
  const top = Math.max(reach, component.top * grid.cellPx);
  const bottom = Math.min(heightPx - reach, (component.bottom + 1) * grid.cellPx);
  let inside = 0;
  let insideCount = 0;
  let fall = 0;
  let outline = 0;
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) {
      const i = y * widthPx + x;
      if (mask[i] === 0) continue;
      inside += Math.abs((luma[i] as number) - (background[i] as number));
      insideCount++;
      const step = outward(mask, i, widthPx);
      // A gap thinner than a cell is a hole in the region, not its outline.
      if (step === 0 || mask[i + step * reach] !== 0) continue;
      const inner = i - step * within;
      const outer = i + step * out;
      const before = (luma[inner] as number) - (background[inner] as number);
      const after = (luma[outer] as number) - (background[outer] as number);
      fall += Math.abs(before - after);
      outline++;
    }
  }
  if (outline < outlinePxMin) return false;
  return fall * insideCount < fallMin * inside * outline;
}

/** The step to the neighbour outside the mask; 0 within it. */
export function outward(mask: Uint8Array, i: number, widthPx: number): number {
  if (mask[i - 1] === 0) return -1;
  if (mask[i + 1] === 0) return 1;
  if (mask[i - widthPx] === 0) return -widthPx;
  return mask[i + widthPx] === 0 ? widthPx : 0;
}
