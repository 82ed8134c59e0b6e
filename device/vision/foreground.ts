/** From verdicts to a clean foreground: a majority of 3 by 3, and counts by cell. */
import type { CellGrid } from './cell-grid.ts';
import type { ZoneMap } from './zone-map.ts';

export type ForegroundCleaner = {
  /** By cell, from the last `clean`: foreground pixels, and of those the strong ones. */
  readonly counts: Uint8Array;
  readonly strong: Uint8Array;
  /** A cell with fewer foreground pixels belongs to no region. */
  readonly countMin: number;
  /** Returns the number of foreground pixels. */
  clean(verdicts: Uint8Array, zones: ZoneMap): number;
  /** 0 or 255 a pixel. */
  mask(): Uint8Array;
};

export function createForegroundCleaner(grid: CellGrid): ForegroundCleaner {
  const { widthPx, heightPx, cellPx, columns } = grid;
  const mask = new Uint8Array(widthPx * heightPx);
  const counts = new Uint8Array(grid.columns * grid.rows);
  const strong = new Uint8Array(grid.columns * grid.rows);
  const columnSums = new Uint8Array(widthPx);

  function cleanRow(verdicts: Uint8Array, zones: ZoneMap, y: number): number {
    const row = y * widthPx;
    let any = 0;
    for (let x = 0; x < widthPx; x++) {
      const i = row + x;
      const sum =
        ((verdicts[i - widthPx] as number) !== 0 ? 1 : 0) +
        ((verdicts[i] as number) !== 0 ? 1 : 0) +
        ((verdicts[i + widthPx] as number) !== 0 ? 1 : 0);
      columnSums[x] = sum;
      any += sum;
    }
    mask.fill(0, row, row + widthPx);
    if (any < 5) return 0;
    let found = 0;
    const cellRow = Math.floor(y / cellPx) * columns;
    for (let x = 1; x < widthPx - 1; x++) {
      const votes =
        (columnSums[x - 1] as number) + (columnSums[x] as number) + (columnSums[x + 1] as number);
      if (votes < 5) continue;
      if (zones.anyMasked && zones.masked[row + x] !== 0) continue;
      mask[row + x] = 255;
      found++;
      const cell = cellRow + Math.floor(x / cellPx);
      counts[cell] = (counts[cell] as number) + 1;
      if (verdicts[row + x] === 2) strong[cell] = (strong[cell] as number) + 1;
    }
    return found;
  }

  return {
    counts,
    strong,
    countMin: Math.max(1, Math.floor((cellPx * cellPx) / 4)),
    clean(verdicts, zones) {
      counts.fill(0);
      strong.fill(0);
      let found = 0;
      for (let y = 1; y < heightPx - 1; y++) found += cleanRow(verdicts, zones, y);
      return found;
    },
    mask: () => mask,
  };
}
