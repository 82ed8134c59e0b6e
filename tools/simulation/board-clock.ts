/** A doorbell's clock over virtual time: it counts from its own boot, and may be wrong. */
import type { Clock, Timer } from '../../device/board.ts';
import {
  type DurationMs,
  type EpochMs,
  later,
  type UptimeMs,
  uptimeMs,
} from '../../device/wire/time.ts';
import type { VirtualTime } from './virtual-time.ts';

/** The clock of one boot; `stop`: nothing it was asked for happens any more. */
export function makeBoardClock(
  time: VirtualTime,
  error: () => { readonly offMs: DurationMs; readonly synced: boolean },
): Clock & { stop(): void } {
  const bootedAtMs = time.clock.monotonic();
  let on = true;
  const uptime = (): UptimeMs => uptimeMs(time.clock.monotonic() - bootedAtMs);
  return {
    now: (): EpochMs => later(time.clock.now(), error().offMs),
    uptime,
    syncedAt: () => (error().synced ? uptimeMs(0) : null),
    setTimer: (name, delay, act): Timer =>
      time.clock.setTimer(name, delay, () => {
        if (on) act();
      }),
    stop() {
      on = false;
    },
  };
}
