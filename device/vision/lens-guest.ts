/**
 * By infrared light: an insect on the lens, or midges before it. The lamps beside the lens make them glaring. What sits
 * on the glass is far too near to be in focus: its outline is blurred all the way round, where a body's is steep at
 * least somewhere. What flies by is small and crosses the picture in about a second.
 */
import { between } from '../wire/time.ts';
import type { CellGrid } from './cell-grid.ts';
import type { Component } from './components.ts';
import type { PixelModel } from './pixel-model.ts';
import type { Track } from './tracks.ts';

/** Brighter than the background by this, on average. */
const glareMin = 50;
/** Over two pixels, a sharp outline rises by more than this share of the region's mean difference ... */
const sharpMin = 0.7;
/** ... on more than this share of its length. */
const sharpShareMax = 0.2;
/** A face before the lens is blurred and glaring too: what covers more of the picture than this is no insect. */
const pictureShareMax = 0.06;
const outlineMin = 16;
/** A midge is smaller than this share of the picture, and flies faster than this many picture widths a second. */
const midgeShareMax = 0.006;
const midgeSpeedMin = 0.7;

/** How long one verdict outlasts those that err, where the wall behind lends the outline its edges. */
const rememberMs = 1_500;
const verdictWeight = 3;

/** Takes out what sits on the lens, or did a moment ago. */
export function dismissGuests(
  followed: Map<Component, Track>,
  mask: Uint8Array,
  model: PixelModel,
  luma: Uint8Array,
  grid: CellGrid,
  sinceMs: number,
): void {
  for (const [component, track] of followed) {
    track.guestMs = isLensGuest(component, track, mask, model, luma, grid)
      ? Math.min(rememberMs, track.guestMs + verdictWeight * sinceMs)
      : Math.max(0, track.guestMs - sinceMs);
    if (track.guestMs > 0) followed.delete(component);
  }
}

function isLensGuest(
  component: Component,
  track: Track,
  mask: Uint8Array,
  model: PixelModel,
  luma: Uint8Array,
  grid: CellGrid,
): boolean {
  const { background, widthPx, heightPx } = model;
  if (component.areaPx > widthPx * heightPx * pictureShareMax) return false;
  const left = Math.max(1, component.left * grid.cellPx);
  const right = Math.min(widthPx - 1, (component.right + 1) * grid.cellPx);
  const top = Math.max(1, component.top * grid.cellPx);
  const bottom = Math.min(heightPx - 1, (component.bottom + 1) * grid.cellPx);
  const difference = (i: number) => (luma[i] as number) - (background[i] as number);
  let sum = 0;
  let count = 0;
  for (let y = top; y < bottom; y++) {
    for (let i = y * widthPx + left, end = y * widthPx + right; i < end; i++) {
      if (mask[i] === 0) continue;
      sum += difference(i);
      count++;
    }
  }
  if (sum < count * glareMin) return false;
  if (
    component.areaPx < widthPx * heightPx * midgeShareMax &&
    pathSpeed(track, grid) > midgeSpeedMin
  )
    return true;
  const limit = (sharpMin * sum) / count;
  let outline = 0;
  let sharp = 0;
  for (let y = top; y < bottom; y++) {
    for (let i = y * widthPx + left, end = y * widthPx + right; i < end; i++) {
      if (mask[i] === 0 || isInside(mask, i, widthPx)) continue;
      outline++;
      if (isSteep(luma, background, i, 1, limit) || isSteep(luma, background, i, widthPx, limit)) {
        sharp++;
      }
    }
  }
  return outline >= outlineMin && sharp <= outline * sharpShareMax;
}

/** Along the way it took, in picture widths a second; 0 while that is not known. */
function pathSpeed(track: Track, { cellPx, widthPx }: CellGrid): number {
  const lastedMs = between(track.firstAt, track.lastAt);
  return lastedMs === 0 ? 0 : (track.path / 256) * (cellPx / widthPx) * (1_000 / lastedMs);
}

const isInside = (mask: Uint8Array, i: number, widthPx: number): boolean =>
  mask[i - 1] !== 0 && mask[i + 1] !== 0 && mask[i - widthPx] !== 0 && mask[i + widthPx] !== 0;

/** Steep in the picture and against the background: the wall behind has edges of its own. */
function isSteep(
  luma: Uint8Array,
  background: Uint8Array,
  i: number,
  step: number,
  limit: number,
): boolean {
  const rise = (luma[i + step] as number) - (luma[i - step] as number);
  if (rise <= limit && rise >= -limit) return false;
  const behind = (background[i + step] as number) - (background[i - step] as number);
  return Math.abs(rise - behind) > limit;
}
