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
  /** Cells with texture, as the last `apply` found them: kept under another light, or replaced. */
  readonly tally: { same: number; different: number };
  /** By cell: 1 where the last `apply` found only the light changed. */
  readonly lit: Uint8Array;
};

const unknown = 0;
const same = 1;
const different = 2;
const plain = 3;

/** Light changes brightness by a factor within these bounds. */
const gainMin = 0.12;
const gainMax = 8;
/** Below this variance neither picture nor background has texture that tells anything. */
const plainVarianceMax = 12;
/** What the factor leaves unexplained, as a share of the texture that it should have kept. */
const unexplainedMax = 0.45;
/** Variance that sensor noise leaves unexplained. */
const noiseVariance = 6;
/** How far a plain cell's factor may differ from its lit neighbour's. */
const gainTolerance = 0.1;
const windowPixelsMin = 8;
/** Correlation of slopes from which on edges have stayed, and the fewest slopes to tell by. */
const slopesAlikeMin = 0.6;
const pairsMin = 12;

export function createTextureVeto(grid: CellGrid): TextureVeto {
  const { columns, rows, cellPx, widthPx, heightPx } = grid;
  const cells = columns * rows;
  const lit = new Uint8Array(cells);
  const kind = new Uint8Array(cells);
  const gain = new Float32Array(cells);
  const queue = new Int32Array(cells);
  const countMin = Math.max(1, Math.floor((cellPx * cellPx) / 8));
  const margin = cellPx >> 1;

  /**
   * Explains the picture as the background times one factor, over the foreground pixels of a window around the cell.
   * Pixels beside the foreground would bring in the border of the shadow, which is no texture. Where light falls off
   * across the window, or the camera compresses it, no factor fits, but edges still stand where they stood.
   */
  function look(cell: number, mask: Uint8Array, model: PixelModel, luma: Uint8Array): void {
    const { background } = model;
    const row = Math.floor(cell / columns);
    const column = cell - row * columns;
    const left = Math.max(0, column * cellPx - margin);
    const right = Math.min(widthPx, (column + 1) * cellPx + margin);
    const top = Math.max(0, row * cellPx - margin);
    const bottom = Math.min(heightPx, (row + 1) * cellPx + margin);
    let n = 0;
    let f = 0;
    let b = 0;
    let ff = 0;
    let bb = 0;
    let fb = 0;
    for (let y = top; y < bottom; y++) {
      const end = y * widthPx + right;
      for (let i = y * widthPx + left; i < end; i++) {
        if (mask[i] === 0) continue;
        const now = luma[i] as number;
        const was = background[i] as number;
        n++;
        f += now;
        b += was;
        ff += now * now;
        bb += was * was;
        fb += now * was;
      }
    }
    if (n < windowPixelsMin) {
      kind[cell] = unknown;
      return;
    }
    const factor = f / Math.max(1, b);
    gain[cell] = factor;
    const varianceF = (n * ff - f * f) / (n * n);
    const kept = (factor * factor * (n * bb - b * b)) / (n * n);
    const unexplained = varianceF - (2 * factor * (n * fb - f * b)) / (n * n) + kept;
    if (factor < gainMin || factor > gainMax) kind[cell] = different;
    else if (edgesStay(mask, model, luma, left, right, top, bottom, factor)) kind[cell] = same;
    else if (varianceF < plainVarianceMax && kept < plainVarianceMax) kind[cell] = plain;
    else if (unexplained <= unexplainedMax * kept + noiseVariance) kind[cell] = same;
    else kind[cell] = different;
  }

  /** Whether the slopes of the picture correlate with those of the background, to a fraction of a grey level. */
  function edgesStay(
    mask: Uint8Array,
    { mean }: PixelModel,
    luma: Uint8Array,
    left: number,
    right: number,
    top: number,
    bottom: number,
    factor: number,
  ): boolean {
    let pairs = 0;
    let ff = 0;
    let bb = 0;
    let fb = 0;
    for (let y = top; y < bottom; y++) {
      const end = y * widthPx + right;
      for (let i = y * widthPx + left; i < end; i++) {
        if (mask[i] === 0) continue;
        // The mask keeps clear of the picture's border: all four neighbours exist.
        for (let step = 1; step <= widthPx; step += widthPx - 1) {
          if (mask[i + step] === 0 || mask[i - step] === 0) continue;
          const now = (luma[i + step] as number) - (luma[i - step] as number);
          const was = ((mean[i + step] as number) - (mean[i - step] as number)) / 256;
          pairs++;
          ff += now * now;
          bb += was * was;
          fb += now * was;
        }
      }
    }
    const noise = 2 * noiseVariance * pairs;
    const texture = ff - noise;
    if (pairs < pairsMin || fb <= 0 || texture < noise / 2) return false;
    if (bb * Math.max(1, factor * factor) < noise / 4) return false;
    return fb * fb > slopesAlikeMin * slopesAlikeMin * texture * bb;
  }

  function spread(): void {
    let head = 0;
    let tail = 0;
    for (let cell = 0; cell < cells; cell++) if (kind[cell] === same) queue[tail++] = cell;
    while (head < tail) {
      const cell = queue[head++] as number;
      const row = Math.floor(cell / columns);
      const column = cell - row * columns;
      if (column > 0) tail = reach(cell, cell - 1, tail);
      if (column < columns - 1) tail = reach(cell, cell + 1, tail);
      if (row > 0) tail = reach(cell, cell - columns, tail);
      if (row < rows - 1) tail = reach(cell, cell + columns, tail);
    }
  }

  function reach(from: number, to: number, tail: number): number {
    if (kind[to] !== plain) return tail;
    const own = gain[to] as number;
    const other = gain[from] as number;
    if (own > 1 !== other > 1 || Math.abs(own - other) > gainTolerance * other) return tail;
    kind[to] = same;
    queue[tail] = to;
    return tail + 1;
  }

  const tally = { same: 0, different: 0 };

  return {
    tally,
    lit,
    apply(foreground, model, luma) {
      const { counts, strong, active } = foreground;
      let candidates = 0;
      tally.same = 0;
      tally.different = 0;
      for (let cell = 0; cell < cells; cell++) {
        if ((counts[cell] as number) >= countMin) {
          look(cell, foreground.mask, model, luma);
          candidates++;
          if (kind[cell] === same) tally.same++;
          else if (kind[cell] === different) tally.different++;
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
