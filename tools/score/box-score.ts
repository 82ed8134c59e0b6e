/** How regions overlap the truth's boxes. */
import type { Box } from '../../device/vision/observation.ts';

export type BoxScore = {
  /** Truth boxes seen, in all frames. */
  readonly boxes: number;
  /** Of those, the ones that a region overlaps by at least a third of their union. */
  readonly met: number;
  /** Sum over the boxes of the best intersection over union. */
  readonly overlapSum: number;
};

const metMin = 1 / 3;

export const noBoxes: BoxScore = { boxes: 0, met: 0, overlapSum: 0 };

export function scoreBoxes(
  before: BoxScore,
  truth: readonly Box[],
  found: readonly Box[],
): BoxScore {
  let { boxes, met, overlapSum } = before;
  for (const box of truth) {
    const best = Math.max(0, ...found.map((one) => overlapOf(box, one)));
    boxes++;
    overlapSum += best;
    if (best >= metMin) met++;
  }
  return { boxes, met, overlapSum };
}

/** Intersection over union, 0 to 1. */
function overlapOf(a: Box, b: Box): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  if (width <= 0 || height <= 0) return 0;
  const both = width * height;
  return both / (a.width * a.height + b.width * b.height - both);
}
