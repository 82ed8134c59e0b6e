/** A board clock that stands still until it is told to move, from timer to timer. */
import type { Clock } from '../../../device/board.ts';
import { epochMs, type UptimeMs, uptimeMs } from '../../../device/wire/time.ts';

export type BoardClock = Clock & {
  /** Moves time on, running each timer at its time and letting promises settle in between. */
  advance(ms: number): Promise<void>;
  /** Moves time on until `condition` holds; fails when it does not within `limitMs`. */
  advanceUntil(condition: () => boolean, limitMs: number): Promise<void>;
  setSyncedAt(at: UptimeMs | null): void;
  pending(): readonly string[];
};

type Waiting = {
  readonly name: string;
  readonly at: number;
  readonly order: number;
  readonly act: () => void;
};

/** `wallAtStart` is the wall clock at uptime 0. */
export function createBoardClock(wallAtStart = 1_700_000_000_000): BoardClock {
  let now = 0;
  let order = 0;
  let syncedAt: UptimeMs | null = uptimeMs(0);
  const timers = new Set<Waiting>();

  const next = (): Waiting | undefined =>
    [...timers].sort((a, b) => a.at - b.at || a.order - b.order)[0];

  async function advanceTo(target: number, stop: () => boolean): Promise<void> {
    await settle();
    while (!stop()) {
      const timer = next();
      if (timer === undefined || timer.at > target) break;
      timers.delete(timer);
      now = Math.max(now, timer.at);
      timer.act();
      await settle();
    }
    if (!stop()) now = target;
    await settle();
  }

  return {
    now: () => epochMs(wallAtStart + now),
    uptime: () => uptimeMs(now),
    syncedAt: () => syncedAt,
    setSyncedAt(at) {
      syncedAt = at;
    },
    setTimer(name, delay, act) {
      const timer: Waiting = { name, at: now + delay, order: order++, act };
      timers.add(timer);
      return { cancel: () => timers.delete(timer) };
    },
    advance: (ms) => advanceTo(now + ms, () => false),
    async advanceUntil(condition, limitMs) {
      const from = now;
      await advanceTo(now + limitMs, condition);
      if (!condition()) {
        throw new Error(`not within ${now - from} ms of virtual time: ${condition.toString()}`);
      }
    },
    pending: () => [...timers].map(({ name }) => name),
  };
}

/** Lets every promise that can settle do so: fakes use no macrotasks of their own. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}
