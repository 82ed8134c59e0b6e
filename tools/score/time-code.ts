/**
 * How the times of frames come with their pictures. Left alone, ffmpeg would drop frames whose times are missing or run
 * backwards, or make times up for them. So each frame gets a stamp that is greater than the one before, whatever
 * its own time, and how much greater says what that was. The first stamp says the footage's frame rate.
 */

/** Time bases in use divide this: 1/15360, 1/12800, 1/90000, 1001/30000 ... */
const ticksPerSecond = 28_800_000;
/** NTSC's rates become whole numbers. */
const rateUnit = 1_001_000;
const rateMax = 1_000;

/** By how much a stamp exceeds the last. A time further on by n ticks is 4 n. */
const steps = {
  /** What a muxer does to stamps that begin anew, as ffmpeg's filters do when the picture changes its form. */
  anew: 1,
  missing: 2,
  backwards: 3,
} as const;
const stepsPerTick = 4;

/** Needs `stampOptions` at the output. Register 0 holds the newest time, 1 the step. */
export const stampFilters: readonly string[] = [
  `settb=1/${ticksPerSecond}`,
  "setpts='" +
    `st(1,if(isnan(PTS),${steps.missing},if(gt(PTS,ld(0)),${stepsPerTick}*(PTS-ld(0)),${steps.backwards})));` +
    'if(isnan(PTS),0,st(0,PTS));' +
    `if(N,PREV_OUTPTS+ld(1),if(between(FR,0,${rateMax}),round(FR*${rateUnit}),0))'`,
];

/** `-vsync` is gone from ffmpeg 9, `-fps_mode` came with 5.1. */
export const stampOptions = (timing: '-fps_mode' | '-vsync'): readonly string[] => [
  ...[timing, 'passthrough', '-enc_time_base', `1/${ticksPerSecond}`],
];

export type TimeDecoder = {
  /**
   * The time of the next frame, from the first; null where the footage has none; earlier than the last by any amount
   * where it runs backwards. `anew` when the picture has changed its form.
   */
  next(stamp: number): number | null | 'anew';
  /** Frames a second as the file has it; null when it says none, or nonsense. */
  frameRate(): number | null;
};

export function createTimeDecoder(): TimeDecoder {
  let last: number | null = null;
  let ticks = 0;
  let frameRate: number | null = null;
  return {
    next(stamp) {
      const step = last === null ? null : stamp - last;
      last = stamp;
      if (step === null) {
        frameRate = stamp > 0 ? stamp / rateUnit : null;
        return 0;
      }
      if (step === steps.missing) return null;
      if (step >= stepsPerTick) ticks += step / stepsPerTick;
      else if (step === steps.backwards) ticks--;
      else return 'anew';
      return (ticks * 1000) / ticksPerSecond;
    },
    frameRate: () => frameRate,
  };
}
