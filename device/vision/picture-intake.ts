/**
 * From the camera's picture to the one that is compared: in the kernels' reach, stretched if it has little contrast,
 * steadied, and smoothed if noisy.
 */
import { createAlignment } from './alignment.ts';
import type { CellGrid } from './cell-grid.ts';
import { createContrast } from './contrast.ts';
import type { Kernels } from './kernels.ts';
import type { Mechanism } from './mechanisms.ts';
import { createNoiseMeter } from './noise-meter.ts';
import { beginPixelModel, type PixelModel } from './pixel-model.ts';
import { relight, reseed } from './relighting.ts';
import type { VisionMemory } from './vision-memory.ts';

export type PictureIntake = {
  begin(picture: Uint8Array): void;
  /**
   * Valid until the next call. The model is brought along where pictures are stretched otherwise or smoothed from now
   * on; `foreground` is no background, null while everything is.
   */
  take(picture: Uint8Array, sinceMs: number, foreground: Uint8Array | null): Uint8Array;
};

export function createPictureIntake(
  grid: CellGrid,
  memory: VisionMemory,
  model: PixelModel,
  kernels: Kernels,
  has: (mechanism: Mechanism) => boolean,
): PictureIntake {
  const { widthPx, heightPx } = grid;
  const input = memory.bytes(widthPx * heightPx);
  const smoothed = memory.bytes(widthPx * heightPx);
  const alignment = createAlignment(widthPx, heightPx, memory, kernels);
  const meter = createNoiseMeter(grid, memory, kernels.countChanges);
  const contrast = createContrast();

  function read(picture: Uint8Array): void {
    const { table } = contrast;
    if (table === null) input.set(picture);
    else for (let i = 0; i < picture.length; i++) input[i] = table[picture[i] as number] as number;
  }

  return {
    begin(picture) {
      input.set(picture);
      beginPixelModel(model, input);
      meter.step(input, 0);
    },
    take(picture, sinceMs, foreground) {
      const levels = has('contrast') ? contrast.step(model.background, sinceMs) : null;
      read(picture);
      if (levels !== null) relight(model, input, levels, foreground);
      // Steadied first: what trembles would look like noise.
      const steady = has('alignment') ? alignment.align(model, input) : input;
      const changed = has('smoothing') && meter.step(steady, sinceMs);
      if (meter.noisy) kernels.smooth(steady, smoothed);
      const luma = meter.noisy ? smoothed : steady;
      if (changed && foreground === null) beginPixelModel(model, luma);
      else if (changed && foreground !== null) reseed(model, luma, grid, foreground, () => false);
      return luma;
    },
  };
}
