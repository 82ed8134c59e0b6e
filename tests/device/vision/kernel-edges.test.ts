/** The SIMD kernels against the plain ones where a constant decides: on both sides of it, and told apart. */
import { describe, expect, test } from 'vitest';
import { type CellGrid, divideIntoCells } from '../../../device/vision/cell-grid.ts';
import { createBoxes } from '../../../device/vision/component-boxes.ts';
import { type KernelMaker, type Kernels, plainKernels } from '../../../device/vision/kernels.ts';
import { createPixelModel, type PixelModel } from '../../../device/vision/pixel-model.ts';
import { simdKernels } from '../../../device/vision/simd-kernels.ts';
import { sumsOfCell } from '../../../device/vision/texture-sums.ts';
import type { VisionMemory } from '../../../device/vision/vision-memory.ts';

type Workplace = {
  readonly grid: CellGrid;
  readonly memory: VisionMemory;
  readonly model: PixelModel;
  readonly kernels: Kernels;
};

const unmeasured = { areaPx: 0, strongPx: 0, activePx: 0, cells: 0, sumX: 0, sumY: 0 };

/** What both kinds of kernels make of the same, which must be one. */
function alike<Result>(
  widthPx: number,
  heightPx: number,
  work: (place: Workplace) => Result,
): Result {
  const [plain, simd] = [plainKernels, simdKernels].map((make: KernelMaker) => {
    const grid = divideIntoCells(widthPx, heightPx);
    const { memory, bind } = make(grid);
    const model = createPixelModel(widthPx, heightPx, memory);
    return work({ grid, memory, model, kernels: bind(model) });
  });
  expect(simd).toEqual(plain);
  return simd as Result;
}

/** Paints a rectangle of an array that is `width` wide; to the right and below exclusive. */
function paint(
  array: Uint8Array | Uint16Array,
  width: number,
  [left, top, right, bottom]: readonly [number, number, number, number],
  valueAt: (x: number, y: number) => number,
): void {
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) array[y * width + x] = valueAt(x, y);
  }
}

describe('both kinds of kernels', () => {
  test.each([
    [8, 4, true], // from every place both walls are within 8 cells across
    [9, 4, false],
    [4, 20, true], // ... and within 20 along
    [4, 21, false],
  ])('fill a hole of %i by %i cells whole: %s', (across, along, whole) => {
    const left = alike(160, 120, ({ grid, memory, kernels }) => {
      const cells = grid.columns * grid.rows;
      const mask = memory.bytes(grid.widthPx * grid.heightPx);
      const [counts, lit, fate] = [memory.bytes(cells), memory.bytes(cells), memory.bytes(cells)];
      const labels = memory.words(cells);
      const { columns, cellPx } = grid;
      const [right, bottom] = [5 + across + 2, 5 + along + 2];
      paint(labels, columns, [3, 3, right, bottom], () => 1);
      paint(labels, columns, [5, 5, 5 + across, 5 + along], () => 0);
      for (const [cell, label] of labels.entries()) if (label === 1) counts[cell] = cellPx * cellPx;
      const boxes = createBoxes(memory);
      const box = { left: 3, top: 3, right: right - 1, bottom: bottom - 1 };
      const count = boxes.list([{ label: 1, ...box, ...unmeasured }]);
      kernels.shapeMask(mask, counts, labels, boxes.boxes, count, lit, true, fate);
      const inHole = Array.from({ length: across * along }, (_, n) => {
        const [x, y] = [5 + (n % across), 5 + Math.floor(n / across)];
        return mask[y * cellPx * grid.widthPx + x * cellPx];
      });
      return inHole.filter((value) => value === 0).length;
    });
    expect(left === 0).toBe(whole);
  });

  test.each([
    [14, true], // as many grey levels are no steep place
    [15, false],
  ])('call a region that rises by %i in places soft: %s', (rise, soft) => {
    const answer = alike(160, 90, ({ grid, memory, model, kernels }) => {
      const { widthPx, heightPx, cellPx } = grid;
      const [mask, luma] = [memory.bytes(widthPx * heightPx), memory.bytes(widthPx * heightPx)];
      model.background.fill(100);
      luma.fill(100);
      paint(mask, widthPx, [40, 20, 100, 60], () => 255);
      // A quarter of the columns rises; the border of the mask is as bright outside.
      paint(luma, widthPx, [30, 10, 110, 70], (x) => 115 + (x % 16 < 8 ? rise : 0));
      const [left, top, right, bottom] = [40, 20, 99, 59].map((px) => Math.floor(px / cellPx)) as [
        number,
        number,
        number,
        number,
      ];
      const component = { ...unmeasured, label: 1, left, top, right, bottom, cells: 600 };
      return kernels.isSoft(component, mask, luma);
    });
    expect(answer).toBe(soft);
  });

  test.each([
    [0.115, 0],
    [0.125, 1],
    [7.9, 1],
    [8.1, 0],
  ])('find texture under a light of %f: %i', (factor, same) => {
    const lit = alike(160, 90, ({ grid, memory, model, kernels }) => {
      const cells = grid.columns * grid.rows;
      const { widthPx, heightPx, cellPx } = grid;
      const [mask, luma] = [memory.bytes(widthPx * heightPx), memory.bytes(widthPx * heightPx)];
      const [counts, strong, active] = [
        memory.bytes(cells),
        memory.bytes(cells),
        memory.bytes(cells),
      ];
      const [kind, found] = [memory.bytes(cells), memory.bytes(cells)];
      const [sums, tallies] = [memory.scratch().integers(cells * sumsOfCell), memory.integers(2)];
      const scratch = memory.scratch();
      scratch.integers(cells * sumsOfCell);
      const [gain, queue] = [scratch.floats(cells), scratch.words(cells)];
      // Brightness that the factor takes to whole grey levels, in stripes across and along.
      const [dark, bright] = factor < 1 ? [40, 240] : [10, 30];
      paint(model.background, widthPx, [0, 0, widthPx, heightPx], (x, y) =>
        x % 4 < 2 !== y % 4 < 2 ? bright : dark,
      );
      for (let i = 0; i < luma.length; i++) {
        const was = model.background[i] ?? 0;
        model.mean[i] = was << 8;
        luma[i] = Math.round(was * factor);
      }
      paint(mask, widthPx, [40, 20, 100, 60], () => 255);
      paint(
        counts,
        grid.columns,
        [40 / cellPx, 20 / cellPx, 100 / cellPx, 60 / cellPx],
        () => cellPx ** 2,
      );
      const cellsOf = [counts, strong, active, sums, kind, gain, queue, found] as const;
      kernels.vetoTexture(luma, mask, ...cellsOf, tallies);
      return found.slice();
    });
    expect(lit.includes(1) ? 1 : 0).toBe(same);
  });
});

describe('both kinds of kernels, where a shadow fades', () => {
  /** A body whose foot is shadow, `softPx` of whose rim fades and the rest is hard; how many pixels are taken. */
  const takenOf = (widthPx: number, heightPx: number, softPx: number) =>
    alike(widthPx, heightPx, ({ grid, memory, model, kernels }) => {
      const cells = grid.columns * grid.rows;
      const { columns, cellPx } = grid;
      const [mask, luma] = [memory.bytes(widthPx * heightPx), memory.bytes(widthPx * heightPx)];
      const [counts, lit] = [memory.bytes(cells), memory.bytes(cells)];
      const [labels, remaining] = [memory.words(cells), memory.words(cells)];
      const pixels = memory.integers(16_384);
      model.background.fill(200);
      luma.fill(200);
      const box = { left: 5, top: 5, right: columns - 6, bottom: grid.rows - 6 };
      const inPixels = [box.left, box.top, box.right + 1, box.bottom + 1].map((n) => n * cellPx);
      const [left = 0, top = 0, right = 0, bottom = 0] = inPixels;
      paint(labels, columns, [box.left, box.top, box.right + 1, box.bottom + 1], () => 1);
      paint(counts, columns, [box.left, box.top, box.right + 1, box.bottom + 1], () => cellPx ** 2);
      paint(mask, widthPx, [left, top, right, bottom], () => 255);
      paint(luma, widthPx, [left, top, right, bottom], () => 180);
      // Below the mask the light comes back step by step, for so many pixels.
      paint(luma, widthPx, [left, bottom, left + softPx, bottom + 6], (_x, y) =>
        Math.min(200, 184 + 4 * (y - bottom)),
      );
      const drawn = mask.slice();
      const boxes = createBoxes(memory);
      const count = boxes.list([{ label: 1, ...box, ...unmeasured }]);
      const arrays = [mask, counts, labels, boxes.boxes, count, luma, lit, pixels] as const;
      const taken = kernels.takeCastShadow(...arrays, remaining);
      const untouched = Buffer.from(drawn).equals(mask);
      return { taken, untouched, mask, counts, listed: pixels.slice(0, taken) };
    });

  test('take it from a fifth of its border on, to the pixel', () => {
    const taken = Array.from({ length: 60 }, (_, softPx) => takenOf(160, 90, softPx + 10).taken);
    expect(taken[0]).toBe(0);
    expect(taken.at(-1)).toBeGreaterThan(1_000);
  });

  test('leave what is too much to remember as it is', () => {
    const { taken, untouched } = takenOf(560, 400, 500);
    expect([taken, untouched]).toEqual([0, true]);
  });
});
