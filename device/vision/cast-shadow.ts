/**
 * The soft part of a cast shadow: where it begins the light fades step by step, whereas a body has an outline. From
 * outside the region, and from what is known to be lit, it is followed into the mask as long as the picture's share of
 * the background's brightness changes little from pixel to pixel; at the foot only, where shadows lie.
 */
import type { CellGrid } from './cell-grid.ts';
import type { Component } from './components.ts';
import type { Foreground } from './foreground.ts';
import type { PixelModel } from './pixel-model.ts';
import type { VisionMemory } from './vision-memory.ts';

export type CastShadow = {
  /** Takes soft shadow out of the mask; returns the labels without the cells that this empties. */
  remove(
    components: readonly Component[],
    foreground: Foreground,
    labels: Uint16Array,
    model: PixelModel,
    luma: Uint8Array,
    lit: Uint8Array,
  ): Uint16Array;
  /** What not to learn: shadow goes with whom it belongs to. Drawn where the mask before was, if there is any. */
  unlearnt(rest: Uint8Array, foreground: Foreground): Uint8Array;
  /** Puts back into the mask what was taken out of it, before the next is drawn: it has not ceased to differ. */
  putBack(mask: Uint8Array): void;
};

/** Rows of cells; a smaller component has no foot to speak of. */
const heightMin = 4;
/** The lowest part of a component, as a share of its height. */
const footShare = 0.2;
/** What shadow leaves of the light; the ground beside it, for noise, may be a little brighter than known. */
const leftMin = 0.3;
const leftMax = 0.98;
const besideMax = 1.03;
/** From one pixel to the next a soft shadow changes that share by no more. */
const stepMax = 0.05;
/**
 * Of a shadow's border to the outside, at least this share is soft: a body that agrees with the ground at some point
 * is outlined elsewhere. What the picture's edge cuts off shows legs where the foot would be, and must be softer.
 */
const softMin = 0.2;
const softWhereCutMin = 0.7;
const pixelsMax = 16_384;
const visited = 1;

type Seen = {
  readonly mask: Uint8Array;
  readonly labels: Uint16Array;
  readonly background: Uint8Array;
  readonly luma: Uint8Array;
  readonly lit: Uint8Array;
};

export function createCastShadow(grid: CellGrid, memory: VisionMemory): CastShadow {
  const { columns, rows, cellPx, widthPx, heightPx } = grid;
  const remaining = memory.words(columns * rows);
  /** Shadow from the front; from the back what was found to be none. */
  const pixels = new Int32Array(pixelsMax);
  const steps = [-1, 1, -widthPx, widthPx] as const;
  const countMin = Math.max(1, Math.floor((cellPx * cellPx) / 4));
  let taken = 0;
  let refused = pixelsMax;

  function cellOf(i: number): number {
    const y = Math.floor(i / widthPx);
    return Math.floor(y / cellPx) * columns + (grid.columnOf[i - y * widthPx] as number);
  }

  const isOutside = (i: number, { mask, lit }: Seen): boolean =>
    mask[i] === 0 || lit[cellOf(i)] !== 0;

  /** The share a shadow would leave of a pixel's light; null where it is none. */
  function shadowed(i: number, { luma, background }: Seen): number | null {
    if ((luma[i] as number) >= (background[i] as number)) return null;
    const share = shareOf(luma, background, i, widthPx);
    return share > leftMin && share < leftMax ? share : null;
  }

  /** Takes a region from one of its pixels on, between two of them; or refuses it, as its outline is too hard. */
  function follow(first: number, from: number, to: number, enough: number, seen: Seen): void {
    const { mask, labels, luma, background } = seen;
    const label = labels[cellOf(first)];
    const before = taken;
    let soft = 0;
    let border = 0;
    mask[first] = visited;
    pixels[taken++] = first;
    for (let next = before; next < taken; next++) {
      const here = pixels[next] as number;
      const share = shareOf(luma, background, here, widthPx);
      for (const step of steps) {
        const there = here + step;
        if (isOutside(there, seen)) {
          border++;
          if (goesOn(shareOf(luma, background, there, widthPx), share)) soft++;
        } else if (mask[there] === 255 && there >= from && there < to && taken < refused) {
          const beyond = shadowed(there, seen);
          if (beyond === null || !goesOn(share, beyond)) continue;
          if (labels[cellOf(there)] !== label) continue;
          mask[there] = visited;
          pixels[taken++] = there;
        }
      }
    }
    if (soft >= border * enough && taken < refused) return;
    while (taken > before) pixels[--refused] = pixels[--taken] as number;
  }

  function searchFoot(component: Component, seen: Seen): void {
    const { mask, labels } = seen;
    const enough = footOf(component, labels, columns) >= rows - 1 ? softWhereCutMin : softMin;
    const bottom = Math.min(heightPx - 2, (component.bottom + 1) * cellPx);
    const top = Math.max(2, Math.floor(bottom - (bottom - component.top * cellPx) * footShare));
    for (let row = Math.floor(top / cellPx); row <= component.bottom; row++) {
      for (let column = component.left; column <= component.right; column++) {
        const cell = row * columns + column;
        if (labels[cell] !== component.label) continue;
        const nearLit = isNearLit(cell, seen.lit);
        const left = Math.max(2, column * cellPx);
        const right = Math.min(widthPx - 2, (column + 1) * cellPx);
        const end = Math.min(bottom, (row + 1) * cellPx);
        for (let y = Math.max(top, row * cellPx); y < end; y++) {
          for (let i = y * widthPx + left, to = y * widthPx + right; i < to; i++) {
            if (mask[i] !== 255 || taken >= refused || !(nearLit || isRim(mask, i))) continue;
            if (begins(i, seen)) follow(i, top * widthPx, bottom * widthPx, enough, seen);
          }
        }
      }
    }
  }

  const isRim = (mask: Uint8Array, i: number): boolean =>
    mask[i - 1] === 0 || mask[i + 1] === 0 || mask[i - widthPx] === 0 || mask[i + widthPx] === 0;

  const isNearLit = (cell: number, lit: Uint8Array): boolean =>
    ((lit[cell - 1] ?? 0) |
      (lit[cell + 1] ?? 0) |
      (lit[cell - columns] ?? 0) |
      (lit[cell + columns] ?? 0)) !==
    0;

  function begins(i: number, seen: Seen): boolean {
    const share = shadowed(i, seen);
    if (share === null) return false;
    const { luma, background } = seen;
    for (const step of steps) {
      if (!isOutside(i + step, seen)) continue;
      if (goesOn(shareOf(luma, background, i + step, widthPx), share)) return true;
    }
    return false;
  }

  return {
    unlearnt(rest, { mask, before }) {
      if (taken === 0) return rest;
      if (rest === mask) before.set(mask);
      for (let n = 0; n < taken; n++) before[pixels[n] as number] = 255;
      return before;
    },
    putBack(mask) {
      for (let n = 0; n < taken; n++) mask[pixels[n] as number] = 255;
      taken = 0;
    },
    remove(components, { mask, counts }, labels, { background }, luma, lit) {
      taken = 0;
      refused = pixelsMax;
      const seen = { mask, labels, background, luma, lit };
      for (const component of components)
        if (component.bottom - component.top + 1 >= heightMin) searchFoot(component, seen);
      for (let n = refused; n < pixelsMax; n++) mask[pixels[n] as number] = 255;
      if (taken === 0) return labels;
      remaining.set(labels);
      for (let n = 0; n < taken; n++) {
        const i = pixels[n] as number;
        mask[i] = 0;
        const cell = cellOf(i);
        const count = counts[cell] as number;
        if (count === 0) continue;
        counts[cell] = count - 1;
        if (count <= countMin) remaining[cell] = 0;
      }
      return remaining;
    },
  };
}

/** The row of cells in which the tallest column of a component ends. */
function footOf(component: Component, labels: Uint16Array, columns: number): number {
  let tall = 0;
  let foot = component.bottom;
  for (let x = component.left; x <= component.right; x++) {
    let top = -1;
    let bottom = -1;
    for (let y = component.top; y <= component.bottom; y++) {
      if (labels[y * columns + x] !== component.label) continue;
      if (top === -1) top = y;
      bottom = y;
    }
    if (top === -1 || bottom - top + 1 <= tall) continue;
    tall = bottom - top + 1;
    foot = bottom;
  }
  return foot;
}

/** Whether shadow goes on from a pixel with one share to its neighbour with another. */
const goesOn = (before: number, share: number): boolean =>
  before < besideMax && Math.abs(before - share) <= stepMax;

/** The picture's share of the background's brightness around a pixel. */
function shareOf(luma: Uint8Array, background: Uint8Array, i: number, widthPx: number): number {
  const now =
    2 * (luma[i] as number) +
    (luma[i - 1] as number) +
    (luma[i + 1] as number) +
    (luma[i - widthPx] as number) +
    (luma[i + widthPx] as number);
  const was =
    2 * (background[i] as number) +
    (background[i - 1] as number) +
    (background[i + 1] as number) +
    (background[i - widthPx] as number) +
    (background[i + widthPx] as number);
  return (now + 6) / (was + 6);
}
