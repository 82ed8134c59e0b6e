/** One piece of footage through the detector and the gate, compared with its truth as it passes. */

import type { Mechanism } from '../../device/vision/mechanisms.ts';
import { createMotionDetector, type MotionDetector } from '../../device/vision/motion-detector.ts';
import { type GateState, quietGate, stepGate } from '../../device/vision/motion-gate.ts';
import type { MotionSettings } from '../../device/vision/motion-settings.ts';
import type { Observation } from '../../device/vision/observation.ts';
import { uptimeMs } from '../../device/wire/time.ts';
import { type BoxScore, noBoxes, scoreBoxes } from './box-score.ts';
import { addConfusion, type Confusion, countPixels, noPixels } from './confusion.ts';
import type { Footage } from './footage.ts';
import { type IntervalScore, scoreIntervals } from './interval-score.ts';
import { createKeepsakeBook, expectationOf, type Keepsake } from './keepsakes.ts';
import { type LumaPicture, readLuma } from './luma-frames.ts';

export type RunOptions = {
  readonly settings: MotionSettings;
  /** False alarms do not count before this. */
  readonly learningMs: number;
  readonly without?: readonly Mechanism[];
  /** Changes each picture before the detector sees it, truth unchanged. */
  readonly stress?: (picture: LumaPicture) => LumaPicture;
  readonly onFrame?: (frame: FrameResult) => void | Promise<void>;
};

export type FrameResult = {
  readonly index: number;
  readonly observation: Observation;
  readonly moving: boolean;
  readonly foreground: Uint8Array;
  readonly widthPx: number;
  readonly heightPx: number;
};

export type FootageScore = {
  readonly name: string;
  readonly category: string;
  readonly frames: number;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly framesPerSecond: number;
  /** By frame: whether the observation said motion. */
  readonly flags: readonly boolean[];
  /** `motion-began` and `motion-ended` of the gate, by frame. */
  readonly events: readonly { readonly frame: number; readonly kind: string }[];
  readonly intervals: IntervalScore | null;
  readonly pixels: Confusion | null;
  readonly maskFrames: number;
  readonly boxes: BoxScore | null;
  /** Largest box of a region that counted as motion after learning, as a share of the picture. */
  readonly largestRegion: number;
  /** Frames a second of the detector alone, and with decoding and comparing. */
  readonly detectorFramesPerSecond: number;
  readonly wholeFramesPerSecond: number;
  readonly keepsakes: readonly Keepsake[];
};

const keepsakesMax = 6;

export async function scoreFootage(footage: Footage, options: RunOptions): Promise<FootageScore> {
  const { truth, source } = footage;
  const settings = withRegion(options.settings, footage);
  const expect = expectationOf(
    truth.intervals ?? [],
    Math.ceil((options.learningMs * (source.framesPerSecond ?? 25)) / 1000),
  );
  const keepsakes = createKeepsakeBook(expect, keepsakesMax);
  const flags: boolean[] = [];
  const events: { frame: number; kind: string }[] = [];
  let detector: MotionDetector | null = null;
  let gate: GateState = quietGate;
  let pixels: Confusion = noPixels;
  let boxes: BoxScore = noBoxes;
  let maskFrames = 0;
  let largestRegion = 0;
  let detectorMs = 0;
  let last: LumaPicture | null = null;
  const startedAt = performance.now();

  for await (const decoded of readLuma(source)) {
    const picture = options.stress?.(decoded) ?? decoded;
    const { index, widthPx, heightPx } = picture;
    detector ??= createMotionDetector({
      widthPx,
      heightPx,
      settings,
      ...(options.without === undefined ? {} : { without: options.without }),
    });
    const at = uptimeMs(Math.round((index * 1000) / picture.framesPerSecond));
    const before = performance.now();
    const observation = detector.observe(picture.luma, at, truth.light(index));
    detectorMs += performance.now() - before;
    const step = stepGate(gate, observation, settings);
    gate = step.state;
    events.push(...step.effects.map(({ kind }) => ({ frame: index, kind })));
    flags.push(observation.motion);
    const counted = observation.regions.filter((region) => region.score >= 1);
    keepsakes.see(picture, observation.motion, observation.regions, observation.because);
    if (at >= options.learningMs) {
      for (const { box } of counted) {
        largestRegion = Math.max(largestRegion, box.width * box.height);
      }
    }
    if (truth.boxes !== null) {
      boxes = scoreBoxes(
        boxes,
        truth.boxes(index),
        counted.map(({ box }) => box),
      );
    }
    const mask = (await truth.masks?.maskOf(index)) ?? null;
    if (mask !== null) {
      const seen = { bytes: detector.foreground(), widthPx, heightPx };
      pixels = addConfusion(pixels, countPixels(seen, mask, truth.masks?.region ?? null));
      maskFrames++;
    }
    await options.onFrame?.({
      index,
      observation,
      moving: gate.kind === 'moving',
      foreground: detector.foreground(),
      widthPx,
      heightPx,
    });
    last = picture;
  }
  const wholeMs = performance.now() - startedAt;
  const framesPerSecond = last?.framesPerSecond ?? source.framesPerSecond ?? 25;
  return {
    name: footage.name,
    category: footage.category,
    frames: flags.length,
    widthPx: last?.widthPx ?? 0,
    heightPx: last?.heightPx ?? 0,
    framesPerSecond,
    flags,
    events,
    intervals:
      truth.intervals === null
        ? null
        : scoreIntervals(flags, truth.intervals, framesPerSecond, options.learningMs),
    pixels: maskFrames === 0 ? null : pixels,
    maskFrames,
    boxes: truth.boxes === null ? null : boxes,
    largestRegion,
    detectorFramesPerSecond: (flags.length * 1000) / Math.max(1, detectorMs),
    wholeFramesPerSecond: (flags.length * 1000) / Math.max(1, wholeMs),
    keepsakes: keepsakes.worst(),
  };
}

/** Labels that speak of one region only are compared with a detector that looks only there. */
function withRegion(settings: MotionSettings, footage: Footage): MotionSettings {
  const { region } = footage.truth;
  if (region === null) return settings;
  const { x, y, width, height } = region;
  const polygon = [
    { x, y },
    { x: x + width, y },
    { x: x + width, y: y + height },
    { x, y: y + height },
  ];
  const zone = { name: 'labelled region', kind: 'include', polygon, sensitivity: null } as const;
  return { ...settings, zones: [...settings.zones, zone] };
}
