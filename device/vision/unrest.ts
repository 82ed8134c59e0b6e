/**
 * Where the picture is restless: cells in which verdicts blinked lately, and their neighbours. A branch reaches new
 * pixels with every gust, but seldom new cells, so a region among restless cells must be larger to count.
 */
import type { CellGrid } from './cell-grid.ts';

export type Unrest = {
  /** By cell: pixels that blinked since the last step; `step` takes them. */
  readonly blinks: Uint16Array;
  /** By cell: how restless it and its neighbours are, 0 for calm; 64 doubles what a region must cover. */
  readonly level: Uint16Array;
  step(sinceMs: number): void;
};

const settleEveryMs = 250;
const forgetMs = 20_000;
const levelMax = 2_000;

export function createUnrest(grid: CellGrid): Unrest {
  const { columns, rows } = grid;
  const cells = columns * rows;
  const blinks = new Uint16Array(cells);
  const own = new Uint32Array(cells);
  const level = new Uint16Array(cells);
  const perPixel = Math.floor((256 * 24) / (grid.cellPx * grid.cellPx));
  let waitedMs = 0;

  function settle(): void {
    const keep = 65_536 - Math.floor((waitedMs * 65_536) / (forgetMs + waitedMs));
    for (let cell = 0; cell < cells; cell++) {
      const grown = (own[cell] as number) + (blinks[cell] as number) * perPixel;
      own[cell] = Math.floor((Math.min(levelMax << 8, grown) * keep) / 65_536);
      blinks[cell] = 0;
    }
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        let most = 0;
        const to = Math.min(rows - 1, row + 2);
        for (let y = Math.max(0, row - 2); y <= to; y++) {
          const end = y * columns + Math.min(columns - 1, column + 2);
          for (let near = y * columns + Math.max(0, column - 2); near <= end; near++) {
            most += own[near] as number;
          }
        }
        level[row * columns + column] = Math.min(levelMax, Math.floor(most / (25 * 64)));
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
