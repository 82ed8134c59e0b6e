/** Whether truth is of the footage it lies beside: where it surely is not, a score would be a lie. */
import { visionLimits } from '../../device/vision/vision-limits.ts';
import type { MaskView } from './confusion.ts';
import type { Footage } from './footage.ts';
import { FootageError, type LumaPicture } from './luma-frames.ts';

/** Analysed sizes are even, so that the proportions of small pictures are a little off. */
const roundingPx = 2;

/** Throws FootageError for pictures a detector cannot take, and for a region of another size than its masks. */
export function expectPictureFit(footage: Footage, { widthPx, heightPx }: LumaPicture): void {
  const { widthPxMin, heightPxMin } = visionLimits;
  if (widthPx >= widthPxMin && heightPx >= heightPxMin) return;
  const least = `${widthPxMin}x${heightPxMin}`;
  throw new FootageError(
    `${footage.source.path}: too small, ${widthPx}x${heightPx} when analysed, at least ${least} is needed`,
  );
}

/** Throws FootageError for a mask of other proportions than the picture, or of another size than its region. */
export function expectMaskFit(footage: Footage, picture: LumaPicture, mask: MaskView): void {
  const scale = mask.widthPx / picture.widthPx;
  const [highPx, slackPx] = [picture.heightPx * scale, roundingPx * Math.max(1, scale)];
  if (Math.abs(highPx - mask.heightPx) > slackPx) {
    throw new FootageError(
      `${footage.source.path}: the mask of frame ${picture.index} is ${mask.widthPx}x${mask.heightPx}, ` +
        `which is another shape than the picture's (${picture.widthPx}x${picture.heightPx} when analysed)`,
    );
  }
  const region = footage.truth.masks?.region ?? null;
  if (region === null) return;
  if (region.widthPx !== mask.widthPx || region.heightPx !== mask.heightPx) {
    throw new FootageError(
      `${footage.source.path}: the region (ROI) is ${region.widthPx}x${region.heightPx}, ` +
        `the masks are ${mask.widthPx}x${mask.heightPx}`,
    );
  }
}

/**
 * What is odd now that all frames have been seen. Throws FootageError where the truth speaks of frames that are not
 * there.
 */
export async function expectFit(footage: Footage, frames: number): Promise<readonly string[]> {
  const { truth, source } = footage;
  const notes: string[] = [];
  if (truth.frames !== null && truth.frames !== frames) {
    throw new FootageError(
      `${source.path}: has ${frames} frames, its truth speaks of ${truth.frames}`,
    );
  }
  for (const { start, end, tolerance } of truth.intervals ?? []) {
    if (start >= frames) {
      throw new FootageError(
        `${source.path}: labels speak of frames ${start} to ${end}, it has only ${frames}`,
      );
    }
    if (end >= frames + Math.max(1, tolerance)) {
      notes.push(`labels go on to frame ${end}, it has only ${frames}`);
    }
  }
  const misfit = (await truth.masks?.misfit(frames)) ?? null;
  return misfit === null ? notes : [...notes, misfit];
}
