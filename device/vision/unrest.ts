/**
 * Where the picture is restless: cells in which verdicts blinked lately, and their neighbours. A branch reaches new
 * pixels with every gust, but seldom new cells, so a region among restless cells must be larger to count.
 */
import type { CellGrid } from './cell-grid.ts';
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

export function createUnrest(grid: CellGrid, memory: VisionMemory): Unrest {
  const { columns, rows } = grid;
  const cells = columns * rows;
  const blinks = memory.words(cells);
  const own = new Uint32Array(cells);
  const across = new Uint32Array(cells);
  const level = new Uint16Array(cells);
  const blinksMin = Math.max(1, Math.floor((grid.cellPx * grid.cellPx) / 8));
  let waitedMs = 0;

  function settle(): void {
    const keep = 65_536 - Math.floor((waitedMs * 65_536) / (forgetMs + waitedMs));
    for (let cell = 0; cell < cells; cell++) {
      const blinked = (blinks[cell] as number) >= blinksMin ? 256 : 0;
      own[cell] = Math.floor((((own[cell] as number) + blinked) * keep) / 65_536);
      blinks[cell] = 0;
    }
    // Sums of 5 by 5 cells, along the rows and then down the columns.
    for (let row = 0; row < rows; row++) {
      const from = row * columns;
      for (let column = 0; column < columns; column++) {
        let sum = 0;
        const end = from + Math.min(columns - 1, column + 2);
        for (let near = from + Math.max(0, column - 2); near <= end; near++) {
          sum += own[near] as number;
        }
        across[from + column] = sum;
      }
    }
    for (let row = 0; row < rows; row++) {
      const top = Math.max(0, row - 2) * columns;
      const bottom = Math.min(rows - 1, row + 2) * columns;
      for (let column = 0; column < columns; column++) {
        let sum = 0;
        for (let near = top + column; near <= bottom + column; near += columns) {
          sum += across[near] as number;
        }
        level[row * columns + column] = Math.floor((sum * 16) / (25 * 256));
      }
    }
  }

  return {
    blinks,
    level,
    step(sinceMs) {
      waitedMs += sinceMs;
      if (waitedMs < settleEveryMs) return;
      settle();
      waitedMs = 0;
    },
  };
}
