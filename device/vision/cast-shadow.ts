/**
 * The soft part of a cast shadow: where it begins the light fades step by step, whereas a body has an outline. From
 * outside the region, and from what is known to be lit, it is followed into the mask as long as the picture's share of
 * the background's brightness changes little from pixel to pixel; at the foot only, where shadows lie.
 */
import type { CellGrid } from './cell-grid.ts';
import { type Box, boxAt, createBoxes } from './component-boxes.ts';
import type { Component } from './components.ts';
import type { Foreground } from './foreground.ts';
import type { Kernels } from './kernels.ts';
import type { PixelModel } from './pixel-model.ts';
import type { VisionMemory } from './vision-memory.ts';

export type CastShadow = {
  /** Takes soft shadow out of the mask; returns the labels without the cells that this empties. */
  remove(
    components: readonly Component[],
    foreground: Foreground,
    labels: Uint16Array,
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

export function createCastShadow(
  grid: CellGrid,
  memory: VisionMemory,
  { takeCastShadow, setPixels }: Pick<Kernels, 'takeCastShadow' | 'setPixels'>,
): CastShadow {
  const remaining = memory.words(grid.columns * grid.rows);
  const pixels = memory.integers(pixelsMax);
  const boxes = createBoxes(memory);
  let taken = 0;
  return {
    unlearnt(rest, { mask, before }) {
      if (taken === 0) return rest;
      if (rest === mask) before.set(mask);
      setPixels(before, pixels, taken, 255);
      return before;
    },
    putBack(mask) {
      setPixels(mask, pixels, taken, 255);
      taken = 0;
    },
    remove(components, { mask, counts }, labels, luma, lit) {
      const count = boxes.list(components);
      const { boxes: listed } = boxes;
      taken = takeCastShadow(mask, counts, labels, listed, count, luma, lit, pixels, remaining);
      return taken === 0 ? labels : remaining;
    },
  };
}

/** While it looks for shadow: `pixels` hold it from the front, and from the back what was found to be none. */
type Search = {
  readonly grid: CellGrid;
  readonly mask: Uint8Array;
  readonly labels: Uint16Array;
  readonly background: Uint8Array;
  readonly luma: Uint8Array;
  readonly lit: Uint8Array;
  readonly pixels: Int32Array;
  taken: number;
  refused: number;
};

/**
 * Takes the shadow of components, as `boxes` has them, out of mask and counts; returns of how many pixels, and these
 * in `pixels`. `remaining` are then the labels without the cells that this empties.
 */
export function takeCastShadow(
  { background }: PixelModel,
  grid: CellGrid,
  mask: Uint8Array,
  counts: Uint8Array,
  labels: Uint16Array,
  boxes: Uint16Array,
  boxCount: number,
  luma: Uint8Array,
  lit: Uint8Array,
  pixels: Int32Array,
  remaining: Uint16Array,
): number {
  const seen = { grid, mask, labels, background, luma, lit, pixels, taken: 0, refused: pixelsMax };
  for (let n = 0; n < boxCount; n++) {
    const box = boxAt(boxes, n);
    if (box.bottom - box.top + 1 >= heightMin) searchFoot(box, seen);
  }
  for (let n = seen.refused; n < pixelsMax; n++) mask[pixels[n] as number] = 255;
  if (seen.taken === 0) return 0;
  remaining.set(labels);
  const countMin = Math.max(1, Math.floor((grid.cellPx * grid.cellPx) / 4));
  for (let n = 0; n < seen.taken; n++) {
    const i = pixels[n] as number;
    mask[i] = 0;
    const cell = cellOf(i, grid);
    const count = counts[cell] as number;
    if (count === 0) continue;
    counts[cell] = count - 1;
    if (count <= countMin) remaining[cell] = 0;
  }
  return seen.taken;
}

function searchFoot(box: Box, seen: Search): void {
  const { mask, labels } = seen;
  const { columns, rows, cellPx, widthPx, heightPx } = seen.grid;
  const enough = footOf(box, labels, columns) >= rows - 1 ? softWhereCutMin : softMin;
  const bottom = Math.min(heightPx - 2, (box.bottom + 1) * cellPx);
  const top = Math.max(2, Math.floor(bottom - (bottom - box.top * cellPx) * footShare));
  for (let row = Math.floor(top / cellPx); row <= box.bottom; row++) {
    for (let column = box.left; column <= box.right; column++) {
      const cell = row * columns + column;
      if (labels[cell] !== box.label) continue;
      const nearLit = isNearLit(cell, seen.lit, columns);
      const left = Math.max(2, column * cellPx);
      const right = Math.min(widthPx - 2, (column + 1) * cellPx);
      const end = Math.min(bottom, (row + 1) * cellPx);
      for (let y = Math.max(top, row * cellPx); y < end; y++) {
        for (let i = y * widthPx + left, to = y * widthPx + right; i < to; i++) {
          if (mask[i] !== 255 || seen.taken >= seen.refused) continue;
          if (!nearLit && !isRim(mask, i, widthPx)) continue;
          if (begins(i, seen)) follow(i, top * widthPx, bottom * widthPx, enough, seen);
        }
      }
    }
  }
}

/** Takes a region from one of its pixels on, between two of them; or refuses it, as its outline is too hard. */
function follow(first: number, from: number, to: number, enough: number, seen: Search): void {
  const { grid, mask, labels, pixels } = seen;
  const label = labels[cellOf(first, grid)];
  const before = seen.taken;
  let soft = 0;
  let border = 0;
  mask[first] = visited;
  pixels[seen.taken++] = first;
  for (let next = before; next < seen.taken; next++) {
    const here = pixels[next] as number;
    const share = shareOf(here, seen);
    for (const step of stepsIn(grid)) {
      const there = here + step;
      if (isOutside(there, seen)) {
        border++;
        if (goesOn(shareOf(there, seen), share)) soft++;
      } else if (mask[there] === 255 && there >= from && there < to && seen.taken < seen.refused) {
        const beyond = shadowed(there, seen);
        if (beyond === null || !goesOn(share, beyond)) continue;
        if (labels[cellOf(there, grid)] !== label) continue;
        mask[there] = visited;
        pixels[seen.taken++] = there;
      }
    }
  }
  if (soft >= border * enough && seen.taken < seen.refused) return;
  while (seen.taken > before) pixels[--seen.refused] = pixels[--seen.taken] as number;
}

function begins(i: number, seen: Search): boolean {
  const share = shadowed(i, seen);
  if (share === null) return false;
  return stepsIn(seen.grid).some(
    (step) => isOutside(i + step, seen) && goesOn(shareOf(i + step, seen), share),
  );
}

/** The share a shadow would leave of a pixel's light; null where it is none. */
function shadowed(i: number, seen: Search): number | null {
  if ((seen.luma[i] as number) >= (seen.background[i] as number)) return null;
  const share = shareOf(i, seen);
  return share > leftMin && share < leftMax ? share : null;
}

const stepsIn = ({ widthPx }: CellGrid): readonly number[] => [-1, 1, -widthPx, widthPx];

const isOutside = (i: number, { grid, mask, lit }: Search): boolean =>
  mask[i] === 0 || lit[cellOf(i, grid)] !== 0;

const isRim = (mask: Uint8Array, i: number, widthPx: number): boolean =>
  mask[i - 1] === 0 || mask[i + 1] === 0 || mask[i - widthPx] === 0 || mask[i + widthPx] === 0;

const isNearLit = (cell: number, lit: Uint8Array, columns: number): boolean =>
  [-1, 1, -columns, columns].some((step) => (lit[cell + step] ?? 0) !== 0);

function cellOf(i: number, { widthPx, cellPx, columns, columnOf }: CellGrid): number {
  const y = Math.floor(i / widthPx);
  return Math.floor(y / cellPx) * columns + (columnOf[i - y * widthPx] as number);
}

/** The row of cells in which the tallest column of a component ends. */
function footOf(component: Box, labels: Uint16Array, columns: number): number {
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
const shareOf = (i: number, { luma, background, grid: { widthPx } }: Search): number =>
  (around(luma, i, widthPx) + 6) / (around(background, i, widthPx) + 6);

const around = (picture: Uint8Array, i: number, widthPx: number): number =>
  2 * (picture[i] as number) +
  (picture[i - 1] as number) +
  (picture[i + 1] as number) +
  (picture[i - widthPx] as number) +
  (picture[i + widthPx] as number);
