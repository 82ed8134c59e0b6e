/** What the texture veto measures of each cell: sums over its foreground pixels, each pixel looked at once. */
import type { CellGrid } from './cell-grid.ts';
import type { PixelModel } from './pixel-model.ts';

/**
 * By cell, over the foreground pixels: how many, brightness in the picture and the background, both squared, their
 * product; and of the slopes between foreground neighbours the same, without the sums.
 */
export const sumsOfCell = 10;

/** Fills `sums` of every cell that holds foreground by `counts`. */
export function measureCells(
  model: PixelModel,
  luma: Uint8Array,
  mask: Uint8Array,
  grid: CellGrid,
  counts: Uint8Array,
  sums: Int32Array,
): void {
  for (let cell = 0; cell < counts.length; cell++) {
    if (counts[cell] !== 0) measureCell(model, luma, mask, grid, cell, sums);
  }
}

function measureCell(
  { background, mean, widthPx, heightPx }: PixelModel,
  luma: Uint8Array,
  mask: Uint8Array,
  { columns, cellPx }: CellGrid,
  cell: number,
  sums: Int32Array,
): void {
  const row = Math.floor(cell / columns);
  const column = cell - row * columns;
  const right = Math.min(widthPx, (column + 1) * cellPx);
  const bottom = Math.min(heightPx, (row + 1) * cellPx);
  let n = 0;
  let f = 0;
  let b = 0;
  let ff = 0;
  let bb = 0;
  let fb = 0;
  let slopes = 0;
  let slopesF = 0;
  let slopesB = 0;
  let slopesFb = 0;
  for (let y = row * cellPx; y < bottom; y++) {
    for (let i = y * widthPx + column * cellPx, end = y * widthPx + right; i < end; i++) {
      if (mask[i] === 0) continue;
      const now = luma[i] as number;
      const was = background[i] as number;
      n++;
      f += now;
      b += was;
      ff += now * now;
      bb += was * was;
      fb += now * was;
      // The mask keeps clear of the picture's border: all four neighbours exist.
      if (mask[i + 1] !== 0 && mask[i - 1] !== 0) {
        const riseF = (luma[i + 1] as number) - (luma[i - 1] as number);
        const riseB = ((mean[i + 1] as number) - (mean[i - 1] as number)) >> 4;
        slopes++;
        slopesF += riseF * riseF;
        slopesB += riseB * riseB;
        slopesFb += riseF * riseB;
      }
      if (mask[i + widthPx] !== 0 && mask[i - widthPx] !== 0) {
        const riseF = (luma[i + widthPx] as number) - (luma[i - widthPx] as number);
        const riseB = ((mean[i + widthPx] as number) - (mean[i - widthPx] as number)) >> 4;
        slopes++;
        slopesF += riseF * riseF;
        slopesB += riseB * riseB;
        slopesFb += riseF * riseB;
      }
    }
  }
  const at = cell * sumsOfCell;
  sums[at] = n;
  sums[at + 1] = f;
  sums[at + 2] = b;
  sums[at + 3] = ff;
  sums[at + 4] = bb;
  sums[at + 5] = fb;
  sums[at + 6] = slopes;
  sums[at + 7] = slopesF;
  sums[at + 8] = slopesB;
  sums[at + 9] = slopesFb;
}
