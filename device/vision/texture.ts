/**
 * Shadows and pools of light change the brightness and leave the texture: where the picture still correlates with
 * the background, a cell is lit differently and holds nothing. A cell without texture says nothing itself; it
 * follows a neighbour that was vetoed when its brightness changed by the same factor.
 */
import type { CellGrid } from './cell-grid.ts';
import type { Foreground } from './foreground.ts';
import type { Kernels } from './kernels.ts';
import { sumsOfCell } from './texture-sums.ts';
import type { VisionMemory } from './vision-memory.ts';

export type TextureVeto = {
  /** Takes lit cells out of the foreground's counts. Returns how many. */
  apply(foreground: Foreground, luma: Uint8Array): number;
  /** Cells with texture, as the last `apply` found them: kept under another light, or replaced. */
  readonly tally: { same: number; different: number };
  /** By cell, where the last `apply` found only the light changed: 1 seen by texture, 2 like its neighbour. */
  readonly lit: Uint8Array;
  /** Whether the last `apply` found another texture there. */
  replaced(cell: number): boolean;
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
const slopesMin = 12;

export function createTextureVeto(
  grid: CellGrid,
  memory: VisionMemory,
  kernels: Kernels,
): TextureVeto {
  const { columns, rows, cellPx } = grid;
  const cells = columns * rows;
  const lit = new Uint8Array(cells);
  /** Plain cells that go with a neighbour. */
  const followed = new Uint8Array(cells);
  const kind = new Uint8Array(cells);
  const gain = new Float32Array(cells);
  const queue = new Int32Array(cells);
  const countMin = Math.max(1, Math.floor((cellPx * cellPx) / 8));
  const sums = memory.integers(cells * sumsOfCell);
  const window = new Float64Array(sumsOfCell);

  /** The sums of a cell and its neighbours, weighed as if a window reached halfway into them. */
  function gather(cell: number, counts: Uint8Array): void {
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
  function judge(cell: number, counts: Uint8Array): number {
    gather(cell, counts);
    const [n = 0, f = 0, b = 0, ff = 0, bb = 0, fb = 0] = window;
    if (n < windowPixelsMin) return unknown;
    const factor = f / Math.max(1, b);
    gain[cell] = factor;
    if (factor < gainMin || factor > gainMax) return different;
    if (edgesStay(factor)) return same;
    const varianceF = (n * ff - f * f) / (n * n);
    const kept = (factor * factor * (n * bb - b * b)) / (n * n);
    if (varianceF < plainVarianceMax && kept < plainVarianceMax) return plain;
    const unexplained = varianceF - (2 * factor * (n * fb - f * b)) / (n * n) + kept;
    return unexplained <= unexplainedMax * kept + noiseVariance ? same : different;
  }

  /** Whether the slopes of the picture correlate with those of the background, to a fraction of a grey level. */
  function edgesStay(factor: number): boolean {
    const slopes = window[6] as number;
    const noise = 2 * noiseVariance * slopes;
    const texture = (window[7] as number) - noise;
    const behind = (window[8] as number) / 256;
    const both = (window[9] as number) / 16;
    if (slopes < slopesMin || both <= 0 || texture < noise / 2) return false;
    if (behind * Math.max(1, factor * factor) < noise / 4) return false;
    return both * both > slopesAlikeMin * slopesAlikeMin * texture * behind;
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
    followed[to] = 1;
    queue[tail] = to;
    return tail + 1;
  }

  const tally = { same: 0, different: 0 };

  return {
    tally,
    lit,
    replaced: (cell: number) => kind[cell] === different,
    apply(foreground, luma) {
      const { counts, strong, active } = foreground;
      let candidates = 0;
      tally.same = 0;
      tally.different = 0;
      kernels.measureCells(luma, foreground.mask, counts, sums);
      for (let cell = 0; cell < cells; cell++) {
        if ((counts[cell] as number) >= countMin) {
          kind[cell] = judge(cell, counts);
          candidates++;
          if (kind[cell] === same) tally.same++;
          else if (kind[cell] === different) tally.different++;
        } else {
          kind[cell] = unknown;
        }
        lit[cell] = 0;
        followed[cell] = 0;
      }
      if (candidates === 0) return 0;
      spread();
      let vetoed = 0;
      for (let cell = 0; cell < cells; cell++) {
        if (kind[cell] !== same) continue;
        lit[cell] = followed[cell] === 1 ? 2 : 1;
        counts[cell] = 0;
        strong[cell] = 0;
        active[cell] = 0;
        vetoed++;
      }
      return vetoed;
    },
  };
}
