/** Connected groups of cells that hold foreground, with 8 neighbours. */
import type { CellGrid } from './cell-grid.ts';
import { visionLimits } from './vision-limits.ts';

export type Component = {
  /** In cells, inclusive. */
  left: number;
  top: number;
  right: number;
  bottom: number;
  /** Foreground pixels. */
  areaPx: number;
  /** Of those, the ones that differ strongly. */
  strongPx: number;
  cells: number;
  /** Centre of gravity in cells, before division by areaPx. */
  sumX: number;
  sumY: number;
};

export type ComponentFinder = {
  /** 0 for none, else 1 + index into the result of the last `find`. By cell. */
  readonly labels: Uint16Array;
  find(counts: Uint8Array, strong: Uint8Array, countMin: number): readonly Component[];
};

export function createComponentFinder(grid: CellGrid): ComponentFinder {
  const cells = grid.columns * grid.rows;
  const labels = new Uint16Array(cells);
  const stack = new Int32Array(cells);
  const { columns, rows } = grid;

  function flood(seed: number, label: number, counts: Uint8Array, strong: Uint8Array, min: number) {
    const component: Component = {
      left: columns,
      top: rows,
      right: 0,
      bottom: 0,
      areaPx: 0,
      strongPx: 0,
      cells: 0,
      sumX: 0,
      sumY: 0,
    };
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
          if (labels[next] === 0 && (counts[next] as number) >= min) {
            labels[next] = label;
            stack[depth++] = next;
          }
        }
      }
    }
    return component;
  }

  function find(counts: Uint8Array, strong: Uint8Array, countMin: number): readonly Component[] {
    labels.fill(0);
    const found: Component[] = [];
    for (let cell = 0; cell < cells && found.length < visionLimits.componentsMax; cell++) {
      if (labels[cell] === 0 && (counts[cell] as number) >= countMin) {
        found.push(flood(cell, found.length + 1, counts, strong, countMin));
      }
    }
    return found;
  }

  return { labels, find };
}
