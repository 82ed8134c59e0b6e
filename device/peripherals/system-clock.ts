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
    const timer = setTimeout(act, delay);
    return { cancel: () => clearTimeout(timer) };
  }
}
