/**
 * Media carries its own time, which a fast replay lets run ahead of the clock and a camera's own clock lets drift from
 * it. What is said to the cloud stands on the clock: each moment is dated by when its pictures were taken, however late
 * a busy encoder hands them on, and never after now.
 */
import type { Clock } from '../board.ts';
import { type EpochMs, epochMs, type UptimeMs, uptimeMs } from '../wire/time.ts';

export type MediaTime = {
  /** A new stream: its times are right until they show otherwise. */
  began(): void;
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
/** Two cheap crystals part no faster: what pictures lag beyond it is the encoder's delay, not the camera's clock. */
const driftMax = 200e-6;

export function createMediaTime(clock: Clock): MediaTime {
  let newest: UptimeMs | null = null;
  /** The least that pictures lagged behind the clock (negative: they ran ahead of it), and at which uptime. */
  let least = { lagMs: 0, at: clock.uptime() };
  const whole = (ms: number): number => Math.max(0, Math.round(ms));
  const lagMsAt = (now: UptimeMs): number => least.lagMs + driftMax * (now - least.at);
  const agoMs = (at: UptimeMs): number => {
    const now = clock.uptime();
    return Math.max(0, now - (at + lagMsAt(now)));
  };
  return {
    began() {
      newest = null;
      least = { lagMs: 0, at: clock.uptime() };
    },
    saw(at) {
      const now = clock.uptime();
      if (now - at < lagMsAt(now)) least = { lagMs: now - at, at: now };
      if (newest === null || at > newest) newest = at;
    },
    wallOf: (at) => epochMs(whole(clock.now() - agoMs(at))),
    uptimeOf: (at) => uptimeMs(whole(clock.uptime() - agoMs(at))),
    syncedAt() {
      const at = clock.syncedAt();
      return at === null ? null : uptimeMs(whole(at));
    },
    onMedia: (at) => (newest !== null && newest - at > behindMaxMs ? newest : at),
  };
}
