/**
 * The background, pixel by pixel: a running mean and mean deviation in fixed point, after the running Gaussian of
 * Wren et al. with SuBSENSE's idea of raising the threshold where the verdict blinks. Quiet pixels get a narrow
 * threshold and restless ones - leaves, water, flicker - a wide one.
 *
 * `as number` on typed-array reads: the indices are in range by construction, and a fallback costs a branch a pixel.
 */

import type { CellGrid } from './cell-grid.ts';
import type { VisionMemory } from './vision-memory.ts';

export type PixelModel = {
  readonly widthPx: number;
  readonly heightPx: number;
  /** Background brightness, 8 bits after the point. */
  readonly mean: Uint16Array;
  /** The same, rounded, for the comparison of every frame. */
  readonly background: Uint8Array;
  /** Mean absolute deviation, from the mean or the last look, whichever is less; 8 bits after the point. */
  readonly deviation: Uint16Array;
  /** A pixel that differs by more is a candidate; it differs strongly from 8/5 of this on. */
  readonly threshold: Uint8Array;
  /** How often the verdict blinked lately. */
  readonly restless: Uint8Array;
  /** Where a restless pixel's brightness went lately; the background itself where it is calm. */
  readonly lowest: Uint8Array;
  readonly highest: Uint8Array;
  /**
   * Of foreground: brightness over about the last half second, 8 bits after the point. What stands still agrees.
   * Of background: the brightness when its deviation was last learnt.
   */
  readonly recent: Uint16Array;
  /** What the last frame looked like: bits of `verdict`. */
  readonly verdicts: Uint8Array;
  /** Candidates by row. */
  readonly candidates: Uint16Array;
  /** Columns of the first and the last, where there are any. */
  readonly candidateFrom: Uint16Array;
  readonly candidateTo: Uint16Array;
};

/** Bits of a pixel's verdict: a strong pixel is a candidate too. */
export const verdict = { candidate: 1, strong: 2 } as const;

/** Candidates in the rows above and below that make an odd row worth a look. */
const rowWorthwhileMin = 2;
const thresholdMin = 8;
const thresholdMax = 70;
const deviationsToThreshold = 3;
/** One outlier widens a deviation by no more than this much difference would. */
const deviationStepMax = 40 << 8;
const blinkStep = 20;
const restlessMax = 200;

export function createPixelModel(
  widthPx: number,
  heightPx: number,
  memory: VisionMemory,
): PixelModel {
  const pixels = widthPx * heightPx;
  return {
    widthPx,
    heightPx,
    mean: memory.words(pixels),
    background: memory.bytes(pixels),
    deviation: memory.words(pixels).fill(3 << 8),
    threshold: memory.bytes(pixels).fill(17),
    restless: memory.bytes(pixels),
    lowest: memory.bytes(pixels),
    highest: memory.bytes(pixels),
    recent: memory.words(pixels),
    verdicts: memory.bytes(pixels),
    candidates: memory.words(heightPx),
    candidateFrom: memory.words(heightPx),
    candidateTo: memory.words(heightPx),
  };
}

export function beginPixelModel(model: PixelModel, luma: Uint8Array): void {
  for (let i = 0; i < luma.length; i++) {
    const value = (luma[i] as number) << 8;
    model.mean[i] = value;
    model.recent[i] = value;
    model.background[i] = luma[i] as number;
    model.lowest[i] = luma[i] as number;
    model.highest[i] = luma[i] as number;
  }
}

/**
 * Compares a frame with the background; returns how many pixels are candidates. Pixels that cease to differ have
 * blinked, unless `trusted` (by cell) says that something known to move was there. Odd rows are looked at only where
 * an even neighbour holds candidates: what spans no even row is a single row high, and the majority would drop it.
 */
export function classify(
  model: PixelModel,
  luma: Uint8Array,
  grid: CellGrid,
  trusted: Uint8Array,
  blinks: Uint16Array,
): number {
  const { candidates, heightPx } = model;
  let all = 0;
  for (let y = 0; y < heightPx; y += 2) {
    if (candidates[y] !== 0) forgetRow(model, luma, grid, trusted, blinks, y);
    all += classifyRow(model, luma, y);
  }
  for (let y = 1; y < heightPx; y += 2) {
    if (candidates[y] !== 0) forgetRow(model, luma, grid, trusted, blinks, y);
    const around = (candidates[y - 1] as number) + (candidates[y + 1] ?? 0);
    if (around >= rowWorthwhileMin) all += classifyRow(model, luma, y);
    else candidates[y] = 0;
  }
  return all;
}

function classifyRow(model: PixelModel, luma: Uint8Array, y: number): number {
  const { background, threshold, verdicts, candidates, candidateFrom, candidateTo } = model;
  const start = y * model.widthPx;
  const end = start + model.widthPx;
  let inRow = 0;
  let first = end;
  let last = start;
  for (let i = start; i < end; i++) {
    const limit = threshold[i] as number;
    const difference = (luma[i] as number) - (background[i] as number);
    // One comparison for both signs: below -limit the sum wraps to a huge number.
    if ((difference + limit) >>> 0 <= limit << 1) continue;
    const size = difference < 0 ? -difference : difference;
    verdicts[i] = size * 5 > limit * 8 ? 3 : 1;
    if (inRow === 0) first = i;
    last = i;
    inRow++;
  }
  candidates[y] = inRow;
  candidateFrom[y] = first - start;
  candidateTo[y] = last - start;
  return inRow;
}

/** Clears a row of the last frame's verdicts, and notes which of them blinked. */
function forgetRow(
  model: PixelModel,
  luma: Uint8Array,
  grid: CellGrid,
  trusted: Uint8Array,
  blinks: Uint16Array,
  y: number,
): void {
  const { background, threshold, verdicts, restless, widthPx } = model;
  const cellRow = Math.floor(y / grid.cellPx) * grid.columns;
  const to = model.candidateTo[y] as number;
  let x = model.candidateFrom[y] as number;
  for (let i = y * widthPx + x; x <= to; x++, i++) {
    const before = verdicts[i] as number;
    if (before === 0) continue;
    verdicts[i] = 0;
    if ((before & verdict.strong) === 0) continue;
    const difference = (luma[i] as number) - (background[i] as number);
    const limit = threshold[i] as number;
    if (difference > limit || difference < -limit) continue;
    const cell = cellRow + (grid.columnOf[x] as number);
    if (trusted[cell] !== 0) continue;
    restless[i] = Math.min(restlessMax, (restless[i] as number) + blinkStep);
    blinks[cell] = (blinks[cell] as number) + 1;
  }
}

export type Rates = {
  /** Shares of the difference taken over by one update, in 1/4096. */
  readonly mean: number;
  readonly deviation: number;
  /** The deviation need not be learnt as often as the mean. */
  readonly withDeviation: boolean;
  /** Taken off `restless`. */
  readonly calm: number;
  /** True while everything is learnt, foreground too. */
  readonly everything: boolean;
};

/** Learns every `stride`-th row of a frame, from `first` on. */
export function learn(
  model: PixelModel,
  luma: Uint8Array,
  foreground: Uint8Array,
  rates: Rates,
  first: number,
  stride: number,
): void {
  for (let row = first; row < model.heightPx; row += stride) {
    learnRow(model, luma, foreground, rates, row);
  }
}

function learnRow(
  model: PixelModel,
  luma: Uint8Array,
  foreground: Uint8Array,
  rates: Rates,
  row: number,
): void {
  const { mean, background, deviation, threshold, restless, lowest, highest, recent, widthPx } =
    model;
  const meanRate = rates.mean;
  const deviationRate = rates.deviation;
  const { calm, everything, withDeviation } = rates;
  for (let i = row * widthPx, end = i + widthPx; i < end; i++) {
    if (foreground[i] !== 0 && !everything) continue;
    const old = mean[i] as number;
    const difference = ((luma[i] as number) << 8) - old;
    const now = old + ((Math.imul(difference, meanRate) + 0x800) >> 12);
    mean[i] = now;
    background[i] = (now + 128) >> 8;
    if (!withDeviation) continue;
    const centre = (now + 128) >> 8;
    const low = lowest[i] as number;
    const high = highest[i] as number;
    lowest[i] = low < centre ? low + ((centre - low + 31) >> 5) : centre;
    highest[i] = high > centre ? high - ((high - centre + 31) >> 5) : centre;
    // A background that lags behind the light is wrong, but not restless: it agrees with the last look.
    const value = (luma[i] as number) << 8;
    const change = Math.abs(value - (recent[i] as number));
    recent[i] = value;
    const off = Math.abs(difference);
    const noise = change + (change >> 2);
    const size = off < noise || restless[i] !== 0 ? off : noise;
    const clipped = Math.min(size, deviationStepMax);
    const spread = deviation[i] as number;
    const wider = spread + ((Math.imul(clipped - spread, deviationRate) + 0x800) >> 12);
    deviation[i] = wider;
    let limit = thresholdMin + ((wider * deviationsToThreshold) >> 8);
    const unrest = restless[i] as number;
    if (unrest !== 0) {
      restless[i] = unrest > calm ? unrest - calm : 0;
      limit += unrest >> 3;
    }
    threshold[i] = Math.min(limit, thresholdMax);
  }
}
