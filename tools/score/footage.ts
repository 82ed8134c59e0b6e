/** One piece of footage to score, and everything that is known to be true of it. */

import type { LightMode } from '../../device/vision/motion-settings.ts';
import type { Box } from '../../device/vision/observation.ts';
import type { MaskView } from './confusion.ts';
import type { NormalisedRegion, TruthInterval } from './interval-truth.ts';
import type { LumaSource } from './luma-source.ts';

export type Footage = {
  readonly name: string;
  /** Means are taken by category first, as CDnet does. */
  readonly category: string;
  readonly source: LumaSource;
  readonly truth: Truth;
  /** What is odd about it, for whoever reads the score. */
  readonly notes: readonly string[];
};

export type Truth = {
  /** Frames it speaks of; null where it does not say. */
  readonly frames: number | null;
  readonly intervals: readonly TruthInterval[] | null;
  readonly region: NormalisedRegion | null;
  readonly boxes: BoxTruth | null;
  readonly masks: MaskTruth | null;
  readonly light: (frame: number) => LightMode;
};

/** The boxes of what moves in a frame. */
export type BoxTruth = (frame: number) => readonly Box[];

export type MaskTruth = {
  /** Null for a frame without a mask. Asked once for each frame, in order. */
  readonly maskOf: (frame: number) => Promise<MaskView | null>;
  readonly region: MaskView | null;
  /** Asked when all frames have been seen: what does not fit, in a sentence, or null. */
  readonly misfit: (frames: number) => Promise<string | null>;
  /** Asked at the end, whatever it was. */
  readonly close: () => Promise<void>;
};

export const noTruth: Truth = {
  frames: null,
  intervals: null,
  region: null,
  boxes: null,
  masks: null,
  light: () => 'day',
};
