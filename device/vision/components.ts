/** Connected groups of cells that hold foreground, with 8 neighbours. */
import type { CellGrid } from './cell-grid.ts';
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

export function createComponentFinder(
  grid: CellGrid,
  memory: VisionMemory,
  listCells: Kernels['listCells'],
): ComponentFinder {
  const { columns, rows } = grid;
  const cells = columns * rows;
  const labels = new Uint16Array(cells);
  const stack = new Int32Array(cells);
  const seeds = memory.words(cells);
  const countMin = Math.max(1, Math.floor((grid.cellPx * grid.cellPx) / 4));

  function flood(seed: number, label: number, foreground: Foreground): Component {
    const { counts, strong, active } = foreground;
    const component = emptyComponent(label, grid);
    let depth = 0;
    stack[depth++] = seed;
    labels[seed] = label;
    while (depth > 0) {
      const cell = stack[--depth] as number;
      const y = Math.floor(cell / columns);
      const x = cell - y * columns;
      const area = counts[cell] as number;
      component.areaPx += area;
      component.strongPx += strong[cell] as number;
      component.activePx += active[cell] as number;
      component.cells++;
      component.sumX += x * area;
      component.sumY += y * area;
      if (x < component.left) component.left = x;
      if (x > component.right) component.right = x;
      if (y < component.top) component.top = y;
      if (y > component.bottom) component.bottom = y;
      const yTo = y + 1 < rows ? y + 1 : y;
      const xTo = x + 1 < columns ? x + 1 : x;
      for (let ny = y > 0 ? y - 1 : 0; ny <= yTo; ny++) {
        for (let nx = x > 0 ? x - 1 : 0; nx <= xTo; nx++) {
          const next = ny * columns + nx;
          if (labels[next] === 0 && (counts[next] as number) >= countMin) {
            labels[next] = label;
            stack[depth++] = next;
          }
        }
      }
    }
    return component;
  }

  return {
    labels,
    find(foreground) {
      labels.fill(0);
      const found: Component[] = [];
      const { counts } = foreground;
      const seedCount = listCells(counts, countMin, seeds);
      for (let n = 0; n < seedCount && found.length < visionLimits.componentsMax; n++) {
        const cell = seeds[n] as number;
        if (labels[cell] === 0) found.push(flood(cell, found.length + 1, foreground));
      }
      return found;
    },
  };
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

const emptyComponent = (label: number, grid: CellGrid): Component => ({
  label,
  left: grid.columns,
  top: grid.rows,
  right: 0,
  bottom: 0,
  areaPx: 0,
  strongPx: 0,
  activePx: 0,
  cells: 0,
  sumX: 0,
  sumY: 0,
});
