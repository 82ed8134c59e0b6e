/** What `doorbell score` prints: a line for each piece of footage and one for all. */
import { type Column, printRows } from '../commands/output.ts';
import { metricsOf } from './confusion.ts';
import type { FootageScore } from './footage-run.ts';
import type { Totals } from './totals.ts';

/** The score without its pictures and frames, as JSON has it. */
export type ScoreRecord = ReturnType<typeof recordOf>;

export function recordOf(score: FootageScore) {
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
            coverage: share(intervals.movingFlagged, intervals.movingFrames),
            quietSeconds: intervals.quietSeconds,
            falseSeconds: intervals.falseSeconds,
            falseRuns: intervals.falseRuns,
            falseRunsPerHour:
              intervals.quietSeconds === 0
                ? null
                : (intervals.falseRuns.length * 3600) / intervals.quietSeconds,
            each: intervals.intervals,
          },
    pixels: pixels === null ? null : { ...pixels, ...metricsOf(pixels), frames: score.maskFrames },
    boxes:
      boxes === null
        ? null
        : {
            boxes: boxes.boxes,
            met: boxes.met,
            meanOverlap: share(boxes.overlapSum, boxes.boxes),
          },
    events: score.events,
    largestRegion: score.largestRegion,
    detectorFramesPerSecond: score.detectorFramesPerSecond,
    wholeFramesPerSecond: score.wholeFramesPerSecond,
  };
}

export function printScores(records: readonly ScoreRecord[], totals: Totals): void {
  printRows(records, columns, { none: 'no footage' });
  const parts = [
    totals.intervals > 0 && `intervals ${totals.intervalsFound}/${totals.intervals}`,
    totals.coverage !== null && `coverage ${totals.coverage.toFixed(3)}`,
    totals.quietSeconds > 0 &&
      `false alarm ${totals.falseSeconds.toFixed(1)} of ${totals.quietSeconds.toFixed(0)} s quiet` +
        ` (${totals.falseRuns} runs, ${totals.falseRunsPerHour?.toFixed(1)}/h)`,
    totals.pixels !== null &&
      `pixels precision ${totals.pixels.precision.toFixed(3)} recall ` +
        `${totals.pixels.recall.toFixed(3)} F ${totals.pixels.f.toFixed(3)}`,
  ];
  console.log(`\n${totals.files} files: ${parts.filter(Boolean).join('; ') || 'no truth'}`);
}

const columns: readonly Column<ScoreRecord>[] = [
  { title: 'FOOTAGE', of: (row) => row.name },
  { title: 'SIZE', of: (row) => `${row.widthPx}x${row.heightPx}`, align: 'right' },
  { title: 'FRAMES', of: (row) => String(row.frames), align: 'right' },
  {
    title: 'FOUND',
    of: ({ intervals }) => (intervals === null ? '-' : `${intervals.found}/${intervals.of}`),
    align: 'right',
  },
  { title: 'COVERAGE', of: (row) => fixed(row.intervals?.coverage, 3), align: 'right' },
  { title: 'ONSET MS', of: (row) => worstOnset(row), align: 'right' },
  {
    title: 'FALSE S',
    of: ({ intervals }) =>
      intervals === null
        ? '-'
        : `${intervals.falseSeconds.toFixed(1)}/${intervals.quietSeconds.toFixed(0)}`,
    align: 'right',
  },
  { title: 'PRECISION', of: (row) => fixed(row.pixels?.precision, 3), align: 'right' },
  { title: 'RECALL', of: (row) => fixed(row.pixels?.recall, 3), align: 'right' },
  { title: 'F', of: (row) => fixed(row.pixels?.f, 3), align: 'right' },
  { title: 'BOX IOU', of: (row) => fixed(row.boxes?.meanOverlap, 2), align: 'right' },
  { title: 'DETECT/S', of: (row) => row.detectorFramesPerSecond.toFixed(0), align: 'right' },
];

function worstOnset(row: ScoreRecord): string {
  const onsets = (row.intervals?.each ?? []).flatMap(({ onsetMs }) =>
    onsetMs === null ? [] : [onsetMs],
  );
  return onsets.length === 0 ? '-' : String(Math.max(...onsets));
}

const fixed = (value: number | null | undefined, digits: number): string =>
  value === null || value === undefined ? '-' : value.toFixed(digits);

const share = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);
