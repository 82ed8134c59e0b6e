/** When each frame of footage is: footage of a varying rate is scored in seconds, as footage of a steady one is. */

export type FrameTimes = {
  /** From the first frame. */
  atMs(frame: number): number;
  /** How long a run of frames lasts, first and last inclusive: until the frame after it begins. */
  secondsOf(first: number, last: number): number;
};

export const steadyTimes = (framesPerSecond: number): FrameTimes => ({
  atMs: (frame) => (frame * 1000) / framesPerSecond,
  secondsOf: (first, last) => Math.max(0, last - first + 1) / framesPerSecond,
});

/** The last frame lasts as long as the one before it. */
export function listedTimes(timesMs: readonly number[]): FrameTimes {
  const count = timesMs.length;
  const last = timesMs[count - 1] ?? 0;
  const step = count < 2 ? 0 : last - (timesMs[count - 2] ?? 0);
  const atMs = (frame: number): number => timesMs[frame] ?? last + (frame - count + 1) * step;
  return {
    atMs,
    secondsOf: (first, end) => Math.max(0, atMs(end + 1) - atMs(first)) / 1000,
  };
}

/** A gap longer than this is a clock that was set, not a camera that waited. */
const gapMsMax = 60_000;

export type FrameStamper = {
  /** The time of the next frame, from the first; never backwards. */
  next(atMs: number | null): number;
  /** Frames whose own time was missing, ran backwards or leapt. */
  mended(): number;
};

/** Takes a footage's own times where they make sense, and goes on at `stepMs` where they do not. */
export function createFrameStamper(stepMs: () => number): FrameStamper {
  let offsetMs: number | null = null;
  let lastMs: number | null = null;
  let mended = 0;
  return {
    next(atMs) {
      if (lastMs === null) {
        offsetMs = atMs;
        lastMs = 0;
        return 0;
      }
      const own: number | null = atMs === null || offsetMs === null ? null : atMs - offsetMs;
      if (own !== null && own > lastMs && own - lastMs <= gapMsMax) {
        lastMs = own;
        return own;
      }
      mended++;
      lastMs += stepMs();
      if (atMs !== null) offsetMs = atMs - lastMs;
      return lastMs;
    },
    mended: () => mended,
  };
}
