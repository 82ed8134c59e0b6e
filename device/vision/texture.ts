/**
 * Shadows and pools of light change the brightness and leave the texture: where the picture still correlates with
 * the background, a cell is lit differently and holds nothing. A cell without texture says nothing itself; it
 * follows a neighbour that was vetoed when its brightness changed by the same factor.
 */
import type { CellGrid } from './cell-grid.ts';
import type { Foreground } from './foreground.ts';
import type { Kernels } from './kernels.ts';
import { sumsOfCell } from './texture-sums.ts';
import { cellTexture } from './texture-verdicts.ts';
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

const { unknown, same, different, plain } = cellTexture;

/** How far a plain cell's factor may differ from its lit neighbour's. */
const gainTolerance = 0.1;
export function createTextureVeto(
  grid: CellGrid,
  memory: VisionMemory,
  kernels: Kernels,
): TextureVeto {
  const { columns, rows, cellPx } = grid;
  const cells = columns * rows;
  const lit = memory.bytes(cells);
  const kind = memory.bytes(cells);
  const gain = memory.floats(cells);
  const queue = memory.words(cells);
  const countMin = Math.max(1, Math.floor((cellPx * cellPx) / 8));
  const sums = memory.integers(cells * sumsOfCell);

  /** Lets the first `seeds` cells of the queue take plain neighbours along; returns how many there are then. */
  function spread(seeds: number): number {
    let head = 0;
    let tail = seeds;
    while (head < tail) {
      const cell = queue[head++] as number;
      const row = Math.floor(cell / columns);
      const column = cell - row * columns;
      if (column > 0) tail = reach(cell, cell - 1, tail);
      if (column < columns - 1) tail = reach(cell, cell + 1, tail);
      if (row > 0) tail = reach(cell, cell - columns, tail);
      if (row < rows - 1) tail = reach(cell, cell + columns, tail);
    }
    return tail;
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
    replaced: (cell: number) => kind[cell] === different,
    apply(foreground, luma) {
      const { counts, strong, active } = foreground;
      tally.same = 0;
      tally.different = 0;
      kind.fill(unknown);
      lit.fill(0);
      const touched = kernels.listCells(counts, 1, queue);
      const judged = keepFirst(queue, touched, (cell) => (counts[cell] as number) >= countMin);
      if (judged === 0) return 0;
      kernels.measureCells(luma, foreground.mask, counts, sums);
      kernels.judgeCells(counts, queue, judged, sums, kind, gain);
      for (let n = 0; n < judged; n++) {
        if (kind[queue[n] as number] === different) tally.different++;
      }
      tally.same = keepFirst(queue, judged, (cell) => kind[cell] === same);
      const vetoed = spread(tally.same);
      for (let n = 0; n < vetoed; n++) {
        const cell = queue[n] as number;
        lit[cell] = n < tally.same ? 1 : 2;
        counts[cell] = 0;
        strong[cell] = 0;
        active[cell] = 0;
      }
      return vetoed;
    },
  };
}

/** Moves those of the first `length` that are to be kept to the front, in order; returns how many. */
function keepFirst(list: Uint16Array, length: number, keep: (cell: number) => boolean): number {
  let kept = 0;
  for (let n = 0; n < length; n++) {
    const cell = list[n] as number;
    if (keep(cell)) list[kept++] = cell;
  }
  return kept;
}
