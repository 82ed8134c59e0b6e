/** The loops over pixels by WebAssembly SIMD: `simd/` built by `npm run build:simd` into `simd-module.ts`. */
import type { CellGrid } from './cell-grid.ts';
import type { KernelMaker, Kernels } from './kernels.ts';
import type { PixelModel } from './pixel-model.ts';
import { simdModule } from './simd-module.ts';
import { boundsWithin, softCellsMin } from './soft-edge.ts';
import { visionLimits } from './vision-limits.ts';
import { layOut, memoryBytes, type VisionMemory } from './vision-memory.ts';

/** What is used of it: neither the language's types nor Node's declare it. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Memory: new (size: { initial: number; maximum: number }) => { buffer: ArrayBuffer };
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
};

/** Addresses are offsets into the memory that the instance shares with the detector's arrays. */
type Exports = {
  bindGrid(width: number, height: number, cell: number, columns: number, columnOf: number): void;
  bindPixels(...arrays: readonly number[]): void;
  bindVerdicts(...arrays: readonly number[]): void;
  bindTallies(at: number, rowBytes: number): void;
  wipeDrops(luma: number, before: number, foreground: number): void;
  smooth(luma: number, into: number): void;
  classify(luma: number, trusted: number, blinks: number): number;
  draw(...addressesAndRate: readonly number[]): void;
  listCells(values: number, count: number, atLeast: number, into: number): number;
  vetoTexture(...addresses: readonly number[]): number;
  settleUnrest(...addressesAndKeep: readonly number[]): void;
  findComponents(...addressesAndMost: readonly number[]): number;
  isSoft(...addressesAndBounds: readonly number[]): number;
  castShadow(...addressesAndCount: readonly number[]): number;
  setPixels(mask: number, pixels: number, count: number, value: number): void;
  countDiffering(luma: number, zoneCounts: number): void;
  differenceAt(...addressesAndNumbers: readonly number[]): number;
  edgesAgree(luma: number, samples: number, sampleCount: number, offset: number): number;
  countChanges(luma: number, last: number, histogram: number): number;
  measureTones(...addresses: readonly number[]): number;
  countDifferent(...addresses: readonly number[]): void;
  translate(luma: number, table: number): void;
  relight(luma: number, expected: number, foreground: number): void;
  learnLitCells(luma: number, lit: number, rate: number): void;
  shape(...addressesAndCount: readonly number[]): number;
  learn(...addressesAndRates: readonly number[]): void;
};

const pageBytes = 65_536;
const lanes = 16;
const module = new WebAssembly.Module(Buffer.from(simdModule, 'base64'));

export const simdKernels: KernelMaker = (grid) => {
  const pages = Math.ceil(memoryBytes(grid) / pageBytes);
  const own = new WebAssembly.Memory({ initial: pages, maximum: pages });
  const memory = layOut(own.buffer, grid);
  return {
    memory,
    bind(model) {
      const instance = new WebAssembly.Instance(module, { env: { memory: own } });
      const exports = instance.exports as Exports;
      bindArrays(exports, memory, model, grid);
      return kernelsOf(exports, grid);
    },
  };
};

function bindArrays(
  exports: Exports,
  memory: VisionMemory,
  model: PixelModel,
  { widthPx, heightPx, cellPx, columns, columnOf }: CellGrid,
): void {
  const columnsAt = memory.words(widthPx);
  columnsAt.set(columnOf);
  exports.bindGrid(widthPx, heightPx, cellPx, columns, columnsAt.byteOffset);
  const { mean, background, deviation, threshold, restless, lowest, highest, recent } = model;
  exports.bindPixels(
    ...[mean, background, deviation, threshold, restless, lowest, highest, recent].map(addressOf),
  );
  const { verdicts, candidates, candidateFrom, candidateTo } = model;
  exports.bindVerdicts(...[verdicts, candidates, candidateFrom, candidateTo].map(addressOf));
  // Sixteen lanes may begin one pixel before the row.
  const rowBytes = widthPx + 2 * lanes;
  exports.bindTallies(memory.bytes(4 * rowBytes).byteOffset + lanes, rowBytes);
}

function kernelsOf(exports: Exports, grid: CellGrid): Kernels {
  return {
    wipeDrops: (luma, before, foreground) =>
      exports.wipeDrops(luma.byteOffset, before.byteOffset, foreground.byteOffset),
    smooth: (luma, into) => exports.smooth(luma.byteOffset, into.byteOffset),
    classify: (luma, trusted, blinks) =>
      exports.classify(luma.byteOffset, trusted.byteOffset, blinks.byteOffset),
    drawForeground(foreground, luma, zones, recentRate) {
      const { counts, strong, active, odd } = foreground;
      const lately = foreground.mask;
      const mask = foreground.swap();
      mask.fill(0);
      for (const tally of [counts, strong, active, odd]) tally.fill(0);
      exports.draw(
        luma.byteOffset,
        mask.byteOffset,
        lately.byteOffset,
        zones.anyMasked ? zones.masked.byteOffset : 0,
        counts.byteOffset,
        strong.byteOffset,
        active.byteOffset,
        odd.byteOffset,
        recentRate,
      );
    },
    listCells: (values, atLeast, into) =>
      exports.listCells(values.byteOffset, values.length, atLeast, into.byteOffset),
    vetoTexture: (luma, mask, counts, strong, active, sums, kind, gain, queue, lit, tallies) =>
      exports.vetoTexture(
        luma.byteOffset,
        mask.byteOffset,
        counts.byteOffset,
        strong.byteOffset,
        active.byteOffset,
        sums.byteOffset,
        kind.byteOffset,
        gain.byteOffset,
        queue.byteOffset,
        lit.byteOffset,
        tallies.byteOffset,
      ),
    settleUnrest: (blinks, own, across, level, keep) =>
      exports.settleUnrest(
        blinks.byteOffset,
        own.byteOffset,
        across.byteOffset,
        level.byteOffset,
        keep,
      ),
    findComponents: (counts, strong, active, labels, seeds, stack, measured) =>
      exports.findComponents(
        counts.byteOffset,
        strong.byteOffset,
        active.byteOffset,
        labels.byteOffset,
        seeds.byteOffset,
        stack.byteOffset,
        measured.byteOffset,
        visionLimits.componentsMax,
      ),
    isSoft(component, mask, luma) {
      if (component.cells < softCellsMin) return false;
      const { left, right, top, bottom } = boundsWithin(component, grid);
      return exports.isSoft(mask.byteOffset, luma.byteOffset, left, right, top, bottom) !== 0;
    },
    takeCastShadow: (mask, counts, labels, boxes, boxCount, luma, lit, pixels, remaining) =>
      exports.castShadow(
        mask.byteOffset,
        counts.byteOffset,
        labels.byteOffset,
        boxes.byteOffset,
        boxCount,
        luma.byteOffset,
        lit.byteOffset,
        pixels.byteOffset,
        remaining.byteOffset,
      ),
    setPixels: (mask, pixels, count, value) =>
      exports.setPixels(mask.byteOffset, pixels.byteOffset, count, value),
    shapeMask: (mask, counts, labels, boxes, boxCount, lit, fill, fate) =>
      exports.shape(
        mask.byteOffset,
        counts.byteOffset,
        labels.byteOffset,
        boxes.byteOffset,
        boxCount,
        lit.byteOffset,
        fill ? 1 : 0,
        fate.byteOffset,
      ),
    countDiffering: (luma, zoneCounts) =>
      exports.countDiffering(luma.byteOffset, zoneCounts.byteOffset),
    differenceAt: (luma, samples, sampleCount, offset, best) =>
      exports.differenceAt(luma.byteOffset, samples.byteOffset, sampleCount, offset, best),
    edgesAgree: (luma, samples, sampleCount, offset) =>
      exports.edgesAgree(luma.byteOffset, samples.byteOffset, sampleCount, offset),
    countChanges: (luma, last, histogram) =>
      exports.countChanges(luma.byteOffset, last.byteOffset, histogram.byteOffset),
    measureTones: (luma, foreground, histogram, counts, shifts) =>
      exports.measureTones(
        luma.byteOffset,
        foreground.byteOffset,
        histogram.byteOffset,
        counts.byteOffset,
        shifts.byteOffset,
      ),
    countDifferent: (luma, foreground, expected, counted) =>
      exports.countDifferent(
        luma.byteOffset,
        foreground.byteOffset,
        expected.byteOffset,
        counted.byteOffset,
      ),
    translate: (luma, table) => exports.translate(luma.byteOffset, table.byteOffset),
    relight: (luma, expected, foreground) =>
      exports.relight(
        luma.byteOffset,
        expected.byteOffset,
        foreground === null ? 0 : foreground.byteOffset,
      ),
    learnLitCells: (luma, lit, rate) =>
      exports.learnLitCells(luma.byteOffset, lit.byteOffset, rate),
    learn(luma, foreground, rates, first, stride) {
      exports.learn(
        luma.byteOffset,
        foreground.byteOffset,
        first,
        stride,
        rates.mean,
        rates.deviation,
        Math.min(255, rates.calm),
        rates.withDeviation ? 1 : 0,
        rates.everything ? 1 : 0,
      );
    },
  };
}

const addressOf = (array: Uint8Array | Uint16Array): number => array.byteOffset;
