/**
 * Shadows and pools of light change the brightness and leave the texture: where the picture still correlates with
 * the background, a cell is lit differently and holds nothing. A cell without texture says nothing itself; it
 * follows a neighbour that was vetoed when its brightness changed by the same factor.
 */
import { type CellGrid, listCells } from './cell-grid.ts';
import type { Foreground } from './foreground.ts';
import type { Kernels } from './kernels.ts';
import type { PixelModel } from './pixel-model.ts';
import { measureCells, sumsOfCell } from './texture-sums.ts';
import { cellTexture, judgeCells } from './texture-verdicts.ts';
import type { VisionMemory } from './vision-memory.ts';

export type TextureVeto = {
  /** Takes lit cells out of the foreground's counts. Returns how many. */
  apply(foreground: Foreground, luma: Uint8Array): number;
  /** Cells with texture, as the last `apply` found them: kept under another light, or replaced. */
  readonly tally: { readonly same: number; readonly different: number };
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
  vetoTexture: Kernels['vetoTexture'],
): TextureVeto {
  const cells = grid.columns * grid.rows;
  const lit = memory.bytes(cells);
  const kind = memory.bytes(cells);
  const scratch = memory.scratch();
  const gain = scratch.floats(cells);
  const queue = scratch.words(cells);
  const sums = scratch.integers(cells * sumsOfCell);
  const tallies = memory.integers(2);
  return {
    get tally() {
      const [kept = 0, replaced = 0] = tallies;
      return { same: kept, different: replaced };
    },
    lit,
    replaced: (cell: number) => kind[cell] === different,
    apply({ mask, counts, strong, active }, luma) {
      const cellsOf = [counts, strong, active, sums, kind, gain, queue, lit] as const;
      return vetoTexture(luma, mask, ...cellsOf, tallies);
    },
  };
}

/**
 * Does what `TextureVeto.apply` says. `tallies` are the cells with texture that was kept, and that was replaced; the
 * others scratch.
 */
export function vetoTexture(
  model: PixelModel,
  grid: CellGrid,
  luma: Uint8Array,
  mask: Uint8Array,
  counts: Uint8Array,
  strong: Uint8Array,
  active: Uint8Array,
  sums: Int32Array,
  kind: Uint8Array,
  gain: Float32Array,
  queue: Uint16Array,
  lit: Uint8Array,
  tallies: Int32Array,
): number {
  kind.fill(unknown);
  lit.fill(0);
  const countMin = Math.max(1, Math.floor((grid.cellPx * grid.cellPx) / 8));
  const judged = listCells(counts, countMin, queue);
  if (judged > 0) {
    measureCells(model, luma, mask, grid, counts, sums);
    judgeCells(grid, counts, queue, judged, sums, kind, gain);
  }
  const kept = keepFirst(queue, judged, (cell) => kind[cell] === same);
  tallies.set([kept, kind.reduce((sum, own) => (own === different ? sum + 1 : sum), 0)]);
  const vetoed = spread(grid, kept, kind, gain, queue);
  for (let n = 0; n < vetoed; n++) {
    const cell = queue[n] as number;
    lit[cell] = n < kept ? 1 : 2;
    counts[cell] = 0;
    strong[cell] = 0;
    active[cell] = 0;
  }
  return vetoed;
}

/** Lets the first `seeds` cells of the queue take plain neighbours along; returns how many there are then. */
function spread(
  { columns, rows }: CellGrid,
  seeds: number,
  kind: Uint8Array,
  gain: Float32Array,
  queue: Uint16Array,
): number {
  let tail = seeds;
  const reach = (from: number, to: number) => {
    if (kind[to] !== plain) return;
    const own = gain[to] as number;
    const other = gain[from] as number;
    if (own > 1 !== other > 1 || Math.abs(own - other) > gainTolerance * other) return;
    kind[to] = same;
    queue[tail++] = to;
  };
  for (let head = 0; head < tail; head++) {
    const cell = queue[head] as number;
    const row = Math.floor(cell / columns);
    const column = cell - row * columns;
    if (column > 0) reach(cell, cell - 1);
    if (column < columns - 1) reach(cell, cell + 1);
    if (row > 0) reach(cell, cell - columns);
    if (row < rows - 1) reach(cell, cell + columns);
  }
  return tail;
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
