/**
 * From the camera's picture to the one that is compared: in the kernels' reach, stretched if it has little contrast,
 * steadied, without what falls, and smoothed if noisy.
 */
import { createAlignment } from './alignment.ts';
import type { CellGrid } from './cell-grid.ts';
import { createContrast } from './contrast.ts';
import type { Kernels } from './kernels.ts';
import type { Mechanism } from './mechanisms.ts';
import { createNoiseMeter } from './noise-meter.ts';
import { beginPixelModel, type PixelModel } from './pixel-model.ts';
import { createPrecipitationMeter } from './precipitation.ts';
import { reseed } from './relighting.ts';
import type { VisionMemory } from './vision-memory.ts';

export type PictureIntake = {
  /** The mount trembled lately: what stands in front of the background is a pixel off now and then. */
  readonly trembles: boolean;
  begin(picture: Uint8Array): void;
  /**
   * Valid until the next call. The model is brought along where pictures are stretched otherwise or smoothed from now
   * on; `foreground`, of the frame before, is no background, unless everything is learnt yet.
   */
  take(picture: Uint8Array, sinceMs: number, foreground: Uint8Array, learning: boolean): Uint8Array;
};

/** Longer than a gust leaves a mount alone. */
const steadyAfterMs = 2_000;

export function createPictureIntake(
  grid: CellGrid,
  memory: VisionMemory,
  model: PixelModel,
  kernels: Kernels,
  has: (mechanism: Mechanism) => boolean,
): PictureIntake {
  const { widthPx, heightPx } = grid;
  const input = memory.bytes(widthPx * heightPx);
  const before = memory.bytes(widthPx * heightPx);
  const smoothed = memory.bytes(widthPx * heightPx);
  const alignment = createAlignment(widthPx, heightPx, memory, kernels);
  const meter = createNoiseMeter(grid, memory, kernels.countChanges);
  const contrast = createContrast();
  const curve = memory.scratch().bytes(256);
  const weather = createPrecipitationMeter(grid);
  let steadyMs = steadyAfterMs;

  function read(picture: Uint8Array): void {
    const { table } = contrast;
    input.set(picture);
    if (table === null) return;
    curve.set(table);
    kernels.translate(input, curve);
  }

  function wipe(luma: Uint8Array, foreground: Uint8Array, sinceMs: number): void {
    const fell = weather.falling;
    weather.step(luma, sinceMs);
    if (fell && weather.falling) kernels.wipeDrops(luma, before, foreground);
    else if (weather.falling) before.set(luma);
  }

  function steady(picture: Uint8Array, sinceMs: number): Uint8Array {
    const aligned = alignment.align(model, picture);
    steadyMs = aligned === picture ? Math.min(steadyAfterMs, steadyMs + sinceMs) : 0;
    return aligned;
  }

  return {
    get trembles() {
      return steadyMs < steadyAfterMs;
    },
    begin(picture) {
      input.set(picture);
      beginPixelModel(model, input);
      meter.step(input, 0);
    },
    take(picture, sinceMs, foreground, learning) {
      const levels = has('contrast') ? contrast.step(model.background, sinceMs) : null;
      read(picture);
      if (levels !== null) {
        curve.set(levels);
        kernels.relight(input, curve, learning ? null : foreground);
      }
      // Steadied first: what trembles would look like noise.
      const still = has('alignment') ? steady(input, sinceMs) : input;
      const changed = has('smoothing') && meter.step(still, sinceMs);
      if (has('precipitation')) wipe(still, foreground, sinceMs);
      if (meter.noisy) kernels.smooth(still, smoothed);
      const luma = meter.noisy ? smoothed : still;
      if (changed && learning) beginPixelModel(model, luma);
      else if (changed) reseed(model, luma, grid, foreground, () => false);
      return luma;
    },
  };
}
