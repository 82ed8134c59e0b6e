/** By how much the picture of a trembling camera is found to be shifted. */
import { describe, expect, test } from 'vitest';
import { createAlignment } from '../../../device/vision/alignment.ts';
import { divideIntoCells } from '../../../device/vision/cell-grid.ts';
import { plainKernels } from '../../../device/vision/kernels.ts';
import { beginPixelModel, createPixelModel } from '../../../device/vision/pixel-model.ts';
import { bricks, heightPx, type Paint, widthPx } from './painted-scenes.ts';

const draw = (paint: Paint): Uint8Array =>
  Uint8Array.from({ length: widthPx * heightPx }, (_, i) =>
    Math.max(0, Math.min(255, paint(i % widthPx, Math.floor(i / widthPx), 0, 0))),
  );

/** What a picture is shifted by against bricks. */
function shiftOf(paint: Paint) {
  const grid = divideIntoCells(widthPx, heightPx);
  const { memory, bind } = plainKernels(grid);
  const model = createPixelModel(widthPx, heightPx, memory);
  beginPixelModel(model, draw(bricks));
  const alignment = createAlignment(widthPx, heightPx, memory, bind(model));
  alignment.align(model, draw(paint));
  return { ...alignment.shift };
}

const lamp = (x: number, y: number): number => 0.3 + 0.9 * Math.max(0, 1 - Math.hypot(x, y) / 140);

describe('alignment', () => {
  test.each<[string, Paint, { right: number; down: number }]>([
    ['a picture that fits is left alone', bricks, { right: 0, down: 0 }],
    ['a shift is found', (x, y) => bricks(x - 2, y + 1, 0, 0), { right: 2, down: -1 }],
    ['a lamp is no shift', (x, y) => bricks(x, y, 0, 0) * lamp(x, y), { right: 0, down: 0 }],
    [
      'a shift is found in the frame in which a lamp went out, too',
      (x, y) => bricks(x - 2, y + 1, 0, 0) * lamp(x, y),
      { right: 2, down: -1 },
    ],
  ])('%s', (_title, paint, shift) => {
    expect(shiftOf(paint)).toEqual(shift);
  });
});
