/** Keeps a picture of each of the longest false alarms and misses while the footage runs past once. */
import type { Region } from '../../device/vision/observation.ts';
import type { TruthInterval } from './interval-truth.ts';
import type { LumaPicture } from './luma-frames.ts';

export type Keepsake = {
  readonly kind: 'false-alarm' | 'miss';
  /** The run it stands for, and the frame that is shown. */
  readonly start: number;
  readonly frames: number;
  readonly shown: number;
  readonly picture: LumaPicture;
  readonly regions: readonly Region[];
  readonly because: string;
};

export type KeepsakeBook = {
  see(picture: LumaPicture, flagged: boolean, regions: readonly Region[], because: string): void;
  /** The longest runs first. */
  worst(): readonly Keepsake[];
};

type Run = { -readonly [K in keyof Keepsake]: Keepsake[K] };

export function createKeepsakeBook(
  expected: (frame: number) => boolean | null,
  keepMax: number,
): KeepsakeBook {
  const kept: Run[] = [];
  let run: Run | null = null;

  function close(): void {
    if (run === null) return;
    kept.push(run);
    kept.sort((a, b) => b.frames - a.frames || a.start - b.start);
    kept.length = Math.min(kept.length, keepMax);
    run = null;
  }

  return {
    see(picture, flagged, regions, because) {
      const truth = expected(picture.index);
      const kind = truth === null || truth === flagged ? null : flagged ? 'false-alarm' : 'miss';
      if (run !== null && run.kind !== kind) close();
      if (kind === null) return;
      run ??= { kind, start: picture.index, frames: 0, shown: 0, picture, regions, because };
      run.frames++;
      // Shown is the run's 1st, 2nd, 4th, 8th ... frame: at the end it is one of its second half.
      if ((run.frames & (run.frames - 1)) === 0) {
        Object.assign(run, { shown: picture.index, picture, regions, because });
      }
    },
    worst() {
      close();
      return kept;
    },
  };
}

/** What the labels expect of a frame: motion, none, or null where they do not say. */
export function expectationOf(
  intervals: readonly TruthInterval[],
  learntFrame: number,
): (frame: number) => boolean | null {
  return (frame) => {
    for (const { start, end, tolerance, moving } of intervals) {
      if (moving && frame >= start && frame <= end) return true;
      const inside = frame >= start + tolerance && frame <= end - tolerance;
      if (!moving && inside && frame >= learntFrame) return false;
    }
    return null;
  };
}
