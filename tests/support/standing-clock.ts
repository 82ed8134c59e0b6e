/**
 * A clock of the cloud that stands still until it is moved; timers fire in the order they are due.
 */
import type { Clock } from '../../cloud-stub/ports.ts';
import {
  type DurationMs,
  type EpochMs,
  epochMs,
  later,
  milliseconds,
} from '../../device/wire/time.ts';

export type StandingClock = Clock & {
  /** Moves time on by `length`, from timer to timer. */
  advance(length: DurationMs): void;
  /** Names of the timers that wait, in the order they were set. */
  waiting(): readonly string[];
};

type Waiting = { readonly name: string; readonly dueMs: number; readonly act: () => void };

export function standingClock(start: EpochMs = epochMs(1_800_000_000_000)): StandingClock {
  let uptimeMs = 0;
  const timers = new Set<Waiting>();
  const next = (untilMs: number): Waiting | null => {
    let first: Waiting | null = null;
    for (const timer of timers) {
      if (timer.dueMs <= untilMs && (first === null || timer.dueMs < first.dueMs)) first = timer;
    }
    return first;
  };
  return {
    now: () => later(start, milliseconds(uptimeMs)),
    monotonic: () => milliseconds(uptimeMs),
    setTimer(name, delay, act) {
      const timer = { name, dueMs: uptimeMs + delay, act };
      timers.add(timer);
      return { cancel: () => void timers.delete(timer) };
    },
    advance(length) {
      const untilMs = uptimeMs + length;
      for (let timer = next(untilMs); timer !== null; timer = next(untilMs)) {
        timers.delete(timer);
        uptimeMs = Math.max(uptimeMs, timer.dueMs);
        timer.act();
      }
      uptimeMs = untilMs;
    },
    waiting: () => [...timers].map(({ name }) => name),
  };
}
