/** How the frames that were flagged as motion agree with intervals of truth. */
import type { FrameTimes } from './frame-times.ts';
import type { TruthInterval } from './interval-truth.ts';

export type FoundInterval = {
  readonly start: number;
  readonly end: number;
  readonly label: string;
  readonly found: boolean;
  /** Frames from `onsetFrom` to the first flag, 0 when it came before; null when missed or not owed. */
  readonly onsetFrames: number | null;
  readonly onsetMs: number | null;
  readonly framesFlagged: number;
};

export type FalseRun = {
  /** Frames, inclusive. */
  readonly start: number;
  readonly end: number;
};

export type IntervalScore = {
  readonly intervals: readonly FoundInterval[];
  readonly found: number;
  readonly of: number;
  readonly movingFrames: number;
  readonly movingFlagged: number;
  readonly quietFrames: number;
  readonly quietFlagged: number;
  readonly quietSeconds: number;
  readonly falseSeconds: number;
  readonly falseRuns: readonly FalseRun[];
  /** Runs of missed frames within moving intervals. */
  readonly missedRuns: readonly FalseRun[];
};

/**
 * Quiet intervals are shortened at both ends by their tolerance, moving ones are not; the first `learningMs` of the
 * footage do not count as quiet. Overlapping quiet intervals would count twice: truths with them are refused.
 */
export function scoreIntervals(
  flags: readonly boolean[],
  intervals: readonly TruthInterval[],
  times: FrameTimes,
  learningMs: number,
): IntervalScore {
  const learntFrame = firstFrameAt(times, learningMs, flags.length);
  const found: FoundInterval[] = [];
  const falseRuns: FalseRun[] = [];
  const missedRuns: FalseRun[] = [];
  let movingFrames = 0;
  let quietFrames = 0;
  let quietSeconds = 0;
  for (const interval of intervals) {
    const last = Math.min(interval.end, flags.length - 1);
    if (interval.moving) {
      movingFrames += Math.max(0, last - interval.start + 1);
      found.push(findInterval(flags, interval, last, times));
      missedRuns.push(...runsOf(flags, interval.start, last, false));
    } else {
      const from = Math.max(learntFrame, interval.start + interval.tolerance);
      const to = Math.min(flags.length - 1, interval.end - interval.tolerance);
      if (to >= from) {
        quietFrames += to - from + 1;
        quietSeconds += times.secondsOf(from, to);
      }
      falseRuns.push(...runsOf(flags, from, to, true));
    }
  }
  const quietFlagged = framesOf(falseRuns);
  return {
    intervals: found,
    found: found.filter((one) => one.found).length,
    of: found.length,
    movingFrames,
    movingFlagged: movingFrames - framesOf(missedRuns),
    quietFrames,
    quietFlagged,
    quietSeconds,
    falseSeconds: falseRuns.reduce((sum, run) => sum + times.secondsOf(run.start, run.end), 0),
    falseRuns,
    missedRuns,
  };
}

/** The first frame at or after a time. */
function firstFrameAt(times: FrameTimes, atMs: number, frames: number): number {
  let frame = 0;
  // Half a microsecond: a frame at 5 s sharp may come out a rounding error before it.
  while (frame < frames && times.atMs(frame) < atMs - 5e-4) frame++;
  return frame;
}

function findInterval(
  flags: readonly boolean[],
  interval: TruthInterval,
  last: number,
  times: FrameTimes,
): FoundInterval {
  let first: number | null = null;
  let framesFlagged = 0;
  for (let frame = interval.start; frame <= last; frame++) {
    if (flags[frame] !== true) continue;
    first ??= frame;
    framesFlagged++;
  }
  const owed = interval.onsetFrom;
  const onsetFrames = first === null || owed === null ? null : Math.max(0, first - owed);
  return {
    start: interval.start,
    end: interval.end,
    label: interval.label,
    found: first !== null,
    onsetFrames,
    onsetMs:
      onsetFrames === null || owed === null
        ? null
        : Math.round(times.atMs(owed + onsetFrames) - times.atMs(owed)),
    framesFlagged,
  };
}

function runsOf(flags: readonly boolean[], from: number, to: number, value: boolean): FalseRun[] {
  const runs: FalseRun[] = [];
  let start: number | null = null;
  for (let frame = from; frame <= to + 1; frame++) {
    const inside = frame <= to && flags[frame] === value;
    if (inside) start ??= frame;
    else if (start !== null) {
      runs.push({ start, end: frame - 1 });
      start = null;
    }
  }
  return runs;
}

const framesOf = (runs: readonly FalseRun[]): number =>
  runs.reduce((sum, run) => sum + run.end - run.start + 1, 0);
