/** Counting pixels right and wrong, by the rules of changedetection.net (CDnet 2012 and 2014). */
export type Confusion = {
  readonly truePositive: number;
  readonly falsePositive: number;
  readonly falseNegative: number;
  readonly trueNegative: number;
  /** Of the false positives, those on what the truth marks as hard shadow. */
  readonly onShadow: number;
};

export type PixelMetrics = {
  readonly precision: number;
  readonly recall: number;
  readonly specificity: number;
  readonly f: number;
};

/** The grey levels of a CDnet truth. */
export const truthLevel = {
  background: 0,
  shadow: 50,
  outside: 85,
  unknown: 170,
  moving: 255,
} as const;

export const noPixels: Confusion = {
  truePositive: 0,
  falsePositive: 0,
  falseNegative: 0,
  trueNegative: 0,
  onShadow: 0,
};

export type MaskView = {
  readonly bytes: Uint8Array;
  readonly widthPx: number;
  readonly heightPx: number;
};

/**
 * Compares a mask (0 or more) with a truth, at the truth's size: the mask is enlarged to it by nearest neighbour.
 * Shadow counts as background; 85 and 170, and pixels outside `region`, do not count.
 */
export function countPixels(mask: MaskView, truth: MaskView, region: MaskView | null): Confusion {
  let truePositive = 0;
  let falsePositive = 0;
  let falseNegative = 0;
  let trueNegative = 0;
  let onShadow = 0;
  const columns = nearest(truth.widthPx, mask.widthPx);
  const rows = nearest(truth.heightPx, mask.heightPx);
  for (let y = 0, i = 0; y < truth.heightPx; y++) {
    const row = (rows[y] ?? 0) * mask.widthPx;
    for (let x = 0; x < truth.widthPx; x++, i++) {
      if (region !== null && region.bytes[i] === 0) continue;
      const level = levelOf(truth.bytes[i] ?? 0);
      if (level === truthLevel.outside || level === truthLevel.unknown) continue;
      const found = mask.bytes[row + (columns[x] ?? 0)] !== 0;
      if (level === truthLevel.moving) {
        if (found) truePositive++;
        else falseNegative++;
      } else if (found) {
        falsePositive++;
        if (level === truthLevel.shadow) onShadow++;
      } else {
        trueNegative++;
      }
    }
  }
  return { truePositive, falsePositive, falseNegative, trueNegative, onShadow };
}

export type PixelVerdict = 'found' | 'missed' | 'false' | 'background' | 'uncounted';

/** What a single pixel counts as, by its level in the truth. */
export function verdictOf(found: boolean, truthByte: number): PixelVerdict {
  const level = levelOf(truthByte);
  if (level === truthLevel.outside || level === truthLevel.unknown) return 'uncounted';
  if (level === truthLevel.moving) return found ? 'found' : 'missed';
  return found ? 'false' : 'background';
}

export const addConfusion = (a: Confusion, b: Confusion): Confusion => ({
  truePositive: a.truePositive + b.truePositive,
  falsePositive: a.falsePositive + b.falsePositive,
  falseNegative: a.falseNegative + b.falseNegative,
  trueNegative: a.trueNegative + b.trueNegative,
  onShadow: a.onShadow + b.onShadow,
});

/** A metric whose denominator is empty is 0. */
export function metricsOf(counts: Confusion): PixelMetrics {
  const { truePositive, falsePositive, falseNegative, trueNegative } = counts;
  return {
    precision: ratio(truePositive, truePositive + falsePositive),
    recall: ratio(truePositive, truePositive + falseNegative),
    specificity: ratio(trueNegative, trueNegative + falsePositive),
    f: ratio(2 * truePositive, 2 * truePositive + falsePositive + falseNegative),
  };
}

/** CDnet's means: of the videos' metrics in a category, then of the categories. */
export function meanMetrics(metrics: readonly PixelMetrics[]): PixelMetrics {
  const mean = (of: (one: PixelMetrics) => number) =>
    ratio(
      metrics.reduce((sum, one) => sum + of(one), 0),
      metrics.length,
    );
  return {
    precision: mean((one) => one.precision),
    recall: mean((one) => one.recall),
    specificity: mean((one) => one.specificity),
    f: mean((one) => one.f),
  };
}

const ratio = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);

/** The nearest of CDnet's levels: image readers may be off by one. */
function levelOf(value: number): number {
  if (value >= 213) return truthLevel.moving;
  if (value >= 128) return truthLevel.unknown;
  if (value >= 68) return truthLevel.outside;
  return value >= 25 ? truthLevel.shadow : truthLevel.background;
}

function nearest(to: number, from: number): Uint16Array {
  const map = new Uint16Array(to);
  for (let i = 0; i < to; i++) map[i] = Math.floor(((i + 0.5) * from) / to);
  return map;
}
