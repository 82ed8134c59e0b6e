/** The transparency report for a terminal: its tables and lists without what is 0 throughout. */
import type { Cell, TransparencyReport } from '../../cloud-stub/legal/transparency-report.ts';
import { tableLines } from './output.ts';
import {
  demandTable,
  emergencyList,
  type FigureList,
  type FigureTable,
  hiddenNote,
  holdList,
  isOfNothing,
  noticeList,
  processNames,
  productionTable,
  rejectionList,
  secrecyNote,
  sourceNote,
  spanOf,
} from './transparency-parts.ts';

export function transparencyText(report: TransparencyReport, source: string): string {
  const { received, accountsNamed } = report.nationalSecurity;
  const parts = [
    [`Transparency report, ${spanOf(report)}`],
    tableText(report, demandTable),
    tableText(report, productionTable),
    listText(rejectionList(report)),
    listText(emergencyList(report)),
    [
      'National security',
      `  ${secrecyNote}`,
      `  Demands ${received}, accounts named ${accountsNamed}`,
    ],
    listText(noticeList(report)),
    listText(holdList(report)),
    [
      'What is 0 is left out (--json and --html have it).',
      ...`▪ ${hiddenNote(report)}`.split(/(?<=\.) /),
      sourceNote(report, source),
    ],
  ];
  return parts.map((lines) => lines.join('\n')).join('\n\n');
}

function tableText({ processes }: TransparencyReport, table: FigureTable): string[] {
  const isSilent = (cell: Cell, figures: (typeof processes)[number]): boolean =>
    cell === 0 || isOfNothing(figures, cell);
  const rows = processes.filter((figures) =>
    table.columns.some(({ of }) => !isSilent(of(figures), figures)),
  );
  const columns = table.columns.filter(({ of }) =>
    rows.some((figures) => !isSilent(of(figures), figures)),
  );
  if (rows.length === 0) return [table.title, '  none'];
  const lines = tableLines(rows, [
    { title: '', of: ({ process }) => processNames[process] },
    ...columns.map(({ title, of }) => ({
      title: title.toUpperCase(),
      of: (figures: (typeof rows)[number]) => {
        const cell = of(figures);
        return isOfNothing(figures, cell) ? '-' : cellText(cell);
      },
      align: 'right' as const,
    })),
  ]);
  return [table.title, ...lines.map((line) => `  ${line}`)];
}

function listText({ title, entries }: FigureList): string[] {
  const told = entries.filter(([, cell]) => cell !== 0);
  if (told.length === 0) return [title, '  none'];
  const width = Math.max(...told.map(([name]) => name.length));
  return [title, ...told.map(([name, cell]) => `  ${name.padEnd(width)}  ${cellText(cell)}`)];
}

const cellText = (cell: Cell): string => (cell === null ? '▪' : cell.toLocaleString('en-US'));
