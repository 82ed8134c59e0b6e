/** This host's clocks. Its wall clock is taken as set by NTP, as on any machine that runs containers. */
import { performance } from 'node:perf_hooks';
import type { Clock, Timer } from '../board.ts';
import {
  type DurationMs,
  type EpochMs,
  epochMs,
  milliseconds,
  type UptimeMs,
  uptimeMs,
} from '../wire/time.ts';

export type ClockSettings = {
  /** What stands for this machine's wall clock, where it is not to be told by it. */
  readonly wall?: () => EpochMs;
  /** Added to the wall clock: a device whose clock is wrong. */
  readonly offsetMs?: DurationMs;
  /** Parts per million by which the wall clock runs fast. */
  readonly skewPpm?: number;
  /** False: a device that never reached a time server. */
  readonly synced?: boolean;
};

/** The most that setTimeout can wait for at once, 24.8 days; and what it waits for may end a millisecond early. */
const partMsMax = 2 ** 31 - 1;

/** Boots now: uptime starts at 0. */
export class SystemClock implements Clock {
  readonly #bootedAtMs = performance.now();
  readonly #wall: () => EpochMs;
  readonly #offsetMs: DurationMs;
  readonly #skew: number;
  readonly #syncedAt: UptimeMs | null;

  constructor(settings: ClockSettings = {}) {
    this.#wall = settings.wall ?? (() => epochMs(Date.now()));
    this.#offsetMs = settings.offsetMs ?? milliseconds(0);
    this.#skew = (settings.skewPpm ?? 0) / 1_000_000;
    this.#syncedAt = settings.synced === false ? null : uptimeMs(0);
  }

  now(): EpochMs {
    return epochMs(Math.round(this.#wall() + this.#offsetMs + this.uptime() * this.#skew));
  }

  uptime(): UptimeMs {
    return uptimeMs(Math.floor(performance.now() - this.#bootedAtMs));
  }

  syncedAt(): UptimeMs | null {
    return this.#syncedAt;
  }

  setTimer(_name: string, delay: DurationMs, act: () => void): Timer {
    const dueMs = performance.now() + delay;
    let timer: NodeJS.Timeout;
    const wait = (): void => {
      const leftMs = Math.max(0, Math.ceil(dueMs - performance.now()));
      timer = setTimeout(awake, Math.min(leftMs, partMsMax));
    };
    const awake = (): void => (performance.now() < dueMs ? wait() : act());
    wait();
    return { cancel: () => clearTimeout(timer) };
  }
}
