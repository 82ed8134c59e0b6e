/** What every pixel has in common with its neighbours: sensor noise is each pixel's own, bodies are larger. */
import type { CellGrid } from './cell-grid.ts';

/** Weighs 3 by 3 pixels 1 2 1, 2 4 2, 1 2 1: noise of neighbours that differ falls to 3/8. Borders repeat. */
export function smooth(luma: Uint8Array, { widthPx, heightPx }: CellGrid, into: Uint8Array): void {
  for (let y = 0; y < heightPx; y++) {
    const row = y * widthPx;
    const above = y > 0 ? row - widthPx : row;
    const below = y < heightPx - 1 ? row + widthPx : row;
    for (let x = 0; x < widthPx; x++) {
      const left = x > 0 ? x - 1 : x;
      const right = x < widthPx - 1 ? x + 1 : x;
      const sides =
        columnSum(luma, above, row, below, left) + columnSum(luma, above, row, below, right);
      into[row + x] = (sides + 2 * columnSum(luma, above, row, below, x) + 8) >> 4;
    }
  }
}

const columnSum = (luma: Uint8Array, above: number, row: number, below: number, x: number) =>
  (luma[above + x] as number) + 2 * (luma[row + x] as number) + (luma[below + x] as number);
