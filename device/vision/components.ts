/** Connected groups of cells that hold foreground, with 8 neighbours. */
import { type CellGrid, listCells } from './cell-grid.ts';
import type { Foreground } from './foreground.ts';
import type { Kernels } from './kernels.ts';
import { visionLimits } from './vision-limits.ts';
import type { VisionMemory } from './vision-memory.ts';

export type Component = {
  /** What `labels` says of its cells. */
  label: number;
  /** In cells, inclusive. */
  left: number;
  top: number;
  right: number;
  bottom: number;
  /** Foreground pixels; of those, the ones that differ strongly, and the ones that changed a moment ago. */
  areaPx: number;
  strongPx: number;
  activePx: number;
  cells: number;
  /** Centre of gravity in cells, before division by areaPx. */
  sumX: number;
  sumY: number;
};

export type ComponentFinder = {
  /** By cell: 0 for none, else the label of a component of the last `find`. */
  readonly labels: Uint16Array;
  find(foreground: Foreground): readonly Component[];
};

/** By component, as `findComponents` writes them: what `Component` says, from `left` on. */
const fields = 10;

export function createComponentFinder(
  grid: CellGrid,
  memory: VisionMemory,
  findComponents: Kernels['findComponents'],
): ComponentFinder {
  const cells = grid.columns * grid.rows;
  const labels = memory.words(cells);
  const scratch = memory.scratch();
  const seeds = scratch.words(cells);
  const stack = scratch.words(cells);
  const measured = scratch.integers(visionLimits.componentsMax * fields);
  return {
    labels,
    find(foreground) {
      const { counts, strong, active } = foreground;
      const found = findComponents(counts, strong, active, labels, seeds, stack, measured);
      return Array.from({ length: found }, (_, n) => componentAt(measured, n));
    },
  };
}

function componentAt(measured: Int32Array, n: number): Component {
  const field = (index: number) => measured[n * fields + index] as number;
  return {
    label: n + 1,
    left: field(0),
    top: field(1),
    right: field(2),
    bottom: field(3),
    areaPx: field(4),
    strongPx: field(5),
    activePx: field(6),
    cells: field(7),
    sumX: field(8),
    sumY: field(9),
  };
}

/** Labels the cells that hold foreground by component, and measures these; returns how many there are. */
export function findComponents(
  grid: CellGrid,
  counts: Uint8Array,
  strong: Uint8Array,
  active: Uint8Array,
  labels: Uint16Array,
  seeds: Uint16Array,
  stack: Uint16Array,
  measured: Int32Array,
): number {
  const { columns, rows } = grid;
  const countMin = Math.max(1, Math.floor((grid.cellPx * grid.cellPx) / 4));

  function flood(seed: number, label: number): readonly number[] {
    let [left, top, right, bottom] = [columns, rows, 0, 0];
    let [areaPx, strongPx, activePx, cells, sumX, sumY] = [0, 0, 0, 0, 0, 0];
    let depth = 0;
    stack[depth++] = seed;
    labels[seed] = label;
    while (depth > 0) {
      const cell = stack[--depth] as number;
      const y = Math.floor(cell / columns);
      const x = cell - y * columns;
      const area = counts[cell] as number;
      areaPx += area;
      strongPx += strong[cell] as number;
      activePx += active[cell] as number;
      cells++;
      sumX += x * area;
      sumY += y * area;
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y);
      for (let ny = Math.max(0, y - 1); ny <= Math.min(rows - 1, y + 1); ny++) {
        for (let nx = Math.max(0, x - 1); nx <= Math.min(columns - 1, x + 1); nx++) {
          const next = ny * columns + nx;
          if (labels[next] !== 0 || (counts[next] as number) < countMin) continue;
          labels[next] = label;
          stack[depth++] = next;
        }
      }
    }
    return [left, top, right, bottom, areaPx, strongPx, activePx, cells, sumX, sumY];
  }

  labels.fill(0);
  const seedCount = listCells(counts, countMin, seeds);
  let found = 0;
  for (let n = 0; n < seedCount && found < visionLimits.componentsMax; n++) {
    const cell = seeds[n] as number;
    if (labels[cell] !== 0) continue;
    measured.set(flood(cell, found + 1), found * fields);
    found++;
  }
  return found;
}

/** What moves gets this far within a frame. */
const nearCells = 4;

/** Whether a cell lies in the box of one of them, or where that may have moved to since the last frame. */
export function isNear(components: readonly Component[], cell: number, grid: CellGrid): boolean {
  const row = Math.floor(cell / grid.columns);
  const column = cell - row * grid.columns;
  return components.some(
    ({ left, right, top, bottom }) =>
      column >= left - nearCells &&
      column <= right + nearCells &&
      row >= top - nearCells &&
      row <= bottom + nearCells,
  );
}
