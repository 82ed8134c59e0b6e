/** What `doorbell score` prints: a line for each piece of footage and one for all. */
import { type Column, printRows } from '../commands/output.ts';
import type { PixelMetrics } from './confusion.ts';
import { hasForeground, type ScoreRecord, type Totals } from './score-record.ts';

export function printScores(records: readonly ScoreRecord[], totals: Totals): void {
  const told = columns.filter(({ of }) => records.some((record) => of(record) !== '-'));
  printRows(records, told, { none: 'no footage' });
  const categories = Object.entries(totals.categories);
  if (categories.length > 1) {
    console.log('');
    printRows(categories, categoryColumns, { none: '' });
  }
  const parts: (string | false)[] = [
    totals.intervals > 0 && `intervals ${totals.intervalsFound}/${totals.intervals}`,
    totals.coverage !== null && `coverage ${totals.coverage.toFixed(3)}`,
    totals.quietSeconds > 0 &&
      `false alarm ${totals.falseSeconds.toFixed(1)} of ${totals.quietSeconds.toFixed(0)} s quiet` +
        ` (${totals.falseRuns} runs, ${totals.falseRunsPerHour?.toFixed(1)}/h)`,
    totals.pixels !== null &&
      `pixels precision ${totals.pixels.precision.toFixed(3)} recall ` +
        `${totals.pixels.recall.toFixed(3)} F ${totals.pixels.f.toFixed(3)}`,
    totals.boxes?.meanOverlap != null && `box overlap ${totals.boxes.meanOverlap.toFixed(2)}`,
    `detector ${totals.detectorFramesPerSecond.toFixed(0)} frames/s`,
  ];
  const truth = totals.intervals + totals.quietSeconds > 0 || totals.pixels !== null;
  const masked = records.some(({ pixels }) => pixels !== null);
  if (!truth) parts.unshift(masked ? 'nothing moves in its masks' : 'no truth beside it');
  const files = totals.files === 1 ? '1 file' : `${totals.files} files`;
  console.log(`\n${files}: ${parts.filter(Boolean).join('; ')}`);
}

/** One that has nothing to say of any footage is left out. */
const columns: readonly Column<ScoreRecord>[] = [
  { title: 'FOOTAGE', of: (row) => row.name },
  { title: 'SIZE', of: (row) => `${row.widthPx}x${row.heightPx}`, align: 'right' },
  { title: 'FRAMES', of: (row) => String(row.frames), align: 'right' },
  {
    title: 'FOUND',
    of: ({ intervals }) =>
      intervals === null || intervals.of === 0 ? '-' : `${intervals.found}/${intervals.of}`,
    align: 'right',
  },
  { title: 'COVERAGE', of: (row) => fixed(row.intervals?.coverage, 3), align: 'right' },
  { title: 'ONSET MS', of: (row) => worstOnset(row), align: 'right' },
  {
    title: 'FALSE S',
    of: ({ intervals }) => (intervals === null ? '-' : falseAlarmText(intervals)),
    align: 'right',
  },
  { title: 'PRECISION', of: (row) => fixed(pixelsOf(row)?.precision, 3), align: 'right' },
  { title: 'RECALL', of: (row) => fixed(pixelsOf(row)?.recall, 3), align: 'right' },
  { title: 'F', of: (row) => fixed(pixelsOf(row)?.f, 3), align: 'right' },
  { title: 'BOX IOU', of: (row) => fixed(row.boxes?.meanOverlap, 2), align: 'right' },
  { title: 'ALERTS', of: (row) => String(alertsOf(row)), align: 'right' },
  { title: 'DETECT/S', of: (row) => row.detectorFramesPerSecond.toFixed(0), align: 'right' },
];

/** CDnet's means: of the videos in a category. */
const categoryColumns: readonly Column<[string, PixelMetrics]>[] = [
  { title: 'CATEGORY', of: ([name]) => name },
  { title: 'PRECISION', of: ([, mean]) => mean.precision.toFixed(3), align: 'right' },
  { title: 'RECALL', of: ([, mean]) => mean.recall.toFixed(3), align: 'right' },
  { title: 'F', of: ([, mean]) => mean.f.toFixed(3), align: 'right' },
];

/** How often the doorbell would have said that something moves. */
export const alertsOf = ({ events }: ScoreRecord): number =>
  events.filter(({ kind }) => kind === 'motion-began').length;

const pixelsOf = ({ pixels }: ScoreRecord) =>
  pixels !== null && hasForeground(pixels) ? pixels : null;

function worstOnset(row: ScoreRecord): string {
  const onsets = (row.intervals?.each ?? []).flatMap(({ onsetMs }) =>
    onsetMs === null ? [] : [onsetMs],
  );
  return onsets.length === 0 ? '-' : String(Math.max(...onsets));
}

const fixed = (value: number | null | undefined, digits: number): string =>
  value === null || value === undefined ? '-' : value.toFixed(digits);

/** Events found of those there were; nothing where there were none to find. */
export const foundText = ({ intervals, intervalsFound }: Totals): string =>
  intervals === 0 ? '-' : `${intervalsFound}/${intervals}`;

/** Seconds of false alarm out of those labelled quiet. */
export const falseAlarmText = ({ quietSeconds, falseSeconds }: FalseAlarm): string =>
  quietSeconds === 0 ? '-' : `${falseSeconds.toFixed(1)}/${quietSeconds.toFixed(0)}`;
type FalseAlarm = { readonly quietSeconds: number; readonly falseSeconds: number };
