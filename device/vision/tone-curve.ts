/**
 * How the light changed since the background was learnt, as a curve from background brightness to expected
 * brightness. Medians by brightness band resist whatever moves, up to half of a band; moving the background along the
 * curve makes clouds, exposure steps and lamps disappear from the comparison without blinding it.
 */
import type { Kernels } from './kernels.ts';
import type { PixelModel } from './pixel-model.ts';
import type { VisionMemory } from './vision-memory.ts';

const bands = 16;
const bandShift = 4;
const samplesPerBandMin = 24;
/** How far outside its neighbours' shifts a band's may lie. */
const ownWayMax = 24;
/** Smaller shifts are left to the running mean. */
const shiftMin = 3;
/** Share of samples that must agree with the curve where too little differs to judge it by that, in 1/256. */
const agreementMin = 200;
/** From this share of differing pixels on, the curve must explain half of what is more than usual. */
const differingMin = 0.03;
const sampleEvery = 13; // a prime
const usualFrames = 4;
/** What usually differs accounts for no more than this share of what does now. */
const usualShareMax = 0.75;
/** From this brightness on a pixel says nothing about the light. */
export const saturated = 251;

export type ToneCurve = {
  /** Where each background brightness lies now, 0 to 255. */
  readonly expected: Uint8Array;
  /** The largest shift of any band that was measured and trusted. */
  readonly shiftMax: number;
  /** It says that the light changed, and explains it well enough to move the background. */
  readonly credible: boolean;
};

export type ToneFitter = {
  /** `foreground` is what was foreground before this frame: it does not vote. */
  fit(luma: Uint8Array, foreground: Uint8Array): ToneCurve;
};

export function createToneFitter(
  memory: VisionMemory,
  { measureTones, countDifferent }: Pick<Kernels, 'measureTones' | 'countDifferent'>,
): ToneFitter {
  const histogram = memory.scratch().words(bands * 512);
  const expected = memory.bytes(256);
  const shifts = memory.integers(bands);
  const counts = memory.words(bands);
  const counted = memory.integers(3);
  /** The share of the picture that differed of late and was no light: leaves. */
  let usual = 0;

  return {
    fit(luma, foreground) {
      const agreeing = measureTones(luma, foreground, histogram, counts, shifts);
      let shiftMax = 0;
      let measuredMax = 0;
      let all = 0;
      for (let band = 0; band < bands; band++) {
        const count = counts[band] as number;
        all += count;
        if (count < samplesPerBandMin) continue;
        measuredMax = Math.max(measuredMax, Math.abs(shifts[band] as number));
      }
      // Most frames: none of the bands moved, trusted or not.
      if (measuredMax < shiftMin) {
        usual -= usual / usualFrames;
        return { expected, shiftMax, credible: false };
      }
      distrust(shifts, counts);
      for (let band = 0; band < bands; band++) {
        if ((counts[band] as number) < samplesPerBandMin) continue;
        shiftMax = Math.max(shiftMax, Math.abs(shifts[band] as number));
      }
      draw(expected, shifts, counts);
      const agree = agreeing * 256 >= all * agreementMin;
      countDifferent(luma, foreground, expected, counted);
      const [seen = 0, differed = 0, differs = 0] = counted;
      const before = differed / Math.max(1, seen);
      const after = differs / Math.max(1, seen);
      const left = Math.min(usual, before * usualShareMax);
      const explains = before >= differingMin ? (after - left) * 2 <= before - left : agree;
      const credible = shiftMax >= shiftMin && explains;
      usual += ((credible ? after : before) - usual) / usualFrames;
      return { expected, shiftMax, credible };
    },
  };
}

/**
 * Draws a histogram for each band of background brightness, of by how much a pixel in 16 (in 4 of a small picture)
 * differs: 256 is not at all. `counts` says how many there are by band; `shifts` the medians, where these are enough.
 * Returns how many differ by about as much as the median of their band.
 */
export function measureTones(
  model: PixelModel,
  luma: Uint8Array,
  foreground: Uint8Array,
  histogram: Uint16Array,
  counts: Uint16Array,
  shifts: Int32Array,
): number {
  histogram.fill(0);
  counts.fill(0);
  sampleTones(model, luma, foreground, histogram, counts);
  let agreeing = 0;
  for (let band = 0; band < bands; band++) {
    const count = counts[band] as number;
    if (count < samplesPerBandMin) continue;
    const shift = medianOf(histogram, band, count);
    shifts[band] = shift;
    for (let d = Math.max(0, shift + 248); d <= Math.min(511, shift + 264); d++) {
      agreeing += histogram[band * 512 + d] as number;
    }
  }
  return agreeing;
}

function sampleTones(
  { background, widthPx, heightPx }: PixelModel,
  luma: Uint8Array,
  foreground: Uint8Array,
  histogram: Uint16Array,
  counts: Uint16Array,
): void {
  const step = widthPx >= 240 ? 4 : 2;
  for (let y = step >> 1; y < heightPx; y += step) {
    const end = (y + 1) * widthPx;
    for (let i = y * widthPx + (step >> 1); i < end; i += step) {
      if (foreground[i] !== 0) continue;
      const from = background[i] as number;
      const to = luma[i] as number;
      // A background that was saturated says nothing about the light; a picture that is says enough.
      if (from >= saturated) continue;
      const band = from >> bandShift;
      counts[band] = (counts[band] as number) + 1;
      const slot = band * 512 + 256 + to - from;
      histogram[slot] = (histogram[slot] as number) + 1;
    }
  }
}

/**
 * Of how many pixels, how many differ from the background, and how many would from the background moved along the
 * curve. Leaves in the wind disagree with any curve, and a cloud's shadow over half of the picture agrees with one for
 * the other half: what counts is how much of the difference would be gone.
 */
export function countDifferent(
  { background, threshold }: PixelModel,
  luma: Uint8Array,
  foreground: Uint8Array,
  expected: Uint8Array,
  counted: Int32Array,
): void {
  let all = 0;
  let before = 0;
  let after = 0;
  for (let i = 0; i < luma.length; i += sampleEvery) {
    if (foreground[i] !== 0) continue;
    const value = luma[i] as number;
    const limit = threshold[i] as number;
    const was = background[i] as number;
    if (was >= saturated) continue;
    all++;
    if (Math.abs(value - was) > limit) before++;
    if (Math.abs(value - (expected[was] as number)) > limit) after++;
  }
  counted.set([all, before, after]);
}

/** The median difference of one band, whose histogram starts with difference -256; none is below -brightness. */
function medianOf(histogram: Uint16Array, band: number, count: number): number {
  const from = band * 512 + 256;
  let seen = 0;
  for (let difference = -((band + 1) << bandShift); difference < 256; difference++) {
    seen += histogram[from + difference] as number;
    if (seen * 2 >= count) return difference;
  }
  return 0;
}

/**
 * Light changes neighbouring brightnesses alike. A band that goes its own way, and holds less than its neighbours, is a
 * thing of that brightness that came or went: it is left out, smallest first.
 */
function distrust(shifts: Int32Array, counts: Uint16Array): void {
  const order = Array.from({ length: bands }, (_, band) => band)
    .filter((band) => (counts[band] as number) >= samplesPerBandMin)
    .sort((a, b) => (counts[a] as number) - (counts[b] as number) || a - b);
  for (const band of order) {
    const below = nearest(counts, band, -1);
    const above = nearest(counts, band, 1);
    if (below === null && above === null) return;
    const around = (below?.count ?? 0) + (above?.count ?? 0);
    if ((counts[band] as number) > around) continue;
    const own = shifts[band] as number;
    const low = below === null ? null : (shifts[below.band] as number);
    const high = above === null ? null : (shifts[above.band] as number);
    const least = Math.min(low ?? high ?? 0, high ?? low ?? 0) - ownWayMax;
    const most = Math.max(low ?? high ?? 0, high ?? low ?? 0) + ownWayMax;
    if (own < least || own > most) counts[band] = 0;
  }
}

function nearest(
  counts: Uint16Array,
  from: number,
  step: -1 | 1,
): { band: number; count: number } | null {
  for (let band = from + step; band >= 0 && band < bands; band += step) {
    const count = counts[band] as number;
    if (count >= samplesPerBandMin) return { band, count };
  }
  return null;
}

/** Straight lines between the middles of the bands that were measured, flat beyond them. */
function draw(expected: Uint8Array, shifts: Int32Array, counts: Uint16Array): void {
  const measured: number[] = [];
  for (let band = 0; band < bands; band++) {
    if ((counts[band] as number) >= samplesPerBandMin) measured.push(band);
  }
  for (let value = 0; value < 256; value++) {
    expected[value] = Math.max(0, Math.min(255, value + shiftAt(value, measured, shifts)));
  }
}

function shiftAt(value: number, measured: readonly number[], shifts: Int32Array): number {
  let below: number | undefined;
  for (const band of measured) {
    const middle = (band << bandShift) + 8;
    const shift = shifts[band] ?? 0;
    if (middle >= value) {
      if (below === undefined) return shift;
      const belowMiddle = (below << bandShift) + 8;
      const belowShift = shifts[below] ?? 0;
      const along = value - belowMiddle;
      return belowShift + Math.round(((shift - belowShift) * along) / (middle - belowMiddle));
    }
    below = band;
  }
  return below === undefined ? 0 : (shifts[below] ?? 0);
}
