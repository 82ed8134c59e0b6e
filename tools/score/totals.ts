/** The figures of all footage together. */
import { meanMetrics, metricsOf, type PixelMetrics } from './confusion.ts';
import type { FootageScore } from './footage-run.ts';

export type Totals = {
  readonly files: number;
  readonly intervalsFound: number;
  readonly intervals: number;
  /** Share of the moving frames that were flagged, weighed by time; null without intervals. */
  readonly coverage: number | null;
  readonly quietSeconds: number;
  readonly falseSeconds: number;
  readonly falseRuns: number;
  readonly falseRunsPerHour: number | null;
  /** Mean of the categories' means; null without masks. */
  readonly pixels: PixelMetrics | null;
  readonly categories: Readonly<Record<string, PixelMetrics>>;
  readonly onsetMsMax: number | null;
};

export function totalsOf(scores: readonly FootageScore[]): Totals {
  let found = 0;
  let intervals = 0;
  let movingSeconds = 0;
  let flaggedSeconds = 0;
  let quietSeconds = 0;
  let falseSeconds = 0;
  let falseRuns = 0;
  const onsets: number[] = [];
  const byCategory = new Map<string, PixelMetrics[]>();
  for (const score of scores) {
    if (score.intervals !== null) {
      found += score.intervals.found;
      intervals += score.intervals.of;
      movingSeconds += score.intervals.movingFrames / score.framesPerSecond;
      flaggedSeconds += score.intervals.movingFlagged / score.framesPerSecond;
      quietSeconds += score.intervals.quietSeconds;
      falseSeconds += score.intervals.falseSeconds;
      falseRuns += score.intervals.falseRuns.length;
      for (const { onsetMs } of score.intervals.intervals)
        if (onsetMs !== null) onsets.push(onsetMs);
    }
    // Without anything to find, F says nothing; the false pixels show in the file's own line.
    if (score.pixels !== null && score.pixels.truePositive + score.pixels.falseNegative > 0) {
      const metrics = byCategory.get(score.category) ?? [];
      byCategory.set(score.category, [...metrics, metricsOf(score.pixels)]);
    }
  }
  const categories = Object.fromEntries(
    [...byCategory].map(([name, metrics]) => [name, meanMetrics(metrics)]),
  );
  return {
    files: scores.length,
    intervalsFound: found,
    intervals,
    coverage: movingSeconds === 0 ? null : flaggedSeconds / movingSeconds,
    quietSeconds,
    falseSeconds,
    falseRuns,
    falseRunsPerHour: quietSeconds === 0 ? null : (falseRuns * 3600) / quietSeconds,
    pixels: byCategory.size === 0 ? null : meanMetrics(Object.values(categories)),
    categories,
    onsetMsMax: onsets.length === 0 ? null : Math.max(...onsets),
  };
}
