/** From verdicts to a clean foreground: a majority of 3 by 3, and counts by cell. */
import type { CellGrid } from './cell-grid.ts';
import { type PixelModel, verdict } from './pixel-model.ts';
import type { VisionMemory } from './vision-memory.ts';
import type { ZoneMap } from './zone-map.ts';

export type Foreground = {
  /** 0 or 255 a pixel. */
  readonly mask: Uint8Array;
  /** The mask before this one. */
  readonly before: Uint8Array;
  /** By cell: foreground pixels, those that differ strongly, and those that changed within the last moment. */
  readonly counts: Uint8Array;
  readonly strong: Uint8Array;
  readonly active: Uint8Array;
  /** Foreground pixels of a brightness that their place has not shown lately: leaves show theirs again and again. */
  readonly odd: Uint8Array;
  /** Makes room for the next mask, and returns it. */
  swap(): Uint8Array;
};

export function createForeground(grid: CellGrid, memory: VisionMemory): Foreground {
  const cells = grid.columns * grid.rows;
  let drawn = memory.bytes(grid.widthPx * grid.heightPx);
  let spare = memory.bytes(grid.widthPx * grid.heightPx);
  return {
    get mask() {
      return drawn;
    },
    get before() {
      return spare;
    },
    swap() {
      [drawn, spare] = [spare, drawn];
      return drawn;
    },
    counts: memory.bytes(cells),
    strong: memory.bytes(cells),
    active: memory.bytes(cells),
    odd: memory.bytes(cells),
  };
}

const votesMin = 5;
const oddBeyond = 8;

/**
 * Draws the mask anew from the model's verdicts. `recentRate` is the share of a difference that `recent` takes over,
 * in 1/4096.
 */
export function drawForeground(
  foreground: Foreground,
  model: PixelModel,
  luma: Uint8Array,
  grid: CellGrid,
  zones: ZoneMap,
  recentRate: number,
): void {
  const { counts, strong, active, odd } = foreground;
  const lately = foreground.mask;
  const mask = foreground.swap();
  const { widthPx, heightPx, verdicts, candidates, recent, threshold } = model;
  const { candidateFrom, candidateTo, restless, lowest, highest } = model;
  mask.fill(0);
  counts.fill(0);
  strong.fill(0);
  active.fill(0);
  odd.fill(0);
  for (let y = 1; y < heightPx - 1; y++) {
    const near =
      (candidates[y - 1] as number) + (candidates[y] as number) + (candidates[y + 1] as number);
    if (near < votesMin) continue;
    const cellRow = Math.floor(y / grid.cellPx) * grid.columns;
    const from = Math.max(1, reachOf(candidateFrom, candidates, y, Math.min, widthPx) - 1);
    const to = Math.min(widthPx - 2, reachOf(candidateTo, candidates, y, Math.max, 0) + 1);
    let i = y * widthPx + from;
    let left =
      ((verdicts[i - 1 - widthPx] as number) & 1) +
      ((verdicts[i - 1] as number) & 1) +
      ((verdicts[i - 1 + widthPx] as number) & 1);
    let middle =
      ((verdicts[i - widthPx] as number) & 1) +
      ((verdicts[i] as number) & 1) +
      ((verdicts[i + widthPx] as number) & 1);
    for (let x = from; x <= to; x++, i++) {
      const right =
        ((verdicts[i + 1 - widthPx] as number) & 1) +
        ((verdicts[i + 1] as number) & 1) +
        ((verdicts[i + 1 + widthPx] as number) & 1);
      const votes = left + middle + right;
      left = middle;
      middle = right;
      if (votes < votesMin || (zones.anyMasked && zones.masked[i] !== 0)) continue;
      mask[i] = 255;
      const cell = cellRow + (grid.columnOf[x] as number);
      counts[cell] = (counts[cell] as number) + 1;
      const isStrong = ((verdicts[i] as number) & verdict.strong) !== 0;
      if (isStrong) strong[cell] = (strong[cell] as number) + 1;
      const value = luma[i] as number;
      const low = lowest[i] as number;
      const high = highest[i] as number;
      if (value < low - oddBeyond || value > high + oddBeyond)
        odd[cell] = (odd[cell] as number) + 1;
      if (restless[i] !== 0) {
        if (value < low) lowest[i] = value;
        if (value > high) highest[i] = value;
      }
      const before = recent[i] as number;
      const moved = value - (before >> 8);
      const changed = (moved < 0 ? -moved : moved) > (threshold[i] as number);
      if (changed && lately[i] === 0) {
        // Just appeared: a change, unless it only flickers about its threshold. What a veto hid for a moment and
        // what stood here before agrees with `recent`, and did not appear.
        recent[i] = value << 8;
        if (isStrong) active[cell] = (active[cell] as number) + 1;
        continue;
      }
      recent[i] = before + (Math.imul((value << 8) - before, recentRate) >> 12);
      if (changed) active[cell] = (active[cell] as number) + 1;
    }
  }
}

/** The outermost candidate's column in a row and its two neighbours. */
function reachOf(
  columns: Uint16Array,
  candidates: Uint16Array,
  y: number,
  outer: (a: number, b: number) => number,
  none: number,
): number {
  let reach = none;
  for (let row = y - 1; row <= y + 1; row++) {
    if (candidates[row] !== 0) reach = outer(reach, columns[row] as number);
  }
  return reach;
}
