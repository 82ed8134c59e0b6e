/** What the motion detector says about one frame. */
import type { UptimeMs } from '../wire/time.ts';

export type Observation = {
  readonly at: UptimeMs;
  readonly motion: boolean;
  /** 0 to 1 and above: the strongest region against the threshold of 1; `motion` is true from 1 on. */
  readonly score: number;
  /** Share of the picture that is foreground, 0 to 1. */
  readonly changed: number;
  /** Strongest first. A region whose score is below 1 is watched, and is not motion. */
  readonly regions: readonly Region[];
  readonly because: string;
};

export type Region = {
  /** Normalised, 0 to 1 from the top left. */
  readonly box: Box;
  /** Share of the picture that the region's foreground covers, 0 to 1. */
  readonly area: number;
  /** Where it moves: 0 is right, 90 is up, counter-clockwise below 360; null while it stands. */
  readonly directionDeg: number | null;
  /** Picture widths a second. */
  readonly speed: number;
  readonly score: number;
  /** Names of the include zones it touches. */
  readonly zones: readonly string[];
  readonly because: string;
};

export type Box = {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
};
