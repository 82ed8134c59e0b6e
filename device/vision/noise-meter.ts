/** How noisy the camera's picture is, and whether it wants smoothing. */
import type { CellGrid } from './cell-grid.ts';
import type { Kernels } from './kernels.ts';
import type { PixelModel } from './pixel-model.ts';
import type { VisionMemory } from './vision-memory.ts';

export type NoiseMeter = {
  /** From the last frame on, whether pictures are noisy. */
  readonly noisy: boolean;
  /** Looks at a frame before it is smoothed. True when `noisy` changed. */
  step(luma: Uint8Array, sinceMs: number): boolean;
};

/** One pixel in a square of this many by as many is looked at. */
const everyPx = 8;
/**
 * The median of what plain places change by from frame to frame, in grey levels: 0.95 of a Gaussian's deviation.
 * Smoothing gains more than it blurs from the first on, and is given up again below the second.
 */
const noisyMin = 3;
const quietMax = 1.5;
/** Over two pixels, the background of a plain place rises by less: what still trembles changes little there. */
const plainRiseMax = 8;
const plainPlacesMin = 32;
const changeMax = 8;
const usualMs = 3_000;
const framesMin = 4;
/** After the first second or so, two frames in so many are compared. */
const turn = 8;

export function createNoiseMeter(
  { widthPx, heightPx }: CellGrid,
  memory: VisionMemory,
  countChanges: Kernels['countChanges'],
): NoiseMeter {
  const last = memory.bytes(Math.floor(widthPx / everyPx) * Math.floor(heightPx / everyPx));
  const histogram = memory.words(256);
  let frames = 0;
  let measured = 0;
  let level = 0;
  let noisy = false;

  return {
    get noisy() {
      return noisy;
    },
    step(luma, sinceMs) {
      const now = frames++;
      if (now > turn && now % turn > 1) return false;
      const samples = countChanges(luma, last, histogram);
      if (samples < plainPlacesMin || now === 0 || (now > turn && now % turn === 0)) return false;
      const lastedMs = now > turn ? turn * sinceMs : sinceMs;
      const taken = Math.max(1 / ++measured, lastedMs / (usualMs + lastedMs));
      level += (Math.min(median(histogram, samples), changeMax) - level) * taken;
      const wanted = level > (noisy ? quietMax : noisyMin);
      if (wanted === noisy || measured < framesMin) return false;
      noisy = wanted;
      return true;
    },
  };
}

/** By how much each plain place changed, into the histogram; how many there are. Takes the picture as the last. */
export function countChanges(
  { background, widthPx }: PixelModel,
  luma: Uint8Array,
  last: Uint8Array,
  histogram: Uint16Array,
): number {
  const rowPx = Math.floor(widthPx / everyPx) * everyPx;
  histogram.fill(0);
  let samples = 0;
  for (let n = 0, x = everyPx >> 1, row = (everyPx >> 1) * widthPx; n < last.length; n++) {
    const i = row + x;
    const value = luma[i] as number;
    const change = Math.abs(value - (last[n] as number));
    last[n] = value;
    if (isPlain(background, i, widthPx)) {
      histogram[change] = (histogram[change] as number) + 1;
      samples++;
    }
    x += everyPx;
    if (x >= rowPx) {
      x = everyPx >> 1;
      row += everyPx * widthPx;
    }
  }
  return samples;
}

/** Between the whole grey levels by how many samples lie below. */
function median(histogram: Uint16Array, samples: number): number {
  let below = 0;
  let change = 0;
  while ((below + (histogram[change] as number)) * 2 < samples)
    below += histogram[change++] as number;
  return change - 0.5 + (samples / 2 - below) / (histogram[change] as number);
}

const isPlain = (background: Uint8Array, i: number, widthPx: number): boolean =>
  Math.abs((background[i + 1] as number) - (background[i - 1] as number)) < plainRiseMax &&
  Math.abs((background[i + widthPx] as number) - (background[i - widthPx] as number)) <
    plainRiseMax;
