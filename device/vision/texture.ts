/**
 * Shadows and pools of light change the brightness and leave the texture: where the picture still correlates with
 * the background, a cell is lit differently and holds nothing. A cell without texture says nothing itself; it
 * follows a neighbour that was vetoed when its brightness changed by the same factor.
 */
import type { CellGrid } from './cell-grid.ts';
import type { Foreground } from './foreground.ts';
import type { PixelModel } from './pixel-model.ts';

export type TextureVeto = {
  /** Takes lit cells out of the foreground's counts. Returns how many. */
  apply(foreground: Foreground, model: PixelModel, luma: Uint8Array): number;
  /** By cell: 1 where the last `apply` found only the light changed. */
  readonly lit: Uint8Array;
};

const unknown = 0;
const same = 1;
const different = 2;
const plain = 3;

/** Squared correlation from which texture counts as the same, in 1/256. */
const correlationMin = 190;
/** Variance below which a window has no texture of its own. */
const varianceMin = 30;
/** Light changes brightness by a factor within these bounds, in 1/256. */
const gainMin = 80;
const gainMax = 900;
/** How far a plain cell's factor may differ from its lit neighbour's, in 1/256 of it. */
const gainTolerance = 26;

export function createTextureVeto(grid: CellGrid): TextureVeto {
  const { columns, rows, cellPx, widthPx, heightPx } = grid;
  const cells = columns * rows;
  const lit = new Uint8Array(cells);
  const kind = new Uint8Array(cells);
  const gain = new Uint16Array(cells);
  const countMin = Math.max(1, Math.floor((cellPx * cellPx) / 4));
  const margin = cellPx >> 1;

  function look(cell: number, model: PixelModel, luma: Uint8Array): void {
    const row = Math.floor(cell / columns);
    const column = cell - row * columns;
    const left = Math.max(0, column * cellPx - margin);
    const right = Math.min(widthPx, (column + 1) * cellPx + margin);
    const top = Math.max(0, row * cellPx - margin);
    const bottom = Math.min(heightPx, (row + 1) * cellPx + margin);
    const { background } = model;
    let f = 0;
    let b = 0;
    let ff = 0;
    let bb = 0;
    let fb = 0;
    for (let y = top; y < bottom; y++) {
      const end = y * widthPx + right;
      for (let i = y * widthPx + left; i < end; i++) {
        const now = luma[i] as number;
        const was = background[i] as number;
        f += now;
        b += was;
        ff += now * now;
        bb += was * was;
        fb += now * was;
      }
    }
    const n = (right - left) * (bottom - top);
    const varianceF = n * ff - f * f;
    const varianceB = n * bb - b * b;
    const covariance = n * fb - f * b;
    const floor = varianceMin * n * n;
    gain[cell] = Math.min(0xffff, Math.floor((f * 256) / Math.max(1, b)));
    if (varianceB < floor) {
      kind[cell] = varianceF < floor * 2 ? plain : different;
      return;
    }
    const correlated =
      covariance > 0 && covariance * covariance * 256 >= correlationMin * varianceF * varianceB;
    const factor = gain[cell] as number;
    kind[cell] = correlated && factor >= gainMin && factor <= gainMax ? same : different;
  }

  function follows(cell: number, neighbour: number): boolean {
    if (kind[cell] !== plain || kind[neighbour] !== same) return false;
    const own = gain[cell] as number;
    const other = gain[neighbour] as number;
    return Math.abs(own - other) * 256 <= gainTolerance * other;
  }

  function spread(): void {
    for (let cell = columns + 1; cell < cells; cell++) {
      if (follows(cell, cell - 1) || follows(cell, cell - columns)) kind[cell] = same;
    }
    for (let cell = cells - columns - 2; cell >= 0; cell--) {
      if (follows(cell, cell + 1) || follows(cell, cell + columns)) kind[cell] = same;
    }
  }

  return {
    lit,
    apply(foreground, model, luma) {
      const { counts, strong, active } = foreground;
      let candidates = 0;
      for (let cell = 0; cell < cells; cell++) {
        if ((counts[cell] as number) >= countMin) {
          look(cell, model, luma);
          candidates++;
        } else {
          kind[cell] = unknown;
        }
        lit[cell] = 0;
      }
      if (candidates === 0) return 0;
      spread();
      let vetoed = 0;
      for (let cell = 0; cell < cells; cell++) {
        if (kind[cell] !== same) continue;
        lit[cell] = 1;
        counts[cell] = 0;
        strong[cell] = 0;
        active[cell] = 0;
        vetoed++;
      }
      return vetoed;
    },
  };
}
