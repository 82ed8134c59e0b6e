/** What `doorbell stress` prints: for people a line for each trial, for a README a row for each stressor. */
import { type Column, printRows } from '../commands/output.ts';
import type { Totals } from '../score/score-record.ts';
import { falseAlarmText, foundText } from '../score/score-table.ts';
import { type Strength, type StressorName, strengths } from './stressors.ts';

export type StressRow = {
  readonly stressor: StressorName | 'none';
  readonly strength: Strength | 0;
  readonly totals: Totals;
};

export const printStress = (rows: readonly StressRow[]): void =>
  printRows(rows, columns, { none: 'no footage' });

const figure = (value: number | null | undefined): string => value?.toFixed(3) ?? '-';

const columns: readonly Column<StressRow>[] = [
  { title: 'STRESSOR', of: ({ stressor }) => stressor },
  { title: 'STRENGTH', of: ({ strength }) => (strength === 0 ? '-' : String(strength)) },
  { title: 'F', of: ({ totals }) => figure(totals.pixels?.f), align: 'right' },
  {
    title: 'FOUND',
    of: ({ totals }) => foundText(totals),
    align: 'right',
  },
  { title: 'COVERAGE', of: ({ totals }) => figure(totals.coverage), align: 'right' },
  {
    title: 'FALSE S',
    of: ({ totals }) => falseAlarmText(totals),
    align: 'right',
  },
  { title: 'RUNS', of: ({ totals }) => String(totals.falseRuns), align: 'right' },
];

/** F, events found and seconds of false alarms, strength by strength. */
export function stressMarkdown(rows: readonly StressRow[]): string {
  const cell = (row: StressRow | undefined): string =>
    row === undefined
      ? '-'
      : `${row.totals.pixels?.f.toFixed(2) ?? '-'}, ` +
        `${row.totals.intervalsFound}/${row.totals.intervals}, ${row.totals.falseSeconds.toFixed(1)} s`;
  const names = [...new Set(rows.map(({ stressor }) => stressor))];
  const lines = names.map((name) => {
    const of = (strength: Strength | 0): string =>
      cell(rows.find((row) => row.stressor === name && row.strength === strength));
    return name === 'none'
      ? `| as it is | ${of(0)} | | |`
      : `| ${name} | ${strengths.map(of).join(' | ')} |`;
  });
  const quiet = rows[0]?.totals.quietSeconds.toFixed(0) ?? '0';
  return [
    `| F, found, false alarm of ${quiet} s | 1 | 2 | 3 |`,
    '| --- | --- | --- | --- |',
    ...lines,
  ].join('\n');
}
