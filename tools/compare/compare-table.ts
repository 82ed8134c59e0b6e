/** What `doorbell compare` prints: a line for each detector. */
import type { Column } from '../commands/output.ts';
import type { Totals } from '../score/score-record.ts';
import { falseAlarmText, foundText } from '../score/score-table.ts';

export type CompareRow = { readonly detector: string; readonly totals: Totals };

const digits = (value: number | null | undefined, count: number): string =>
  value?.toFixed(count) ?? '-';

export const compareColumns: readonly Column<CompareRow>[] = [
  { title: 'DETECTOR', of: ({ detector }) => detector },
  {
    title: 'FOUND',
    of: ({ totals }) => foundText(totals),
    align: 'right',
  },
  { title: 'COVERAGE', of: ({ totals }) => digits(totals.coverage, 2), align: 'right' },
  {
    title: 'FALSE ALARM S',
    of: ({ totals }) => falseAlarmText(totals),
    align: 'right',
  },
  { title: 'RUNS/H', of: ({ totals }) => digits(totals.falseRunsPerHour, 0), align: 'right' },
  { title: 'PRECISION', of: ({ totals }) => digits(totals.pixels?.precision, 2), align: 'right' },
  { title: 'RECALL', of: ({ totals }) => digits(totals.pixels?.recall, 2), align: 'right' },
  { title: 'F', of: ({ totals }) => digits(totals.pixels?.f, 2), align: 'right' },
];

export function compareMarkdown(rows: readonly CompareRow[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    line(compareColumns.map(({ title }) => title.toLowerCase())),
    line(compareColumns.map(() => '---')),
    ...rows.map((row) => line(compareColumns.map((column) => column.of(row)))),
  ].join('\n');
}
