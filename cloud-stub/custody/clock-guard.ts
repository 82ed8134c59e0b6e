/**
 * Whether the clock can be trusted with destroying footage. A wrong clock is the one fault that
 * would purge everything at once, so doubt means waiting for someone to confirm it. [RET-8]
 */
import {
  between,
  type DurationMs,
  type EpochMs,
  isoTime,
  milliseconds,
} from '../../device/wire/time.ts';
import type { Policy } from './policy.ts';

/** Both clocks read at one moment. */
export type ClockReading = { readonly now: EpochMs; readonly monotonic: DurationMs };

export type ClockVerdict =
  | { readonly trusted: true }
  | { readonly trusted: false; readonly because: string };

const trusted: ClockVerdict = { trusted: true };
const doubted = (because: string): ClockVerdict => ({ trusted: false, because });

/** At start: against the last entry of the ledger; null when there is none. */
export function judgeStart(
  now: EpochMs,
  lastEntryAt: EpochMs | null,
  policy: Policy,
): ClockVerdict {
  if (lastEntryAt === null) return trusted;
  const absence = between(lastEntryAt, now);
  if (absence < 0) {
    return doubted(`the clock says ${isoTime(now)}, before the last entry of the ledger`);
  }
  return absence > policy.clock.absenceMsMax
    ? doubted(`the clock says ${isoTime(now)}, ${absence} ms after the last entry of the ledger`)
    : trusted;
}

/**
 * Within a run: the wall clock against the one that never steps, since both were last known good.
 */
export function judgeRun(good: ClockReading, reading: ClockReading, policy: Policy): ClockVerdict {
  const wall = between(good.now, reading.now);
  const departure = milliseconds(wall - (reading.monotonic - good.monotonic));
  return Math.abs(departure) > policy.clock.departureMsMax
    ? doubted(`the clock says ${isoTime(reading.now)}, ${departure} ms off the monotonic clock`)
    : trusted;
}
