/**
 * Time for a cloud and all its doorbells together, which passes only when it is told to, from timer to timer. The
 * cloud's own virtual clock, which here waits for the doorbells as well.
 */
import { setImmediate } from 'node:timers/promises';
import { openVirtualClock, type VirtualClock } from '../../cloud-stub/backends/virtual-clock.ts';
import { type DurationMs, type EpochMs, epochMs, hours } from '../../device/wire/time.ts';

export type VirtualTime = {
  readonly clock: VirtualClock;
  /** Moves time on by `length`, running each timer at its time. */
  advance(length: DurationMs): Promise<void>;
  /** Moves time on until `condition` holds; false when it does not within `limit`. */
  advanceUntil(condition: () => boolean, limit: DurationMs): Promise<boolean>;
  /** Moves time on as far as `work` needs to end, and no further. Throws what it throws. */
  advanceWhile<Result>(work: Promise<Result>): Promise<Result>;
};

/** When a simulation begins unless it says otherwise: a Monday morning. */
export const defaultStart = epochMs(Date.parse('2026-03-02T08:00:00Z'));

/**
 * A simulated board waits for nothing but promises and timers: after these turns of the event loop, all that can
 * settle has.
 */
const boardTurns = 2;
/** What waits for a thread and not for a timer, as cryptography does, needs turns and no time. */
const threadTurns = 50;
/** Work that needs more than this has gone wrong. */
const workMsMax = hours(24);

export const startVirtualTime = (start: EpochMs): VirtualTime =>
  virtualTimeOn(openVirtualClock(start));

/** On a clock that may wait for others besides. */
export function virtualTimeOn(clock: VirtualClock): VirtualTime {
  clock.onSettle(async () => {
    for (let turn = 0; turn < boardTurns; turn++) await setImmediate();
    return true;
  });
  return {
    clock,
    async advance(length) {
      await clock.advance(length);
      // The last move may lie behind the last timer.
      await clock.settle();
    },
    async advanceUntil(condition, limit) {
      await clock.advance(limit, condition);
      await clock.settle();
      return condition();
    },
    async advanceWhile(work) {
      let over = false;
      const mark = (): void => {
        over = true;
      };
      work.then(mark, mark);
      for (let turn = 0; turn < threadTurns && !over; turn++) await clock.settle();
      if (!over) await clock.advance(workMsMax, () => over);
      return work;
    },
  };
}
