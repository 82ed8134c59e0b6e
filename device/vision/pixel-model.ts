/**
 * The background, pixel by pixel: a running mean and mean deviation in fixed point. Quiet pixels get a narrow
 * threshold and restless ones - leaves, water, flicker - a wide one. Reads and writes typed arrays only.
 *
 * `as number` on typed-array reads: the indices are in range by construction, and a fallback costs a branch a pixel.
 */
export type PixelModel = {
  readonly pixels: number;
  /** Background brightness, 8 bits after the point. */
  readonly mean: Uint16Array;
  /** The same, rounded, for the comparison of every frame. */
  readonly background: Uint8Array;
  /** Mean absolute deviation, 8 bits after the point. */
  readonly deviation: Uint16Array;
  readonly threshold: Uint8Array;
  /** Brightness over about the last second, 8 bits after the point: what stands still agrees with it. */
  readonly recent: Uint16Array;
};

/** What `classify` writes for each pixel. */
export const verdict = { background: 0, weak: 1, strong: 2 } as const;

const thresholdMin = 12;
const deviationsToThreshold = 4;

export function createPixelModel(pixels: number): PixelModel {
  return {
    pixels,
    mean: new Uint16Array(pixels),
    background: new Uint8Array(pixels),
    deviation: new Uint16Array(pixels).fill(3 << 8),
    threshold: new Uint8Array(pixels).fill(24),
    recent: new Uint16Array(pixels),
  };
}

export function beginPixelModel(model: PixelModel, luma: Uint8Array): void {
  for (let i = 0; i < model.pixels; i++) {
    const value = (luma[i] as number) << 8;
    model.mean[i] = value;
    model.recent[i] = value;
    model.background[i] = luma[i] as number;
  }
}

/** Compares a frame with the background; returns how many pixels differ. */
export function classify(model: PixelModel, luma: Uint8Array, verdicts: Uint8Array): number {
  const { background, threshold, pixels } = model;
  let different = 0;
  for (let i = 0; i < pixels; i++) {
    const difference = (luma[i] as number) - (background[i] as number);
    const size = difference < 0 ? -difference : difference;
    const limit = threshold[i] as number;
    if (size > limit) {
      verdicts[i] = size > limit + limit ? verdict.strong : verdict.weak;
      different++;
    } else {
      verdicts[i] = verdict.background;
    }
  }
  return different;
}

export type Rates = {
  /** Shares of the difference taken over by one update, in 1/65536. */
  readonly mean: number;
  readonly deviation: number;
  readonly recent: number;
  /** For pixels that are foreground: 0 holds them. */
  readonly held: number;
};

/** Learns the pixels `from` (inclusive) to `to` (exclusive) of a frame. */
export function learn(
  model: PixelModel,
  luma: Uint8Array,
  foreground: Uint8Array,
  rates: Rates,
  from: number,
  to: number,
): void {
  const { mean, background, deviation, threshold, recent } = model;
  for (let i = from; i < to; i++) {
    const value = (luma[i] as number) << 8;
    const before = recent[i] as number;
    recent[i] = before + (((value - before) * rates.recent) >> 16);
    const held = foreground[i] !== 0;
    const rate = held ? rates.held : rates.mean;
    if (rate === 0) continue;
    const old = mean[i] as number;
    const difference = value - old;
    const now = old + ((difference * rate + 0x8000) >> 16);
    mean[i] = now;
    background[i] = (now + 128) >> 8;
    if (held) continue;
    const size = difference < 0 ? -difference : difference;
    const spread = deviation[i] as number;
    const wider = spread + (((size - spread) * rates.deviation + 0x8000) >> 16);
    deviation[i] = wider;
    const limit = thresholdMin + ((wider * deviationsToThreshold) >> 8);
    threshold[i] = Math.min(limit, 100);
  }
}
