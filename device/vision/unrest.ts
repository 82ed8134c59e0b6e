/**
 * Where the picture is restless: cells in which verdicts blinked lately, and their neighbours. A branch reaches new
 * pixels with every gust, but seldom new cells, so a region among restless cells must be larger to count.
 */
import type { CellGrid } from './cell-grid.ts';
import type { Kernels } from './kernels.ts';
import type { VisionMemory } from './vision-memory.ts';

export type Unrest = {
  /** By cell: pixels that blinked since the last step; `step` takes them. */
  readonly blinks: Uint16Array;
  /**
   * By cell: in how many of the last 20 seconds' quarter seconds it blinked, fading, in 1/16, as a mean with its
   * neighbours. Something that passes once leaves about 16; a tree in the wind some hundreds.
   */
  readonly level: Uint16Array;
  step(sinceMs: number): void;
};

const settleEveryMs = 250;
const forgetMs = 20_000;

export function createUnrest(
  grid: CellGrid,
  memory: VisionMemory,
  settleUnrest: Kernels['settleUnrest'],
): Unrest {
  const cells = grid.columns * grid.rows;
  const blinks = memory.words(cells);
  const own = memory.words(cells);
  const across = memory.scratch().integers(cells);
  const level = memory.words(cells);
  let waitedMs = 0;
  return {
    blinks,
    level,
    step(sinceMs) {
      waitedMs += sinceMs;
      if (waitedMs < settleEveryMs) return;
      const keep = 65_536 - Math.floor((waitedMs * 65_536) / (forgetMs + waitedMs));
      settleUnrest(blinks, own, across, level, keep);
      waitedMs = 0;
    },
  };
}

/** Takes the blinks into each cell's own level, of which `keep` in 1/65536 is kept; `across` is scratch. */
export function settleUnrest(
  grid: CellGrid,
  blinks: Uint16Array,
  own: Uint16Array,
  across: Int32Array,
  level: Uint16Array,
  keep: number,
): void {
  const blinksMin = Math.max(1, Math.floor((grid.cellPx * grid.cellPx) / 8));
  let stirred = false;
  for (let cell = 0; cell < own.length; cell++) {
    const blinked = (blinks[cell] as number) >= blinksMin ? 256 : 0;
    blinks[cell] = 0;
    const before = own[cell] as number;
    if (before + blinked === 0) continue;
    // At most 81 times 256, as it fades at least this fast: the product fits 32 bits.
    own[cell] = Math.imul(before + blinked, keep) >>> 16;
    stirred = true;
  }
  if (!stirred) return;
  spread(own, grid, across);
  spreadDown(across, grid, level);
}

/** Sums of 5 by 5 cells by running sums: along the rows, and then down the columns. */
function spread(own: Uint16Array, { columns, rows }: CellGrid, across: Int32Array): void {
  for (let row = 0; row < rows; row++) {
    const from = row * columns;
    const to = from + columns;
    let sum = (own[from] as number) + (columns > 1 ? (own[from + 1] as number) : 0);
    for (let cell = from; cell < to; cell++) {
      if (cell + 2 < to) sum += own[cell + 2] as number;
      across[cell] = sum;
      if (cell - 2 >= from) sum -= own[cell - 2] as number;
    }
  }
}

function spreadDown(across: Int32Array, { columns, rows }: CellGrid, level: Uint16Array): void {
  for (let column = 0; column < columns; column++) {
    let sum = (across[column] as number) + (rows > 1 ? (across[column + columns] as number) : 0);
    for (let row = 0, cell = column; row < rows; row++, cell += columns) {
      if (row + 2 < rows) sum += across[cell + 2 * columns] as number;
      level[cell] = Math.floor((sum * 16) / (25 * 256));
      if (row >= 2) sum -= across[cell - 2 * columns] as number;
    }
  }
}
