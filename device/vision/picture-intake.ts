/** From the camera's picture to the one that is compared: in the kernels' reach, steadied, and smoothed if noisy. */
import { createAlignment } from './alignment.ts';
import type { CellGrid } from './cell-grid.ts';
import type { Kernels } from './kernels.ts';
import type { Mechanism } from './mechanisms.ts';
import { createNoiseMeter } from './noise-meter.ts';
import { beginPixelModel, type PixelModel } from './pixel-model.ts';
import type { VisionMemory } from './vision-memory.ts';

export type PictureIntake = {
  begin(picture: Uint8Array): void;
  /**
   * Valid until the next call. `renew` is asked for the background of pictures that are smoothed from now on, or no
   * more.
   */
  take(picture: Uint8Array, sinceMs: number, renew: (luma: Uint8Array) => void): Uint8Array;
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
  const alignment = createAlignment(widthPx, heightPx, memory);
  const meter = createNoiseMeter(widthPx, heightPx);
  return {
    begin(picture) {
      beginPixelModel(model, picture);
      meter.step(picture, model.background, 0);
    },
    take(picture, sinceMs, renew) {
      input.set(picture);
      // Steadied first: what trembles would look like noise.
      const steady = has('alignment') ? alignment.align(model, input) : input;
      const changed = has('smoothing') && meter.step(steady, model.background, sinceMs);
      if (meter.noisy) kernels.smooth(steady, smoothed);
      const luma = meter.noisy ? smoothed : steady;
      if (changed) renew(luma);
      return luma;
    },
  };
}
