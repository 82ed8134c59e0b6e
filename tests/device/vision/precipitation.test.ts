/** When rain and snow are told, and when not; what wiping leaves of a picture. */
import { describe, expect, test } from 'vitest';
import { divideIntoCells } from '../../../device/vision/cell-grid.ts';
import { createPrecipitationMeter, wipeDrops } from '../../../device/vision/precipitation.ts';
import { noiseAt } from '../../../tools/stress/seeded-noise.ts';
import { bricks, heightPx, type Paint, plaster, widthPx } from './painted-scenes.ts';

/** Whether something falls after so many seconds of a scene. */
function fallsIn(paint: Paint, framesPerSecond = 15, seconds = 4): boolean {
  const meter = createPrecipitationMeter(divideIntoCells(widthPx, heightPx));
  const luma = new Uint8Array(widthPx * heightPx);
  for (let frame = 0; frame < seconds * framesPerSecond; frame++) {
    for (let y = 0, i = 0; y < heightPx; y++) {
      for (let x = 0; x < widthPx; x++, i++) {
        luma[i] = Math.max(0, Math.min(255, paint(x, y, frame / framesPerSecond, frame)));
      }
    }
    meter.step(luma, 1000 / framesPerSecond);
  }
  return meter.falling;
}

/** Streaks over a hundredth of the picture's area. */
const drops = (x: number, y: number, frame: number): boolean =>
  noiseAt(4, frame, x, (y + 3 * x) >> 3) < 0.01;
const rain: Paint = (x, y, seconds, frame) =>
  bricks(x, y, seconds, frame) + (drops(x, y, frame) ? 40 : 0);

describe('rain and snow', () => {
  test.each<[string, boolean, Paint]>([
    ['a quiet wall: no', false, bricks],
    ['streaks over a hundredth of it: yes', true, rain],
    [
      'rain that has stopped: no',
      false,
      (x, y, seconds, frame) => (seconds < 1 ? rain : bricks)(x, y, seconds, frame),
    ],
    [
      'streaks that darken in every other frame: no',
      false,
      (x, y, seconds, frame) =>
        bricks(x, y, seconds, frame) + (drops(x, y, frame) ? (frame % 2 === 0 ? 40 : -40) : 0),
    ],
    [
      'noise: no',
      false,
      (x, y, seconds, frame) =>
        plaster(x, y, seconds, frame) + 80 * (noiseAt(9, x, y, frame) - 0.5),
    ],
    [
      'a trembling mount: no',
      false,
      (x, y, seconds, frame) => bricks(x + (noiseAt(2, frame) < 0.3 ? 1 : 0), y, seconds, frame),
    ],
    [
      'sparks in one corner: no',
      false,
      (x, y, seconds, frame) => {
        const spark = x < 60 && y < 40 && noiseAt(6, frame, x, y) < 0.1;
        return bricks(x, y, seconds, frame) + (spark ? 60 : 0);
      },
    ],
  ])('%s', (_title, falls, paint) => {
    expect(fallsIn(paint, 15, 16)).toBe(falls);
  });

  test('are not told where a frame comes so late that somebody bright had walked on', () => {
    expect(fallsIn(rain, 4)).toBe(false);
  });

  test('are taken off for one frame; what darkened comes back to the background at once', () => {
    const background = Uint8Array.of(100, 100, 100, 100, 100);
    //                   drop, lasting, dark, dark before, dark before and known
    const before = Uint8Array.of(100, 180, 100, 40, 40);
    const luma = Uint8Array.of(180, 180, 40, 100, 100);
    const foreground = Uint8Array.of(0, 0, 0, 0, 255);
    wipeDrops(luma, before, background, foreground);
    expect([...luma]).toEqual([100, 180, 40, 100, 40]);
    expect([...before]).toEqual([180, 180, 40, 100, 100]);
  });
});
