/**
 * Cast shadows on plain ground have no texture to tell them by. What tells them is where they lie: beside the foot of
 * something tall, low over a wide stretch, and darker than the ground by no more than the sky's light allows.
 */
import type { CellGrid } from './cell-grid.ts';
import type { Component } from './components.ts';
import type { Foreground } from './foreground.ts';
import type { PixelModel } from './pixel-model.ts';

export type GroundShadow = {
  /** Takes shadow cells out of the counts and marks them in `lit`; returns how many. */
  trim(
    components: readonly Component[],
    labels: Uint16Array,
    foreground: Foreground,
    model: PixelModel,
    luma: Uint8Array,
    lit: Uint8Array,
  ): number;
};

/** Rows of cells; a smaller component has no skirt to speak of. */
const heightMin = 4;
/** A column of the skirt is at most this tall, of the tallest column. */
const skirtHeightMax = 0.5;
/** The skirt lies within this lower part of the tallest column, and below it. */
const skirtReach = 0.45;
/** Shadow leaves this much of the light, in 1/256. */
const darkMin = 80;
const darkMax = 250;
const darkShareMin = 0.85;

export function createGroundShadow(grid: CellGrid): GroundShadow {
  const { columns, cellPx, widthPx, heightPx } = grid;
  const tops = new Int16Array(columns);
  const bottoms = new Int16Array(columns);

  function measure(component: Component, labels: Uint16Array): { tall: number; foot: number } {
    let tall = 0;
    let foot = component.bottom;
    for (let x = component.left; x <= component.right; x++) {
      tops[x] = -1;
      for (let y = component.top; y <= component.bottom; y++) {
        if (labels[y * columns + x] !== component.label) continue;
        if (tops[x] === -1) tops[x] = y;
        bottoms[x] = y;
      }
      const extent = tops[x] === -1 ? 0 : (bottoms[x] as number) - (tops[x] as number) + 1;
      if (extent > tall) {
        tall = extent;
        foot = bottoms[x] as number;
      }
    }
    return { tall, foot };
  }

  function isDark(
    cell: number,
    mask: Uint8Array,
    background: Uint8Array,
    luma: Uint8Array,
  ): boolean {
    const row = Math.floor(cell / columns);
    const column = cell - row * columns;
    const right = Math.min(widthPx, (column + 1) * cellPx);
    const bottom = Math.min(heightPx, (row + 1) * cellPx);
    let seen = 0;
    let dark = 0;
    for (let y = row * cellPx; y < bottom; y++) {
      const end = y * widthPx + right;
      for (let i = y * widthPx + column * cellPx; i < end; i++) {
        if (mask[i] === 0) continue;
        seen++;
        const now = (luma[i] as number) << 8;
        const was = background[i] as number;
        if (now >= was * darkMin && now <= was * darkMax) dark++;
      }
    }
    return dark >= seen * darkShareMin;
  }

  return {
    trim(components, labels, foreground, model, luma, lit) {
      const { counts, strong, active, mask } = foreground;
      let trimmed = 0;
      for (const component of components) {
        if (component.bottom - component.top + 1 < heightMin) continue;
        const { tall, foot } = measure(component, labels);
        // What is cut off by the picture's edge shows no foot.
        if (foot >= grid.rows - 1) continue;
        const from = foot - Math.floor(tall * skirtReach) + 1;
        for (let x = component.left; x <= component.right; x++) {
          const top = tops[x] as number;
          if (top === -1 || (bottoms[x] as number) - top + 1 > tall * skirtHeightMax) continue;
          for (let y = Math.max(from, top); y <= (bottoms[x] as number); y++) {
            const cell = y * columns + x;
            if (labels[cell] !== component.label) continue;
            if (!isDark(cell, mask, model.background, luma)) continue;
            lit[cell] = 1;
            counts[cell] = 0;
            strong[cell] = 0;
            active[cell] = 0;
            trimmed++;
          }
        }
      }
      return trimmed;
    },
  };
}
