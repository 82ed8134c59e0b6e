/**
 * A camera on a trembling mount: finds by how many whole pixels the picture is shifted against the background, and
 * shifts it back. Looked for only when much of the picture differs, and kept only when it clearly explains that.
 */
import { shiftByEdges } from './edge-alignment.ts';
import type { Kernels } from './kernels.ts';
import type { PixelModel } from './pixel-model.ts';
import type { VisionMemory } from './vision-memory.ts';

export type Alignment = {
  /**
   * The picture shifted onto the background: `luma` itself when it fits as it is. Otherwise a buffer that is valid
   * until the next call.
   */
  align(model: PixelModel, luma: Uint8Array): Uint8Array;
  /** What the last `align` shifted by: background (x, y) is picture (x + right, y + down). */
  readonly shift: { right: number; down: number };
};

const shiftMax = 6;
const nearMax = 2;
const differenceMax = 40;
/** A shift must lower the difference at the sampled edges to this share. */
const improvementMax = 0.8;
/** One found far from the last must lower it to this. */
const farImprovementMax = 0.75;
const samplesMax = 800;
const samplesServe = 20;
const tremblingSearches = 50;

/** A camera that moved differs in at least so many zones, each by more than this share of its samples. */
const shakenZonesMin = 5;
const steadyShare = 0.012;
/** The picture's zones, across and along, that are told apart. */
const zonesAcross = 4;
const sampledEvery = 29;

export function createAlignment(
  widthPx: number,
  heightPx: number,
  memory: VisionMemory,
  {
    countDiffering,
    differenceAt,
    edgesAgree,
  }: Pick<Kernels, 'countDiffering' | 'differenceAt' | 'edgesAgree'>,
): Alignment {
  const aligned = memory.bytes(widthPx * heightPx);
  const shift = { right: 0, down: 0 };
  const margin = shiftMax + 1;
  const samples = memory.integers(samplesMax);
  const zoneCounts = memory.words(zonesAcross * zonesAcross);
  let sampleCount = 0;
  let uses = 0;
  /** For so many searches yet, the mount is one that trembles. */
  let trembles = 0;

  /** Shifts show at edges only: samples are pixels where the background is steep, one in each patch. */
  function pickSamples(background: Uint8Array): void {
    sampleCount = 0;
    const patch = Math.max(4, Math.ceil(Math.sqrt((widthPx * heightPx) / samplesMax)));
    for (let top = margin; top < heightPx - margin - patch; top += patch) {
      for (let left = margin; left < widthPx - margin - patch; left += patch) {
        const steepest = steepestIn(background, left, top, patch);
        if (steepest >= 0 && sampleCount < samplesMax) samples[sampleCount++] = steepest;
      }
    }
  }

  function steepestIn(background: Uint8Array, left: number, top: number, patch: number): number {
    let best = -1;
    let most = 40;
    for (let y = top; y < top + patch; y += 2) {
      for (let x = left; x < left + patch; x += 2) {
        const i = y * widthPx + x;
        const across = (background[i + 1] as number) - (background[i - 1] as number);
        const along = (background[i + widthPx] as number) - (background[i - widthPx] as number);
        const steep = Math.abs(across) + Math.abs(along);
        if (steep > most) {
          most = steep;
          best = i;
        }
      }
    }
    return best;
  }

  /** The sum of the samples' differences under a shift; given up once it is no better than `best`. */
  const differenceOf = (luma: Uint8Array, right: number, down: number, best: number): number =>
    differenceAt(luma, samples, sampleCount, down * widthPx + right, best);

  /** In how many of the picture's 16 zones more than `steadyShare` of the pixels that are looked at differ. */
  function differingZones(luma: Uint8Array): number {
    countDiffering(luma, zoneCounts);
    const countMin = (luma.length / sampledEvery / zoneCounts.length) * steadyShare;
    return zoneCounts.reduce((zones, count) => (count > countMin ? zones + 1 : zones), 0);
  }

  /** Tries the shifts up to `reach` away from one; takes over what is better than `best`, and returns the best. */
  function tryAround(
    luma: Uint8Array,
    fromRight: number,
    fromDown: number,
    reach: number,
    best: number,
  ): number {
    let least = best;
    const bottom = Math.min(shiftMax, fromDown + reach);
    const rightmost = Math.min(shiftMax, fromRight + reach);
    for (let down = Math.max(-shiftMax, fromDown - reach); down <= bottom; down++) {
      for (let right = Math.max(-shiftMax, fromRight - reach); right <= rightmost; right++) {
        const found = differenceOf(luma, right, down, least);
        if (found >= least) continue;
        least = found;
        shift.right = right;
        shift.down = down;
      }
    }
    return least;
  }

  /** Walks downhill from the best of the near shifts and the last; `still` is the difference without any. */
  function search(luma: Uint8Array, still: number): number {
    const { right, down } = shift;
    const last = right === 0 && down === 0 ? still : differenceOf(luma, right, down, still);
    if (still <= last) {
      shift.right = 0;
      shift.down = 0;
    }
    // Thin lines fit as badly one pixel off as two: the near shifts are all tried, and the walk begins at the best.
    let best = tryAround(luma, 0, 0, nearMax, Math.min(last, still));
    for (let before = still + 1; best < before; ) {
      before = best;
      best = tryAround(luma, shift.right, shift.down, 1, best);
    }
    // Perhaps the way to the right one leads uphill: of a mount that trembles, all are tried.
    // Whole, as the sums are: the kernel gives up at a whole number.
    const farMax = Math.floor(still * farImprovementMax);
    if (trembles > 0 && best > farMax) {
      const far = tryAround(luma, 0, 0, shiftMax, farMax);
      if (far < farMax) best = far;
    }
    trembles = best < still * improvementMax ? tremblingSearches : Math.max(0, trembles - 1);
    return best;
  }

  function copyShifted(luma: Uint8Array): void {
    const { right, down } = shift;
    for (let y = 0; y < heightPx; y++) {
      const from = Math.max(0, Math.min(heightPx - 1, y + down)) * widthPx;
      const to = y * widthPx;
      const begin = Math.max(0, -right);
      const end = Math.min(widthPx, widthPx - right);
      aligned.set(luma.subarray(from + begin + right, from + end + right), to + begin);
      aligned.fill(luma[from + begin + right] as number, to, to + begin);
      aligned.fill(luma[from + end + right - 1] as number, to + end, to + widthPx);
    }
  }

  return {
    shift,
    align(model, luma) {
      const shifted = shift.right !== 0 || shift.down !== 0;
      if (!shifted && differingZones(luma) < shakenZonesMin) return luma;
      // Edges stay where they are: the samples serve for a while.
      if (uses-- <= 0) {
        pickSamples(model.background);
        uses = samplesServe;
      }
      const still = differenceOf(luma, 0, 0, differenceMax * samplesMax + 1);
      // Few edges say nothing; 6 grey levels a sample is what noise makes of a picture that fits.
      const doubtful = sampleCount >= 60 && still > sampleCount * 6;
      if (!doubtful || search(luma, still) >= still * improvementMax) {
        const byEdges = doubtful
          ? shiftByEdges(edgesAgree, widthPx, luma, samples, sampleCount)
          : null;
        shift.right = byEdges?.right ?? 0;
        shift.down = byEdges?.down ?? 0;
      }
      if (shift.right === 0 && shift.down === 0) return luma;
      copyShifted(luma);
      return aligned;
    },
  };
}

/** The sum of the samples' differences with the picture that far on; given up once it is no better than `best`. */
export function differenceAt(
  { background }: PixelModel,
  luma: Uint8Array,
  samples: Int32Array,
  sampleCount: number,
  offset: number,
  best: number,
): number {
  let sum = 0;
  for (let n = 0; n < sampleCount && sum < best; n++) {
    const i = samples[n] as number;
    const size = Math.abs((luma[i + offset] as number) - (background[i] as number));
    // What moves must not outvote what stands: a difference counts up to here.
    sum += Math.min(size, differenceMax);
  }
  return sum;
}

/** How many of every 29th pixel differ, by zone: a prime, so that no column is looked at twice in a row. */
export function countDiffering(model: PixelModel, luma: Uint8Array, zoneCounts: Uint16Array): void {
  const { background, threshold, widthPx, heightPx } = model;
  zoneCounts.fill(0);
  let x = 0;
  let y = 0;
  for (let i = 0; i < luma.length; i += sampledEvery, x += sampledEvery) {
    while (x >= widthPx) {
      x -= widthPx;
      y++;
    }
    const difference = (luma[i] as number) - (background[i] as number);
    const limit = threshold[i] as number;
    if ((difference + limit) >>> 0 <= limit << 1) continue;
    const zone =
      ((((y * zonesAcross) / heightPx) | 0) * zonesAcross + (x * zonesAcross) / widthPx) | 0;
    zoneCounts[zone] = (zoneCounts[zone] as number) + 1;
  }
}
