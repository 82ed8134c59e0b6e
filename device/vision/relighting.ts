/** Moving the background at once: where only the light changed, and where what stands there is to be the scene. */
import type { CellGrid } from './cell-grid.ts';
import type { PixelModel } from './pixel-model.ts';
import { saturated } from './tone-curve.ts';

/**
 * Cells whose texture says that only the light changed are learnt quickly; a plain cell that goes with its
 * neighbour may yet be somebody's coat. `rate` in 1/4096.
 */
export function learnLitCells(
  model: PixelModel,
  grid: CellGrid,
  luma: Uint8Array,
  lit: Uint8Array,
  rate: number,
): void {
  const { widthPx, heightPx } = model;
  for (let row = 0, cell = 0; row < grid.rows; row++) {
    for (let column = 0; column < grid.columns; column++, cell++) {
      if (lit[cell] !== 1) continue;
      const right = Math.min(widthPx, (column + 1) * grid.cellPx);
      const bottom = Math.min(heightPx, (row + 1) * grid.cellPx);
      for (let y = row * grid.cellPx; y < bottom; y++) {
        for (let x = column * grid.cellPx; x < right; x++) {
          learnLit(model, luma, y * widthPx + x, rate);
        }
      }
    }
  }
}

/** Learns one pixel on which only the light changed; `rate` in 1/4096. Its deviation stays. */
function learnLit(model: PixelModel, luma: Uint8Array, pixel: number, rate: number): void {
  const old = model.mean[pixel] as number;
  const now = old + (Math.imul(((luma[pixel] as number) << 8) - old, rate) >> 12);
  model.mean[pixel] = now;
  model.background[pixel] = Math.min(255, (now + 128) >> 8);
}

/** A pixel that blinked so often is restless for good: leaves, water. */
const restlessMin = 80;
const withinEnvelope = 8;
const deviationMax = 40 << 8;
const thresholdMax = 70;

/**
 * Takes the picture as background wherever nothing was known to be; thresholds stay. A restless pixel shows one moment
 * of its many: its background and envelope take the light of their surroundings, unless they contradict the picture.
 * `keep` tells of cells that hold something known, at its new place.
 */
export function reseed(
  model: PixelModel,
  luma: Uint8Array,
  grid: CellGrid,
  known: Uint8Array,
  keep: (cell: number) => boolean,
) {
  const { restless, widthPx, heightPx } = model;
  for (let row = 0; row < grid.rows; row++) {
    for (let column = 0; column < grid.columns; column++) {
      const right = Math.min(widthPx, (column + 1) * grid.cellPx);
      const bottom = Math.min(heightPx, (row + 1) * grid.cellPx);
      if (keep(row * grid.columns + column)) continue;
      let gain: number | null = null;
      for (let y = row * grid.cellPx; y < bottom; y++) {
        for (let i = y * widthPx + column * grid.cellPx, end = y * widthPx + right; i < end; i++) {
          if (known[i] !== 0) continue;
          const value = luma[i] as number;
          if ((restless[i] as number) >= restlessMin) {
            gain ??= gainAround(model, luma, grid, column, row);
            brighten(model, i, gain);
            const low = (model.lowest[i] as number) - withinEnvelope;
            if (value >= low && value <= (model.highest[i] as number) + withinEnvelope) continue;
          }
          seed(model, i, value);
        }
      }
    }
  }
}

function seed(model: PixelModel, pixel: number, value: number): void {
  model.mean[pixel] = value << 8;
  model.recent[pixel] = value << 8;
  model.background[pixel] = value;
  model.lowest[pixel] = value;
  model.highest[pixel] = value;
}

/** By how much, in 1/256, the light around a cell changed. */
function gainAround(
  { background, widthPx, heightPx }: PixelModel,
  luma: Uint8Array,
  { cellPx }: CellGrid,
  column: number,
  row: number,
): number {
  const reach = 2 * cellPx;
  const right = Math.min(widthPx, (column + 1) * cellPx + reach);
  const bottom = Math.min(heightPx, (row + 1) * cellPx + reach);
  let now = 0;
  let was = 0;
  for (let y = Math.max(0, row * cellPx - reach); y < bottom; y++) {
    const end = y * widthPx + right;
    for (let i = y * widthPx + Math.max(0, column * cellPx - reach); i < end; i++) {
      now += luma[i] as number;
      was += background[i] as number;
    }
  }
  return Math.floor((now * 256) / Math.max(1, was));
}

function brighten(model: PixelModel, pixel: number, gain: number): void {
  const { mean, background, recent, lowest, highest } = model;
  const now = clampMean(((mean[pixel] as number) * gain) >> 8);
  mean[pixel] = now;
  background[pixel] = (now + 128) >> 8;
  recent[pixel] = clampMean(((recent[pixel] as number) * gain) >> 8);
  lowest[pixel] = Math.min(255, ((lowest[pixel] as number) * gain) >> 8);
  highest[pixel] = Math.min(255, ((highest[pixel] as number) * gain) >> 8);
}

/** Takes what stands there now as background. */
export function absorb(model: PixelModel, pixel: number): void {
  const value = model.recent[pixel] as number;
  model.mean[pixel] = value;
  const level = Math.min(255, (value + 128) >> 8);
  model.background[pixel] = level;
  model.lowest[pixel] = level;
  model.highest[pixel] = level;
}

/** Moves the whole background along a tone curve, and with it what was seen lately of the foreground. */
export function relight(
  model: PixelModel,
  luma: Uint8Array,
  expected: Uint8Array,
  foreground: Uint8Array | null,
): void {
  const { mean, background, deviation, threshold, recent, lowest, highest } = model;
  // What was saturated may be of any brightness from here on.
  const unsaturated = (expected[saturated - 1] as number) - withinEnvelope;
  const steepnessAt = Int16Array.from(expected, (_, level) => steepness(expected, level));
  for (let i = 0; i < mean.length; i++) {
    const old = background[i] as number;
    const shift = (expected[old] as number) - old;
    if (shift < 0 && old >= saturated && (luma[i] as number) >= unsaturated) {
      seed(model, i, luma[i] as number);
    } else if (shift !== 0) {
      const now = clampMean((mean[i] as number) + (shift << 8));
      mean[i] = now;
      background[i] = (now + 128) >> 8;
      // Leaves before the sky: each end of the envelope has its own place on the curve.
      lowest[i] = expected[lowest[i] as number] as number;
      highest[i] = expected[highest[i] as number] as number;
      const steeper = steepnessAt[old] as number;
      if (steeper > 256) {
        deviation[i] = Math.min(deviationMax, ((deviation[i] as number) * steeper) >> 8);
        threshold[i] = Math.min(thresholdMax, ((threshold[i] as number) * steeper) >> 8);
      }
    }
    if (foreground === null || foreground[i] === 0) continue;
    const lately = recent[i] as number;
    recent[i] = clampMean(lately + (((expected[lately >> 8] as number) - (lately >> 8)) << 8));
  }
}

/** By how much, in 1/256, the curve amplifies what differs from a brightness. */
function steepness(expected: Uint8Array, level: number): number {
  const from = Math.max(0, level - 16);
  const to = Math.min(255, level + 16);
  return Math.floor((((expected[to] as number) - (expected[from] as number)) * 256) / (to - from));
}

const clampMean = (value: number): number => (value < 0 ? 0 : Math.min(value, 0xff00));
