/** Keeps a picture of each of the longest false alarms and misses while the footage runs past once. */
import type { Box, Observation, Region } from '../../device/vision/observation.ts';
import type { TruthInterval } from './interval-truth.ts';
import type { LumaPicture } from './luma-frames.ts';

export type Keepsake = {
  readonly kind: 'false-alarm' | 'miss';
  /** The run it stands for, and the frame that is shown. */
  readonly start: number;
  readonly frames: number;
  /** From the run's first frame to its last. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly shown: number;
  readonly picture: LumaPicture;
  readonly regions: readonly Region[];
  /** Where something really moved. */
  readonly truth: readonly Box[];
  readonly because: string;
};

export type KeepsakeBook = {
  /** Bytes are copied only where they are kept. */
  see(picture: LumaPicture, observation: Observation, truth: readonly Box[]): void;
  /** The longest runs first. */
  worst(): readonly Keepsake[];
};

type Run = { -readonly [K in keyof Keepsake]: Keepsake[K] };

/** What the labels expect of a frame: motion, none, or null where they do not say. */
export type Expectation = (frame: number, atMs: number) => boolean | null;

/** Keeps `keepMax` of each kind. */
export function createKeepsakeBook(expected: Expectation, keepMax: number): KeepsakeBook {
  const kept: Run[] = [];
  let run: Run | null = null;

  function close(): void {
    if (run === null) return;
    kept.push(run);
    kept.sort((a, b) => b.frames - a.frames || a.start - b.start);
    // Of both kinds: misses are often longer, and would leave no place for false alarms.
    const of = kept.filter(({ kind }) => kind === run?.kind);
    const last = of.at(-1);
    if (of.length > keepMax && last !== undefined) kept.splice(kept.indexOf(last), 1);
    run = null;
  }

  return {
    see(picture, { motion: flagged, regions, because }, truth) {
      const owed = expected(picture.index, picture.atMs);
      const kind = owed === null || owed === flagged ? null : flagged ? 'false-alarm' : 'miss';
      if (run !== null && run.kind !== kind) close();
      if (kind === null) return;
      const { index, atMs } = picture;
      const times = { start: index, frames: 0, fromMs: atMs, toMs: atMs, shown: index };
      run ??= { kind, ...times, picture, regions, truth, because };
      run.frames++;
      run.toMs = atMs;
      // Shown is the run's 1st, 2nd, 4th, 8th ... frame: at the end it is one of its second half.
      if ((run.frames & (run.frames - 1)) === 0) {
        const copy = { ...picture, luma: picture.luma.slice() };
        Object.assign(run, { shown: picture.index, picture: copy, regions, truth, because });
      }
    },
    worst() {
      close();
      return kept;
    },
  };
}

export function expectationOf(
  intervals: readonly TruthInterval[],
  learningMs: number,
): Expectation {
  return (frame, atMs) => {
    for (const { start, end, tolerance, moving } of intervals) {
      if (moving && frame >= start && frame <= end) return true;
      const inside = frame >= start + tolerance && frame <= end - tolerance;
      if (!moving && inside && atMs >= learningMs) return false;
    }
    return null;
  };
}
