/**
 * The loops over pixels, in plain TypeScript: the reference. `simd-kernels.ts` gives the same by WebAssembly, equal to
 * the bit; `tests/device/vision/kernels.test.ts` compares them.
 */
import { countDiffering, differenceAt } from './alignment.ts';
import { takeCastShadow } from './cast-shadow.ts';
import { type CellGrid, listCells } from './cell-grid.ts';
import { type Component, findComponents } from './components.ts';
import { translate } from './contrast.ts';
import { edgesAgree } from './edge-alignment.ts';
import { drawForeground, type Foreground } from './foreground.ts';
import { countChanges } from './noise-meter.ts';
import { classify, learn, type PixelModel } from './pixel-model.ts';
import { wipeDrops } from './precipitation.ts';
import { learnLitCells, relight } from './relighting.ts';
import { shapeMask } from './shape.ts';
import { smooth } from './smoothing.ts';
import { isSoft } from './soft-edge.ts';
import { vetoTexture } from './texture.ts';
import { countDifferent, measureTones } from './tone-curve.ts';
import { settleUnrest } from './unrest.ts';
import { layOut, memoryBytes, type VisionMemory } from './vision-memory.ts';
import type { ZoneMap } from './zone-map.ts';

export type Kernels = {
  wipeDrops(luma: Uint8Array, before: Uint8Array, foreground: Uint8Array): void;
  smooth(luma: Uint8Array, into: Uint8Array): void;
  classify(luma: Uint8Array, trusted: Uint8Array, blinks: Uint16Array): number;
  drawForeground(
    foreground: Foreground,
    luma: Uint8Array,
    zones: ZoneMap,
    recentRate: number,
  ): void;
  /** Lists the cells, in order, whose value is at least that (1 or more); returns how many. */
  listCells(values: Uint8Array, atLeast: number, into: Uint16Array): number;
  vetoTexture: Bound<[PixelModel, CellGrid], typeof vetoTexture>;
  settleUnrest: Bound<[CellGrid], typeof settleUnrest>;
  findComponents: Bound<[CellGrid], typeof findComponents>;
  isSoft(component: Component, mask: Uint8Array, luma: Uint8Array): boolean;
  takeCastShadow: Bound<[PixelModel, CellGrid], typeof takeCastShadow>;
  /** Sets the first `count` of `pixels` in a mask. */
  setPixels(mask: Uint8Array, pixels: Int32Array, count: number, value: number): void;
  shapeMask: Bound<[CellGrid], typeof shapeMask>;
  countDiffering: Bound<[PixelModel], typeof countDiffering>;
  differenceAt: Bound<[PixelModel], typeof differenceAt>;
  edgesAgree: Bound<[PixelModel], typeof edgesAgree>;
  countChanges: Bound<[PixelModel], typeof countChanges>;
  measureTones: Bound<[PixelModel], typeof measureTones>;
  countDifferent: Bound<[PixelModel], typeof countDifferent>;
  translate: typeof translate;
  relight: Bound<[PixelModel], typeof relight>;
  learnLitCells: Bound<[PixelModel, CellGrid], typeof learnLitCells>;
  learn: Bound<[PixelModel], typeof learn>;
};

/** What is left to say to a function that begins with what a detector has one of. */
type Bound<Own extends unknown[], Loop> = Loop extends (
  ...args: [...Own, ...infer Rest]
) => infer Result
  ? (...rest: Rest) => Result
  : never;

/** One detector's: the memory in which the arrays must lie that its kernels work on. */
export type KernelMaker = (grid: CellGrid) => {
  readonly memory: VisionMemory;
  bind(model: PixelModel): Kernels;
};

export const plainKernels: KernelMaker = (grid) => ({
  memory: layOut(new ArrayBuffer(memoryBytes(grid)), grid),
  bind: (model) => ({
    wipeDrops: (luma, before, foreground) => wipeDrops(luma, before, model.background, foreground),
    smooth: (luma, into) => smooth(luma, grid, into),
    classify: (luma, trusted, blinks) => classify(model, luma, grid, trusted, blinks),
    drawForeground: (foreground, luma, zones, recentRate) =>
      drawForeground(foreground, model, luma, grid, zones, recentRate),
    listCells,
    vetoTexture: (...rest) => vetoTexture(model, grid, ...rest),
    settleUnrest: (...rest) => settleUnrest(grid, ...rest),
    findComponents: (...arrays) => findComponents(grid, ...arrays),
    isSoft: (component, mask, luma) => isSoft(component, mask, model, luma, grid),
    takeCastShadow: (...rest) => takeCastShadow(model, grid, ...rest),
    setPixels(mask, pixels, count, value) {
      for (const pixel of pixels.subarray(0, count)) mask[pixel] = value;
    },
    shapeMask: (...rest) => shapeMask(grid, ...rest),
    countDiffering: (...rest) => countDiffering(model, ...rest),
    differenceAt: (...rest) => differenceAt(model, ...rest),
    edgesAgree: (...rest) => edgesAgree(model, ...rest),
    countChanges: (...rest) => countChanges(model, ...rest),
    measureTones: (...rest) => measureTones(model, ...rest),
    countDifferent: (...rest) => countDifferent(model, ...rest),
    translate,
    relight: (...rest) => relight(model, ...rest),
    learnLitCells: (...rest) => learnLitCells(model, grid, ...rest),
    learn: (...rest) => learn(model, ...rest),
  }),
});
