/** What the texture says of each cell that holds foreground: lit differently, replaced, or too plain to tell. */
import type { CellGrid } from './cell-grid.ts';
import { sumsOfCell } from './texture-sums.ts';

export const cellTexture = { unknown: 0, same: 1, different: 2, plain: 3 } as const;

/** Light changes brightness by a factor within these bounds. */
const gainMin = 0.12;
const gainMax = 8;
/** Below this variance neither picture nor background has texture that tells anything. */
const plainVarianceMax = 12;
/** Mean square of the slopes over two pixels below which nothing has edges: a shadow's soft border is no texture. */
const smoothSlopesMax = 30;
/** What the factor leaves unexplained, as a share of the texture that it should have kept. */
const unexplainedMax = 0.45;
/** Variance that sensor noise leaves unexplained. */
const noiseVariance = 6;
const windowPixelsMin = 8;
/** Correlation of slopes from which on edges have stayed, and the fewest slopes to tell by. */
const slopesAlikeMin = 0.6;
const slopesMin = 12;

/** Judges the first `length` of `cells` by the sums of those that hold any foreground; `gain` in parts of 1. */
export function judgeCells(
  grid: CellGrid,
  counts: Uint8Array,
  cells: Uint16Array,
  length: number,
  sums: Int32Array,
  kind: Uint8Array,
  gain: Float32Array,
): void {
  const window = new Float64Array(sumsOfCell);
  for (let n = 0; n < length; n++) {
    const cell = cells[n] as number;
    gather(grid, cell, counts, sums, window);
    const factor = (window[1] as number) / Math.max(1, window[2] as number);
    kind[cell] = judge(window, factor);
    gain[cell] = factor;
  }
}

/** The sums of a cell and its neighbours, weighed as if a window reached halfway into them. */
function gather(
  { columns, rows }: CellGrid,
  cell: number,
  counts: Uint8Array,
  sums: Int32Array,
  window: Float64Array,
): void {
  window.fill(0);
  const row = Math.floor(cell / columns);
  const column = cell - row * columns;
  const bottom = Math.min(rows - 1, row + 1);
  const right = Math.min(columns - 1, column + 1);
  for (let y = Math.max(0, row - 1); y <= bottom; y++) {
    for (let x = Math.max(0, column - 1); x <= right; x++) {
      const near = y * columns + x;
      if (counts[near] === 0) continue;
      const weight = (y === row ? 1 : 0.5) * (x === column ? 1 : 0.5);
      for (let field = 0; field < sumsOfCell; field++) {
        window[field] =
          (window[field] as number) + weight * (sums[near * sumsOfCell + field] as number);
      }
    }
  }
}

/**
 * Explains the picture as the background times one factor, over the foreground pixels of a window around the cell.
 * Pixels beside the foreground would bring in the border of the shadow, which is no texture. Where light falls off
 * across the window, or the camera compresses it, no factor fits, but edges still stand where they stood.
 */
function judge(window: Float64Array, factor: number): number {
  const [n = 0, f = 0, b = 0, ff = 0, bb = 0, fb = 0] = window;
  if (n < windowPixelsMin) return cellTexture.unknown;
  if (factor < gainMin || factor > gainMax) return cellTexture.different;
  if (edgesStay(window, factor)) return cellTexture.same;
  const varianceF = (n * ff - f * f) / (n * n);
  const kept = (factor * factor * (n * bb - b * b)) / (n * n);
  if (varianceF < plainVarianceMax && kept < plainVarianceMax) return cellTexture.plain;
  if (isSmooth(window, factor)) return cellTexture.plain;
  const unexplained = varianceF - (2 * factor * (n * fb - f * b)) / (n * n) + kept;
  return unexplained <= unexplainedMax * kept + noiseVariance
    ? cellTexture.same
    : cellTexture.different;
}

/** Whether neither the picture nor the background, in the picture's light, has an edge. */
function isSmooth(window: Float64Array, factor: number): boolean {
  const slopes = window[6] as number;
  const most = smoothSlopesMax * slopes;
  const behind = ((window[8] as number) / 256) * Math.max(1, factor * factor);
  return slopes >= slopesMin && (window[7] as number) < most && behind < most;
}

/** Whether the slopes of the picture correlate with those of the background, to a fraction of a grey level. */
function edgesStay(window: Float64Array, factor: number): boolean {
  const slopes = window[6] as number;
  const noise = 2 * noiseVariance * slopes;
  const texture = (window[7] as number) - noise;
  const behind = (window[8] as number) / 256;
  const both = (window[9] as number) / 16;
  if (slopes < slopesMin || both <= 0 || texture < noise / 2) return false;
  if (behind * Math.max(1, factor * factor) < noise / 4) return false;
  return both * both > slopesAlikeMin * slopesAlikeMin * texture * behind;
}
