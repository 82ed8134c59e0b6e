/**
 * A clock that stands still until it is moved, and then steps from timer to timer: each fires at its own time, in the
 * order in which they are due, and whatever it set going is over before the next one fires. It never jumps. [RET-8]
 */
import assert from 'node:assert/strict';
import { type DurationMs, type EpochMs, later, milliseconds } from '../../device/wire/time.ts';
import type { Clock, Timer } from '../ports.ts';
import { WorkInFlight } from './work-in-flight.ts';

export type VirtualClock = Clock & {
  /**
   * Moves time on by `length`; resolves when it is there and all has settled. Asked for twice, the second follows the
   * first. Less than `length` when `until` holds earlier (asked at each step) or `stop` came in between.
   */
  advance(length: DurationMs, until?: () => boolean): Promise<Advance>;
  /** What the services wait for; count it here (`countedPorts`), and the clock waits for it too. */
  readonly work: WorkInFlight;
  /**
   * For what is in this process and is neither port nor service: `settle` resolves true when it had nothing to do, and
   * is asked again as long as any does.
   */
  onSettle(settle: () => Promise<boolean>): void;
  /** Resolves when nothing more can happen at this time. */
  settle(): Promise<void>;
  /** Tells of each move of the time, after it. */
  onMove(listener: () => void): void;
  /** Names of the timers that wait, the next one first. */
  waiting(): readonly string[];
  /** Ends an advance after the timer at work; time stands still from then on. */
  stop(): void;
};
export type Advance = { readonly now: EpochMs; readonly timersFired: number };

type Waiting = {
  readonly name: string;
  readonly dueMs: number;
  readonly order: number;
  readonly act: () => void;
};

/** The latest due first, so that the next one is taken from the end. */
const byDueDescending = (a: Waiting, b: Waiting): number => b.dueMs - a.dueMs || b.order - a.order;

export function openVirtualClock(start: EpochMs): VirtualClock {
  const work = new WorkInFlight();
  const timers: Waiting[] = [];
  const settlers: (() => Promise<boolean>)[] = [];
  const listeners: (() => void)[] = [];
  let elapsedMs = 0;
  let order = 0;
  let stopped = false;
  let advancing: Promise<unknown> = Promise.resolve();

  /** Where `timer` stands, or would stand. */
  function placeOf(timer: Waiting): number {
    let low = 0;
    let high = timers.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = timers[middle];
      assert(other !== undefined);
      if (byDueDescending(other, timer) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  function setTimer(name: string, delay: DurationMs, act: () => void): Timer {
    const timer: Waiting = { name, dueMs: elapsedMs + Math.max(0, delay), order: order++, act };
    if (delay <= 0) return fireThisInstant(timer);
    timers.splice(placeOf(timer), 0, timer);
    return {
      cancel() {
        const place = placeOf(timer);
        if (timers[place] === timer) timers.splice(place, 1);
      },
    };
  }

  /** What is due now needs no time to pass: it gives others their turn, also while the clock stands still. */
  function fireThisInstant({ act }: Waiting): Timer {
    let cancelled = false;
    void work.track(
      new Promise<void>((resolve) => {
        setImmediate(() => {
          try {
            if (!cancelled) act();
          } finally {
            resolve();
          }
        });
      }),
    );
    return {
      cancel() {
        cancelled = true;
      },
    };
  }

  async function settle(): Promise<void> {
    for (;;) {
      await work.settled();
      let wasQuiet = true;
      for (const each of settlers) wasQuiet = (await each()) && wasQuiet;
      if (wasQuiet) return;
    }
  }

  function moveTo(dueMs: number): void {
    elapsedMs = dueMs;
    for (const listener of listeners) listener();
  }

  async function run(length: DurationMs, until: () => boolean): Promise<Advance> {
    const untilMs = elapsedMs + length;
    let timersFired = 0;
    await settle();
    while (!stopped && !until()) {
      const next = timers.at(-1);
      if (next === undefined || next.dueMs > untilMs) {
        moveTo(untilMs);
        break;
      }
      timers.pop();
      moveTo(next.dueMs);
      timersFired++;
      next.act();
      await settle();
    }
    return { now: later(start, milliseconds(elapsedMs)), timersFired };
  }

  return {
    now: () => later(start, milliseconds(elapsedMs)),
    monotonic: () => milliseconds(elapsedMs),
    setTimer,
    work,
    advance(length, until = () => false) {
      assert(length >= 0, 'time is moved on, never back');
      const mine = advancing.then(() => run(length, until));
      advancing = mine.catch(() => {});
      return mine;
    },
    settle,
    onSettle: (each) => void settlers.push(each),
    onMove: (listener) => void listeners.push(listener),
    waiting: () => timers.map(({ name }) => name).reverse(),
    stop() {
      stopped = true;
    },
  };
}
