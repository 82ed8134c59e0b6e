/** The figures of all footage together. */
import { type BoxScore, noBoxes } from './box-score.ts';
import { meanMetrics, metricsOf, type PixelMetrics } from './confusion.ts';
import type { FootageScore } from './footage-scorer.ts';
import { hasForeground, perHour, shareOf, type Totals } from './score-record.ts';

export function totalsOf(scores: readonly FootageScore[]): Totals {
  const labelled = scores.flatMap(({ intervals, framesPerSecond }) =>
    intervals === null ? [] : [{ ...intervals, framesPerSecond }],
  );
  const sum = (of: (one: (typeof labelled)[number]) => number): number =>
    labelled.reduce((total, one) => total + of(one), 0);
  const onsets = labelled.flatMap(({ intervals }) => intervals.flatMap((one) => one.onsetMs ?? []));
  const quietSeconds = sum((one) => one.quietSeconds);
  const falseSeconds = sum((one) => one.falseSeconds);
  const falseRuns = sum((one) => one.falseRuns.length);
  const categories = categoriesOf(scores);
  const boxes = scores.map((one) => one.boxes).filter((one) => one !== null);
  const frames = scores.reduce((total, one) => total + one.frames, 0);
  const detectorSeconds = scores.reduce(
    (total, one) => total + one.frames / Math.max(1, one.detectorFramesPerSecond),
    0,
  );
  return {
    files: scores.length,
    frames,
    intervalsFound: sum((one) => one.found),
    intervals: sum((one) => one.of),
    coverage: shareOf(
      sum((one) => one.movingFlagged / one.framesPerSecond),
      sum((one) => one.movingFrames / one.framesPerSecond),
    ),
    onsetMsMax: onsets.length === 0 ? null : Math.max(...onsets),
    quietSeconds,
    falseSeconds,
    falseRuns,
    falseSecondsPerHour: perHour(falseSeconds, quietSeconds),
    falseRunsPerHour: perHour(falseRuns, quietSeconds),
    pixels: categories.size === 0 ? null : meanMetrics([...categories.values()]),
    categories: Object.fromEntries(categories),
    boxes: boxes.length === 0 ? null : boxTotals(boxes),
    detectorFramesPerSecond: detectorSeconds === 0 ? 0 : frames / detectorSeconds,
  };
}

/** Without anything to find F says nothing: such footage is left out, its false pixels show in its own line. */
function categoriesOf(scores: readonly FootageScore[]): ReadonlyMap<string, PixelMetrics> {
  const byCategory = new Map<string, PixelMetrics[]>();
  for (const { pixels, category } of scores) {
    if (pixels === null || !hasForeground(pixels)) continue;
    byCategory.set(category, [...(byCategory.get(category) ?? []), metricsOf(pixels)]);
  }
  return new Map([...byCategory].map(([name, metrics]) => [name, meanMetrics(metrics)]));
}

function boxTotals(scores: readonly BoxScore[]): Totals['boxes'] {
  const { boxes, met, overlapSum } = scores.reduce(
    (all, one) => ({
      boxes: all.boxes + one.boxes,
      met: all.met + one.met,
      overlapSum: all.overlapSum + one.overlapSum,
    }),
    noBoxes,
  );
  return { boxes, met, meanOverlap: shareOf(overlapSum, boxes) };
}
