/** What the commands print: aligned tables for people, one JSON document for programs. */

export type Column<Row> = {
  readonly title: string;
  readonly of: (row: Row) => string;
  readonly align?: 'right';
};

/** Prints rows as a table, or with `json` as one JSON array of the rows as they are. */
export function printRows<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  options: { readonly json?: boolean | undefined; readonly none: string },
): void {
  if (options.json === true) {
    printJson(rows);
    return;
  }
  if (rows.length === 0) {
    console.log(options.none);
    return;
  }
  for (const line of tableLines(rows, columns)) console.log(line);
}

/** The rows under their titles, each column as wide as its widest cell. */
export function tableLines<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): string[] {
  const cells = [
    columns.map(({ title }) => title),
    ...rows.map((row) => columns.map((c) => c.of(row))),
  ];
  const widths = columns.map((_, i) => Math.max(...cells.map((line) => (line[i] ?? '').length)));
  return cells.map((line) => {
    const text = line.map((cell, i) =>
      columns[i]?.align === 'right' ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0),
    );
    return text.join('  ').trimEnd();
  });
}

export const printJson = (value: unknown): void => console.log(JSON.stringify(value, null, 2));

/** Local date and time to the second. */
export function localTime(epochMs: number): string {
  const at = new Date(epochMs);
  const two = (n: number): string => String(n).padStart(2, '0');
  const date = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${date} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

export function byteSize(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 ** 2) return `${(bytes / 1024).toFixed(0)} KiB`;
  if (bytes < 1024 ** 3) return `${(bytes / 1024 ** 2).toFixed(1)} MiB`;
  return `${(bytes / 1024 ** 3).toFixed(2)} GiB`;
}

/** `1 entry`, `2 entries`; what is counted as it is when there are several, unless it only takes an s. */
export const countText = (count: number, one: string, several = `${one}s`): string =>
  `${count} ${count === 1 ? one : several}`;

export const secondsText = (ms: number | null): string =>
  ms === null ? '-' : `${(ms / 1000).toFixed(1)} s`;
