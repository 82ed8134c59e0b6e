/** Compares what a detector says of each frame with the truth, and sums it up when the footage has ended. */
import { type GateState, quietGate, stepGate } from '../../device/vision/motion-gate.ts';
import type { MotionSettings } from '../../device/vision/motion-settings.ts';
import type { Observation } from '../../device/vision/observation.ts';
import { type BoxScore, noBoxes, scoreBoxes } from './box-score.ts';
import { addConfusion, type Confusion, countPixels, type MaskView, noPixels } from './confusion.ts';
import type { Footage } from './footage.ts';
import { listedTimes, steadyTimes } from './frame-times.ts';
import { type IntervalScore, scoreIntervals } from './interval-score.ts';
import { createKeepsakeBook, expectationOf, type Keepsake } from './keepsakes.ts';
import type { LumaPicture } from './luma-frames.ts';
import { createPixelKeepsakeBook, type PixelFrame, type PixelKeepsake } from './pixel-keepsakes.ts';

export type FrameResult = {
  readonly index: number;
  readonly observation: Observation;
  readonly moving: boolean;
  readonly foreground: Uint8Array;
  readonly widthPx: number;
  readonly heightPx: number;
};

export type WatchedAreas = Pick<MotionSettings, 'zones' | 'masks'>;

export type FootageScore = {
  readonly name: string;
  readonly category: string;
  readonly frames: number;
  readonly widthPx: number;
  readonly heightPx: number;
  /** Over the whole of it: of a varying rate, the mean. */
  readonly framesPerSecond: number;
  /** When each frame was, from the first. */
  readonly timesMs: readonly number[];
  /** By frame: whether the observation said motion. */
  readonly flags: readonly boolean[];
  /** `motion-began` and `motion-ended` of the gate, by frame. */
  readonly events: readonly { readonly frame: number; readonly kind: string }[];
  readonly intervals: IntervalScore | null;
  readonly pixels: Confusion | null;
  readonly maskFrames: number;
  /** The frames that have a mask. */
  readonly pixelFrames: readonly PixelFrame[];
  readonly boxes: BoxScore | null;
  /** Largest box of a region that counted as motion after learning, as a share of the picture. */
  readonly largestRegion: number;
  /** Frames a second of the detector alone, and with decoding and comparing. */
  readonly detectorFramesPerSecond: number;
  readonly wholeFramesPerSecond: number;
  readonly keepsakes: readonly Keepsake[];
  readonly pixelKeepsakes: readonly PixelKeepsake[];
  /** Where the detector was told to look, and where not. */
  readonly areas: WatchedAreas;
  /** What was odd about the footage or its truth. */
  readonly notes: readonly string[];
};

export type SeenFrame = {
  readonly picture: LumaPicture;
  readonly observation: Observation;
  readonly foreground: Uint8Array;
  readonly mask: MaskView | null;
  readonly detectorMs: number;
};

export type FootageEnd = {
  readonly timesMs: readonly number[];
  readonly wholeMs: number;
  readonly notes: readonly string[];
};

export type FootageScorer = {
  see(frame: SeenFrame): FrameResult;
  finish(end: FootageEnd): FootageScore;
};

const keepsakesMax = 3;

export function createFootageScorer(
  footage: Footage,
  settings: MotionSettings,
  learningMs: number,
): FootageScorer {
  const { truth, source } = footage;
  const expected = expectationOf(truth.intervals ?? [], learningMs);
  const keepsakes = createKeepsakeBook(expected, keepsakesMax);
  const pixelKeepsakes = createPixelKeepsakeBook();
  const pixelFrames: PixelFrame[] = [];
  const flags: boolean[] = [];
  const events: { frame: number; kind: string }[] = [];
  let gate: GateState = quietGate;
  let pixels: Confusion = noPixels;
  let boxes: BoxScore = noBoxes;
  let largestRegion = 0;
  let detectorMs = 0;
  let last: LumaPicture | null = null;

  return {
    see({ picture, observation, foreground, mask, detectorMs: tookMs }) {
      const { index, widthPx, heightPx, atMs } = picture;
      detectorMs += tookMs;
      const step = stepGate(gate, observation, settings);
      gate = step.state;
      events.push(...step.effects.map(({ kind }) => ({ frame: index, kind })));
      flags.push(observation.motion);
      const counted = observation.regions.filter(({ score }) => score >= 1).map(({ box }) => box);
      const there = truth.boxes?.(index) ?? [];
      keepsakes.see(picture, observation, there);
      if (atMs >= learningMs) {
        for (const box of counted) largestRegion = Math.max(largestRegion, box.width * box.height);
      }
      if (truth.boxes !== null) boxes = scoreBoxes(boxes, there, counted);
      if (mask !== null) {
        const region = truth.masks?.region ?? null;
        const counts = countPixels({ bytes: foreground, widthPx, heightPx }, mask, region);
        const { regions } = observation;
        pixels = addConfusion(pixels, counts);
        pixelFrames.push({ frame: index, counts });
        pixelKeepsakes.see({ picture, regions, truth: there, foreground, mask, region, counts });
      }
      last = picture;
      return { index, observation, moving: gate.kind === 'moving', foreground, widthPx, heightPx };
    },
    finish({ timesMs, wholeMs, notes }) {
      const frames = flags.length;
      const stated = source.framesPerSecond;
      const times = stated === null ? listedTimes(timesMs) : steadyTimes(stated);
      const seconds = times.secondsOf(0, frames - 1);
      return {
        name: footage.name,
        category: footage.category,
        frames,
        widthPx: last?.widthPx ?? 0,
        heightPx: last?.heightPx ?? 0,
        framesPerSecond: stated ?? (seconds > 0 ? frames / seconds : (last?.framesPerSecond ?? 0)),
        timesMs,
        flags,
        events,
        intervals:
          truth.intervals === null
            ? null
            : scoreIntervals(flags, truth.intervals, times, learningMs),
        pixels: pixelFrames.length === 0 ? null : pixels,
        maskFrames: pixelFrames.length,
        pixelFrames,
        boxes: truth.boxes === null ? null : boxes,
        largestRegion,
        detectorFramesPerSecond: (frames * 1000) / Math.max(1, detectorMs),
        wholeFramesPerSecond: (frames * 1000) / Math.max(1, wholeMs),
        keepsakes: keepsakes.worst(),
        pixelKeepsakes: pixelKeepsakes.worst(),
        areas: { zones: settings.zones, masks: settings.masks },
        notes,
      };
    },
  };
}
