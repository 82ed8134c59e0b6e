/** This machine's clocks, which can be set on: days pass as for a machine that slept. */
import { systemClock } from '../../cloud-stub/backends/system-clock.ts';
import type { Clock, Timer } from '../../cloud-stub/ports.ts';
import { type DurationMs, later, milliseconds } from '../../device/wire/time.ts';

export type MovedClock = Clock & {
  /** Both clocks go on by `length` at once; timers that are due then fire, in the order they were due. */
  moveOn(length: DurationMs): void;
};

type Waiting = { readonly dueMs: number; readonly fire: () => void; timer: Timer };

export function createMovedClock(): MovedClock {
  const waiting = new Set<Waiting>();
  let movedMs = milliseconds(0);
  const monotonic = (): DurationMs => milliseconds(systemClock.monotonic() + movedMs);
  const wait = (dueMs: number, fire: () => void): Timer =>
    systemClock.setTimer('moved', milliseconds(Math.max(0, dueMs - monotonic())), fire);

  return {
    now: () => later(systemClock.now(), movedMs),
    monotonic,
    setTimer(_name, delay, act) {
      const dueMs = monotonic() + delay;
      const fire = (): void => {
        if (waiting.delete(own)) act();
      };
      const own: Waiting = { dueMs, fire, timer: wait(dueMs, fire) };
      waiting.add(own);
      return {
        cancel() {
          waiting.delete(own);
          own.timer.cancel();
        },
      };
    },
    moveOn(length) {
      movedMs = milliseconds(movedMs + length);
      for (const one of waiting) one.timer.cancel();
      const now = monotonic();
      const due = [...waiting].filter(({ dueMs }) => dueMs <= now);
      // One that fires may cancel a later one, which is then no longer waiting.
      for (const { fire } of due.sort((a, b) => a.dueMs - b.dueMs)) fire();
      for (const one of waiting) {
        one.timer.cancel();
        one.timer = wait(one.dueMs, one.fire);
      }
    },
  };
}
