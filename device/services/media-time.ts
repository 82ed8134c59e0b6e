/**
 * Media carries its own time, which a fast replay lets run ahead of the clock and a camera's own clock lets drift from
 * it. What is said to the cloud stands on the clock: each moment is dated by when its pictures were taken, however late
 * a busy encoder hands them on, and never after now.
 */
import type { Clock } from '../board.ts';
import { type EpochMs, epochMs, type UptimeMs, uptimeMs } from '../wire/time.ts';
import type { EventStamp } from './spool-transaction.ts';

/** Now, however wrong the clock: a time that the wire does not know would hold back every later event. */
export function stampNow(clock: Clock): EventStamp {
  return {
    at: epochMs(whole(clock.now())),
    uptimeAtMs: uptimeMs(whole(clock.uptime())),
    syncedAtUptimeMs: syncedAt(clock),
  };
}

const whole = (ms: number): number => Math.max(0, Math.round(ms));

/** When the clock was last set from a trusted source; null: never in this boot. */
function syncedAt(clock: Clock): UptimeMs | null {
  const at = clock.syncedAt();
  return at === null ? null : uptimeMs(whole(at));
}

export type MediaTime = {
  /** A new stream: its times are right until they show otherwise. */
  began(): void;
  /** The next one begins now, and no earlier than this one ended. */
  ended(): void;
  /** A picture, or the end of a fragment, was seen. */
  saw(at: UptimeMs): void;
  wallOf(at: UptimeMs): EpochMs;
  uptimeOf(at: UptimeMs): UptimeMs;
  /** When that was, as events and openings say it. */
  stampOf(at: UptimeMs): EventStamp;
  /** `at` on the timeline of the pictures, whose clock may run otherwise: what happens now falls on the newest. */
  onMedia(at: UptimeMs): UptimeMs;
};

/** Two cheap crystals part no faster: what pictures lag beyond it is the encoder's delay, not the camera's clock. */
const driftMax = 200e-6;

export function createMediaTime(clock: Clock): MediaTime {
  let newest: UptimeMs | null = null;
  /** The least that pictures lagged behind the clock (negative: they ran ahead of it), and at which uptime. */
  let least = { lagMs: 0, at: clock.uptime() };
  const lagMsAt = (now: UptimeMs): number => least.lagMs + driftMax * (now - least.at);
  const agoMs = (at: UptimeMs): number => {
    const now = clock.uptime();
    return Math.max(0, now - (at + lagMsAt(now)));
  };
  const wallOf = (at: UptimeMs): EpochMs => epochMs(whole(clock.now() - agoMs(at)));
  const uptimeOf = (at: UptimeMs): UptimeMs => uptimeMs(whole(clock.uptime() - agoMs(at)));
  return {
    began() {
      newest = null;
      least = { lagMs: 0, at: clock.uptime() };
    },
    ended() {
      if (least.lagMs > 0) least = { lagMs: 0, at: clock.uptime() };
    },
    saw(at) {
      const now = clock.uptime();
      if (now - at < lagMsAt(now)) least = { lagMs: now - at, at: now };
      if (newest === null || at > newest) newest = at;
    },
    wallOf,
    uptimeOf,
    stampOf: (at) => ({
      at: wallOf(at),
      uptimeAtMs: uptimeOf(at),
      syncedAtUptimeMs: syncedAt(clock),
    }),
    onMedia(at) {
      const now = clock.uptime();
      // A script stamps its presses with the footage's own time.
      if (newest === null || Math.abs(newest - at) < Math.abs(now - at)) return at;
      // Footage that ran ahead may stand still meanwhile.
      return uptimeMs(Math.min(at - least.lagMs, Math.max(newest, at)));
    },
  };
}
