/** Of footage with masks, the frames furthest from the truth: one for what is false, one for what is missing. */
import type { Box, Region } from '../../device/vision/observation.ts';
import type { Confusion, MaskView } from './confusion.ts';
import type { LumaPicture } from './luma-frames.ts';

/** How many pixels of a frame were right and wrong, of those that count. */
export type PixelFrame = { readonly frame: number; readonly counts: Confusion };

export type PixelKeepsake = {
  readonly kind: 'false-pixels' | 'missed-pixels';
  readonly picture: LumaPicture;
  readonly regions: readonly Region[];
  /** Where something really moved. */
  readonly truth: readonly Box[];
  readonly foreground: Uint8Array;
  readonly mask: MaskView;
  readonly region: MaskView | null;
  readonly counts: Confusion;
};

export type PixelKeepsakeBook = {
  /** Bytes are copied only where they are kept. */
  see(frame: Omit<PixelKeepsake, 'kind'>): void;
  worst(): readonly PixelKeepsake[];
};

/** Less than this share of the pixels that count is not worth a picture. */
const shareMin = 0.001;

export function createPixelKeepsakeBook(): PixelKeepsakeBook {
  let mostFalse: PixelKeepsake | null = null;
  let mostMissed: PixelKeepsake | null = null;
  return {
    see(frame) {
      const { counts } = frame;
      const keep = (kind: PixelKeepsake['kind']): PixelKeepsake => ({
        ...frame,
        picture: { ...frame.picture, luma: frame.picture.luma.slice() },
        foreground: frame.foreground.slice(),
        kind,
      });
      const least = shareMin * countedIn(counts);
      if (counts.falsePositive > Math.max(least, mostFalse?.counts.falsePositive ?? 0)) {
        mostFalse = keep('false-pixels');
      }
      if (counts.falseNegative > Math.max(least, mostMissed?.counts.falseNegative ?? 0)) {
        mostMissed = keep('missed-pixels');
      }
    },
    worst: () => [mostFalse, mostMissed].filter((one) => one !== null),
  };
}

export const countedIn = (counts: Confusion): number =>
  counts.truePositive + counts.falsePositive + counts.falseNegative + counts.trueNegative;
