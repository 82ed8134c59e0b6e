/** The score as JSON: what `--json` prints, `score.json` keeps, and a later run is compared with. */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { metricsOf } from './confusion.ts';
import type { FootageScore } from './footage-scorer.ts';

const count = z.number().int().nonnegative();
const measure = z.number().nonnegative();
const share = z.number().min(0).max(1);

const metricsSchema = z.object({ precision: share, recall: share, specificity: share, f: share });

const intervalsSchema = z.object({
  found: count,
  of: count,
  /** Share of the moving frames that were flagged. */
  coverage: share.nullable(),
  quietSeconds: measure,
  falseSeconds: measure,
  /** Frames, inclusive. */
  falseRuns: z.array(z.object({ start: count, end: count })),
  falseSecondsPerHour: measure.nullable(),
  falseRunsPerHour: measure.nullable(),
  each: z.array(
    z.object({
      start: count,
      end: count,
      label: z.string(),
      found: z.boolean(),
      onsetFrames: count.nullable(),
      onsetMs: measure.nullable(),
      framesFlagged: count,
    }),
  ),
});

const fileSchema = z.object({
  name: z.string(),
  category: z.string(),
  frames: count,
  /** As analysed. */
  widthPx: count,
  heightPx: count,
  framesPerSecond: measure,
  /** Null without labels. */
  intervals: intervalsSchema.nullable(),
  /** Null without masks. */
  pixels: metricsSchema
    .extend({
      truePositive: count,
      falsePositive: count,
      falseNegative: count,
      trueNegative: count,
      onShadow: count,
      /** How many frames had a mask. */
      frames: count,
    })
    .nullable(),
  /** Truth boxes, those that a region meets by a third, and the mean of the best overlaps (intersection over union). */
  boxes: z.object({ boxes: count, met: count, meanOverlap: share.nullable() }).nullable(),
  /** `motion-began` and `motion-ended`, as the doorbell would send them. */
  events: z.array(z.object({ frame: count, kind: z.string() })),
  /** Share of the picture. */
  largestRegion: share,
  detectorFramesPerSecond: measure,
  wholeFramesPerSecond: measure,
  notes: z.array(z.string()),
});
export type ScoreRecord = z.infer<typeof fileSchema>;

const totalsSchema = z.object({
  files: count,
  frames: count,
  intervalsFound: count,
  intervals: count,
  /** Weighed by time. */
  coverage: share.nullable(),
  onsetMsMax: measure.nullable(),
  quietSeconds: measure,
  falseSeconds: measure,
  falseRuns: count,
  falseSecondsPerHour: measure.nullable(),
  falseRunsPerHour: measure.nullable(),
  /** Mean of the categories' means; null without masks. */
  pixels: metricsSchema.nullable(),
  categories: z.record(z.string(), metricsSchema),
  boxes: z.object({ boxes: count, met: count, meanOverlap: share.nullable() }).nullable(),
  detectorFramesPerSecond: measure,
});
export type Totals = z.infer<typeof totalsSchema>;

export const scoreReportSchema = z.object({
  v: z.literal(1),
  scoredAt: z.iso.datetime(),
  detector: z.string(),
  learningSeconds: measure,
  totals: totalsSchema,
  files: z.array(fileSchema),
  /** Footage that could not be scored. */
  unscored: z.array(z.object({ name: z.string(), because: z.string() })),
});
export type ScoreReport = z.infer<typeof scoreReportSchema>;

/** The report of an earlier run; null where there is none, or one of another form. */
export async function readScoreReport(file: string): Promise<ScoreReport | null> {
  const text = await readFile(file, 'utf8').catch(() => null);
  if (text === null) return null;
  try {
    return scoreReportSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null; // not JSON: as if it were not there, and it is replaced
  }
}

/** The score without its pictures and flags. */
export function recordOf(score: FootageScore): ScoreRecord {
  const { intervals, pixels, boxes } = score;
  return {
    name: score.name,
    category: score.category,
    frames: score.frames,
    widthPx: score.widthPx,
    heightPx: score.heightPx,
    framesPerSecond: score.framesPerSecond,
    intervals:
      intervals === null
        ? null
        : {
            found: intervals.found,
            of: intervals.of,
            coverage: shareOf(intervals.movingFlagged, intervals.movingFrames),
            quietSeconds: intervals.quietSeconds,
            falseSeconds: intervals.falseSeconds,
            falseRuns: [...intervals.falseRuns],
            falseSecondsPerHour: perHour(intervals.falseSeconds, intervals.quietSeconds),
            falseRunsPerHour: perHour(intervals.falseRuns.length, intervals.quietSeconds),
            each: [...intervals.intervals],
          },
    pixels: pixels === null ? null : { ...pixels, ...metricsOf(pixels), frames: score.maskFrames },
    boxes:
      boxes === null
        ? null
        : {
            boxes: boxes.boxes,
            met: boxes.met,
            meanOverlap: shareOf(boxes.overlapSum, boxes.boxes),
          },
    events: [...score.events],
    largestRegion: score.largestRegion,
    detectorFramesPerSecond: score.detectorFramesPerSecond,
    wholeFramesPerSecond: score.wholeFramesPerSecond,
    notes: [...score.notes],
  };
}

/** Whether the masks hold anything to find: F, precision and recall say nothing where they do not. */
export const hasForeground = (pixels: {
  readonly truePositive: number;
  readonly falseNegative: number;
}): boolean => pixels.truePositive + pixels.falseNegative > 0;

export const shareOf = (part: number, whole: number): number | null =>
  whole === 0 ? null : part / whole;

/** Null where nothing was labelled quiet. */
export const perHour = (amount: number, quietSeconds: number): number | null =>
  quietSeconds === 0 ? null : (amount * 3600) / quietSeconds;
