/**
 * When a clip was recorded, as far as the cloud can trust it. The device's claim stays on record
 * beside it; what is computed here starts the retention window, so no device clock may move it past
 * what the cloud itself saw.
 */
import type { Opening } from '../../device/wire/messages.ts';
import {
  between,
  type DurationMs,
  type EpochMs,
  epochMs,
  later,
  milliseconds,
} from '../../device/wire/time.ts';

export type TimeClaim = Pick<Opening, 'startedAt' | 'clock'>;

export type TrustedTime = {
  readonly recordedAt: EpochMs;
  /** The earliest it can have been; null when nothing vouches for that. */
  readonly boundLowerAt: EpochMs | null;
  /** How far the device's claim lies after what is trusted; negative: before. */
  readonly errorMs: DurationMs;
  readonly because: 'uptime' | 'claim-synced' | 'claim-unsynced' | 'receipt';
};

export type Arrival = {
  /** When the opening arrived, by our clock. */
  readonly receivedAt: EpochMs;
  /** Whether the device still runs in the boot in which it recorded the clip. */
  readonly sameBoot: boolean;
  /** The window of the plan in force. */
  readonly windowMs: DurationMs;
};

/**
 * In the same boot the elapsed uptime tells, whatever the device's wall clock says. After a reboot
 * the claim is all there is, bounded by the device's last sync and by the receipt. [RET-5]
 */
export function trustedTime(claim: TimeClaim, arrival: Arrival): TrustedTime {
  const elapsedMs = elapsed(claim, arrival.sameBoot);
  if (elapsedMs !== null) {
    const recordedAt = later(arrival.receivedAt, milliseconds(-elapsedMs));
    return trusted(claim, recordedAt, recordedAt, 'uptime');
  }
  const syncedAt = claimedSync(claim);
  const recordedAt = earlier(claim.startedAt, arrival.receivedAt);
  if (syncedAt !== null) {
    return trusted(claim, recordedAt, earlier(syncedAt, recordedAt), 'claim-synced');
  }
  // [RET-4] A clock that was never set cannot make a clip late: such a claim is no reason to
  // destroy anything.
  return later(recordedAt, arrival.windowMs) > arrival.receivedAt
    ? trusted(claim, recordedAt, null, 'claim-unsynced')
    : trusted(claim, arrival.receivedAt, null, 'receipt');
}

/**
 * How long before the opening was sent the clip began, by a clock that never steps; null when that
 * is not known.
 */
function elapsed({ clock }: TimeClaim, sameBoot: boolean): number | null {
  if (!sameBoot || clock.uptimeNowMs === null) return null;
  const elapsedMs = clock.uptimeNowMs - clock.uptimeAtStartMs;
  // Sent "before" it began: the uptime is another boot's.
  return elapsedMs >= 0 ? elapsedMs : null;
}

/** The device's wall clock when it was last set before the clip began. */
function claimedSync({ startedAt, clock }: TimeClaim): EpochMs | null {
  const { syncedAtUptimeMs, uptimeAtStartMs } = clock;
  if (syncedAtUptimeMs === null || syncedAtUptimeMs > uptimeAtStartMs) return null;
  return later(startedAt, milliseconds(syncedAtUptimeMs - uptimeAtStartMs));
}

const earlier = (a: EpochMs, b: EpochMs): EpochMs => epochMs(Math.min(a, b));

const trusted = (
  claim: TimeClaim,
  recordedAt: EpochMs,
  boundLowerAt: EpochMs | null,
  because: TrustedTime['because'],
): TrustedTime => ({
  recordedAt,
  boundLowerAt,
  errorMs: between(recordedAt, claim.startedAt),
  because,
});
