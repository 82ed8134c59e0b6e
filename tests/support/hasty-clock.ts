/** A clock whose timers come early, for what a device does after seconds of silence; and they are on record. */
import type { Clock, Timer } from '../../device/board.ts';
import { SystemClock } from '../../device/peripherals/system-clock.ts';
import { type DurationMs, milliseconds } from '../../device/wire/time.ts';

export type HastyClock = Clock & {
  readonly timers: { readonly name: string; readonly delayMs: DurationMs }[];
};

/** Timers of more than 100 ms take a `haste`th of their time; those of them that `isHasty` when they are set. */
export function createHastyClock(
  haste: number,
  isHasty: (name: string) => boolean = () => true,
): HastyClock {
  const clock = new SystemClock();
  const timers: { name: string; delayMs: DurationMs }[] = [];
  return {
    timers,
    now: () => clock.now(),
    uptime: () => clock.uptime(),
    syncedAt: () => clock.syncedAt(),
    setTimer(name: string, delayMs: DurationMs, act: () => void): Timer {
      timers.push({ name, delayMs });
      const soon = delayMs > 100 && isHasty(name) ? milliseconds(delayMs / haste) : delayMs;
      return clock.setTimer(name, soon, act);
    },
  };
}
