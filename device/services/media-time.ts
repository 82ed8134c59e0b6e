/**
 * Media carries its own time, which a fast replay lets run ahead of the clock. What is said to the cloud stands on the
 * clock: a moment that lies some media time before the newest picture lies that long before now, and never after it.
 */
import type { Clock } from '../board.ts';
import { type EpochMs, epochMs, type UptimeMs, uptimeMs } from '../wire/time.ts';

export type MediaTime = {
  /** A picture, or the end of a fragment, was seen. */
  saw(at: UptimeMs): void;
  wallOf(at: UptimeMs): EpochMs;
  uptimeOf(at: UptimeMs): UptimeMs;
  /** When the clock was last set from a trusted source; null: never in this boot. */
  syncedAt(): UptimeMs | null;
  /** `at` on the timeline of the pictures: a press the clock stamped far behind them falls on the newest. */
  onMedia(at: UptimeMs): UptimeMs;
};

/** Further behind the newest picture than this, a moment was not taken from the pictures' own time. */
const behindMaxMs = 30_000;

export function createMediaTime(clock: Clock): MediaTime {
  let newest: UptimeMs | null = null;
  const behindMs = (at: UptimeMs): number => (newest === null ? 0 : Math.max(0, newest - at));
  const whole = (ms: number): number => Math.max(0, Math.round(ms));
  return {
    saw(at) {
      if (newest === null || at > newest) newest = at;
    },
    wallOf: (at) => epochMs(whole(clock.now() - behindMs(at))),
    uptimeOf: (at) => uptimeMs(whole(clock.uptime() - behindMs(at))),
    syncedAt() {
      const at = clock.syncedAt();
      return at === null ? null : uptimeMs(whole(at));
    },
    onMedia: (at) => (newest !== null && behindMs(at) > behindMaxMs ? newest : at),
  };
}
