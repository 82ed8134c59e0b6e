/** Small scenes painted in luma, each with one difficulty, and how the detector is run over them. */
import type { Mechanism } from '../../../device/vision/mechanisms.ts';
import { createMotionDetector } from '../../../device/vision/motion-detector.ts';
import { type LightMode, motionSettingsSchema } from '../../../device/vision/motion-settings.ts';
import type { Observation } from '../../../device/vision/observation.ts';
import { uptimeMs } from '../../../device/wire/time.ts';
import { noiseAt } from '../../../tools/stress/seeded-noise.ts';

export const widthPx = 160;
export const heightPx = 90;
export const framesPerSecond = 10;

/** Brightness of a pixel at a time, and whether something that moves covers it. */
export type Paint = (x: number, y: number, seconds: number, frame: number) => number;
export type Cover = (x: number, y: number, seconds: number) => boolean;
export type PaintedScene = {
  readonly seconds: number;
  readonly paint: Paint;
  readonly moving?: Cover;
  readonly light?: LightMode;
};

export type SceneRun = {
  readonly observations: readonly Observation[];
  /** Share of the frames from second `from` to second `to` that were flagged as motion. */
  readonly flagged: (from: number, to: number) => number;
  /** Share of the picture that was foreground in the frame at that second. */
  readonly changedAt: (seconds: number) => number;
  /** F of the masks against `moving`, over all frames from second 5 on. */
  readonly f: number;
};

export function runScene(scene: PaintedScene, without: readonly Mechanism[] = []): SceneRun {
  const settings = motionSettingsSchema.parse({});
  const detector = createMotionDetector({ widthPx, heightPx, settings, without });
  const observations: Observation[] = [];
  const luma = new Uint8Array(widthPx * heightPx);
  let hits = 0;
  let errors = 0;
  for (let frame = 0; frame < scene.seconds * framesPerSecond; frame++) {
    const seconds = frame / framesPerSecond;
    for (let y = 0, i = 0; y < heightPx; y++) {
      for (let x = 0; x < widthPx; x++, i++) {
        const value = scene.paint(x, y, seconds, frame) + sensorNoise(i, frame);
        luma[i] = Math.max(0, Math.min(255, Math.round(value)));
      }
    }
    observations.push(detector.observe(luma, uptimeMs(frame * 100), scene.light ?? 'day'));
    if (scene.moving === undefined || seconds < 5) continue;
    const mask = detector.foreground();
    for (let y = 0, i = 0; y < heightPx; y++) {
      for (let x = 0; x < widthPx; x++, i++) {
        const truth = scene.moving(x, y, seconds);
        if (truth && mask[i] !== 0) hits++;
        else if (truth !== (mask[i] !== 0)) errors++;
      }
    }
  }
  const at = (seconds: number) => Math.round(seconds * framesPerSecond);
  return {
    observations,
    flagged: (from, to) => {
      const span = observations.slice(at(from), at(to));
      return span.filter(({ motion }) => motion).length / span.length;
    },
    changedAt: (seconds) => observations[at(seconds)]?.changed ?? Number.NaN,
    f: (2 * hits) / (2 * hits + errors),
  };
}

const sensorNoise = (i: number, frame: number): number =>
  (noiseAt(7, i, frame, 1) + noiseAt(7, i, frame, 2) - 1) * 4;

/** A wall of bricks: texture everywhere. */
export const bricks: Paint = (x, y) => {
  const row = Math.floor(y / 6);
  const joint = y % 6 === 0 || (x + (row % 2) * 7) % 14 === 0;
  return joint ? 70 : 120 + 30 * noiseAt(3, row, Math.floor((x + (row % 2) * 7) / 14));
};

/** A plain wall, a little darker downwards. */
export const plaster: Paint = (_x, y) => 150 - y / 6;

/** A body 14 wide and 40 high with a pattern of its own, walking 20 pixels a second from the left at second `from`. */
export const walker =
  (from: number): Cover =>
  (x, y, seconds) => {
    const left = -14 + (seconds - from) * 20;
    return seconds >= from && x >= left && x < left + 14 && y >= 35 && y < 75;
  };
export const clothes: Paint = (x, y) => (y < 43 ? 190 : 40 + ((x + y) % 5) * 4);
