/**
 * Leases: exports at work, which keep the clips they copy for as long as they show that they live,
 * and not beyond a limit. Another lock than a hold: nobody orders one and nothing renews it but work.
 */
import type { Ulid } from '../../device/wire/ids.ts';
import { type EpochMs, epochMs, later } from '../../device/wire/time.ts';
import type { HoldPolicy } from './holds-policy.ts';

export type LeaseEnding = 'done' | 'given-up' | 'lapsed';

export type Lease = {
  readonly lease: Ulid;
  /** The demand or consent that the export answers. */
  readonly basis: Ulid;
  readonly takenAt: EpochMs;
  /** Exclusive. */
  readonly expiresAt: EpochMs;
  readonly ended: { readonly at: EpochMs; readonly because: LeaseEnding } | null;
};

/** How long a lease taken at `takenAt` lasts whose holder was last heard at `now`. */
export function leaseEnd(takenAt: EpochMs, { lease }: HoldPolicy, now: EpochMs): EpochMs {
  return epochMs(Math.min(later(now, lease.termMs), later(takenAt, lease.totalMsMax)));
}

/** When and why a lease ended; null while it is in force. Time alone ends one that lapses. */
export function endOfLease({ ended, expiresAt }: Lease, now: EpochMs): Lease['ended'] {
  if (ended !== null) return ended;
  return now >= expiresAt ? { at: expiresAt, because: 'lapsed' } : null;
}
