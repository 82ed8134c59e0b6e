/**
 * By how many whole pixels a picture is shifted when its light changed, too: brightness tells nothing then, but edges
 * still rise the same way.
 */
import type { Kernels } from './kernels.ts';
import type { PixelModel } from './pixel-model.ts';

export type Shift = { readonly right: number; readonly down: number };

const reachPx = 2;
/** A shift must make the samples' edges agree by so much more than they do without any. */
const agreementMin = 1.2;
/** What a new edge may count for: one lamp's outline must not outvote the house. */
const riseMax = 60;

/** Null when the picture fits best, or nearly so, as it is. `samples` are steep places of the background. */
export function shiftByEdges(
  edgesAgree: Kernels['edgesAgree'],
  widthPx: number,
  luma: Uint8Array,
  samples: Int32Array,
  sampleCount: number,
): Shift | null {
  const agreementAt = (right: number, down: number): number =>
    edgesAgree(luma, samples, sampleCount, down * widthPx + right);
  let most = agreementAt(0, 0) * agreementMin;
  let best: Shift | null = null;
  for (let down = -reachPx; down <= reachPx; down++) {
    for (let right = -reachPx; right <= reachPx; right++) {
      const agreement = agreementAt(right, down);
      if (agreement <= most) continue;
      most = agreement;
      best = { right, down };
    }
  }
  return best;
}

/** By how much the picture, that far on, rises where and as the background does: the sum of the samples. */
export function edgesAgree(
  { background, widthPx }: PixelModel,
  luma: Uint8Array,
  samples: Int32Array,
  sampleCount: number,
  offset: number,
): number {
  let sum = 0;
  for (let n = 0; n < sampleCount; n++) {
    const i = samples[n] as number;
    const across = (background[i + 1] as number) - (background[i - 1] as number);
    const along = (background[i + widthPx] as number) - (background[i - widthPx] as number);
    const at = i + offset;
    const acrossNow = (luma[at + 1] as number) - (luma[at - 1] as number);
    const alongNow = (luma[at + widthPx] as number) - (luma[at - widthPx] as number);
    const steep = Math.abs(across) + Math.abs(along);
    const rise = steep === 0 ? 0 : (across * acrossNow + along * alongNow) / steep;
    sum += Math.max(0, Math.min(riseMax, rise));
  }
  return sum;
}
