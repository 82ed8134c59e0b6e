/** This machine's clocks, which can be set on: days pass as for a machine that slept. */
import { systemClock } from '../../cloud-stub/backends/system-clock.ts';
import type { Clock, Timer } from '../../cloud-stub/ports.ts';
import { type DurationMs, later, milliseconds } from '../../device/wire/time.ts';

export type MovedClock = Clock & {
  /** Both clocks go on by `length` at once; timers that are due then fire, in the order they were due. */
  moveOn(length: DurationMs): void;
};

type Waiting = { readonly dueMs: number; readonly act: () => void; timer: Timer };

export function createMovedClock(): MovedClock {
  const timers = new Set<Waiting>();
  let movedMs = milliseconds(0);
  const monotonic = (): DurationMs => milliseconds(systemClock.monotonic() + movedMs);

  function arm(name: string, waiting: Omit<Waiting, 'timer'>): Waiting {
    const fire = (): void => {
      timers.delete(armed);
      waiting.act();
    };
    const left = (): DurationMs => milliseconds(Math.max(0, waiting.dueMs - monotonic()));
    const armed: Waiting = { ...waiting, timer: systemClock.setTimer(name, left(), fire) };
    timers.add(armed);
    return armed;
  }

  return {
    now: () => later(systemClock.now(), movedMs),
    monotonic,
    setTimer(name, delay, act) {
      const armed = arm(name, { dueMs: monotonic() + delay, act });
      return {
        cancel() {
          timers.delete(armed);
          armed.timer.cancel();
        },
      };
    },
    moveOn(length) {
      movedMs = milliseconds(movedMs + length);
      const now = monotonic();
      for (const waiting of [...timers].sort((a, b) => a.dueMs - b.dueMs)) {
        // One that fired before it may have cancelled it.
        if (waiting.dueMs > now || !timers.delete(waiting)) continue;
        waiting.timer.cancel();
        waiting.act();
      }
      for (const waiting of timers) {
        waiting.timer.cancel();
        waiting.timer = systemClock.setTimer('moved', milliseconds(waiting.dueMs - now), () => {
          timers.delete(waiting);
          waiting.act();
        });
      }
    },
  };
}
