/** One piece of footage to score, and everything that is known to be true of it. */

import type { LightMode } from '../../device/vision/motion-settings.ts';
import type { Box } from '../../device/vision/observation.ts';
import type { MaskView } from './confusion.ts';
import type { NormalisedRegion, TruthInterval } from './interval-truth.ts';
import type { LumaSource } from './luma-frames.ts';

export type Footage = {
  readonly name: string;
  /** Means are taken by category first, as CDnet does. */
  readonly category: string;
  readonly source: LumaSource;
  readonly truth: Truth;
};

export type Truth = {
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
};

export const noTruth: Truth = {
  intervals: null,
  region: null,
  boxes: null,
  masks: null,
  light: () => 'day',
};
