/**
 * Who may keep what, until when, and why: the whole retention policy of a clip, as functions of its
 * record, the profile, what holds it, and the time. Five independent axes, never one state.
 */
import { type DurationMs, type EpochMs, later } from '../../device/wire/time.ts';
import type { EndOfLife, Policy } from './policy.ts';

/** What of a clip's record decides. */
export type ClipFacts = {
  readonly possession: 'staged' | 'stored' | 'shredding' | 'shredded';
  readonly recordedAt: EpochMs;
  /** Frozen when stored; null before. [RET-3] */
  readonly expiresAt: EpochMs | null;
  readonly userDeletedAt: EpochMs | null;
  readonly accountClosedAt: EpochMs | null;
  readonly planLapsedAt: EpochMs | null;
  /** When a clip that was never stored was given up; null for all others. */
  readonly abandonedAt: EpochMs | null;
  /**
   * An end that stands on record already, set under the profile of its time; a laxer one does not
   * undo it.
   */
  readonly endOnRecordAt?: EpochMs | null;
};

/** What keeps a clip alive beyond its time. An unreadable registry keeps everything. [RET-8] */
export type Holds =
  | {
      readonly readable: true;
      readonly holds: readonly string[];
      /** Exports at work. */
      readonly leases: readonly { readonly lease: string; readonly expiresAt: EpochMs }[];
      /** The end of the grace after the last hold was released; null: none. [HLD-7] */
      readonly graceUntil: EpochMs | null;
    }
  | { readonly readable: false };

export const noHolds: Holds = { readable: true, holds: [], leases: [], graceUntil: null };

export type DeletionTrigger =
  | 'window-ended'
  | 'user-deleted'
  | 'account-closed'
  | 'plan-lapsed'
  | 'abandoned'
  | 'on-record';

export type Verdict<Reason extends string> = { readonly value: boolean; readonly because: Reason };

export type Disposition = {
  /** Null while nothing is stored. */
  readonly expiresAt: EpochMs | null;
  /** When its life ends and by what; null while nothing ends it. */
  readonly deletion: { readonly at: EpochMs; readonly because: DeletionTrigger } | null;
  readonly keep: Verdict<
    'held' | 'leased' | 'release-grace' | 'holds-unreadable' | 'nothing-keeps-it'
  >;
  readonly purgeable: Verdict<
    DeletionTrigger | 'no-end-yet' | 'not-due' | 'kept' | 'already-purged'
  >;
  readonly visible: Verdict<
    'visible' | 'window-ended' | 'user-deleted' | 'account-closed' | 'plan-lapsed' | 'purged'
  >;
};

export function disposition(
  clip: ClipFacts,
  policy: Policy,
  holds: Holds,
  now: EpochMs,
): Disposition {
  const deletion = endOf(clip, policy);
  const keep = keepOf(holds, now);
  return {
    expiresAt: clip.expiresAt,
    deletion,
    keep,
    purgeable: purgeableOf(clip, deletion, keep.value, now),
    visible: visibleOf(clip, now),
  };
}

/** When the window of a clip ends. Computed once, when it is stored, and frozen there. [RET-3] */
export const expiryOf = (recordedAt: EpochMs, windowMs: DurationMs): EpochMs =>
  later(recordedAt, windowMs);

/** Whether a clip's window had ended before it arrived. [RET-4] */
export const isLate = (expiresAt: EpochMs, receivedAt: EpochMs): boolean => expiresAt <= receivedAt;

/**
 * What stands in the clip's row as deleteAt, for the index that finds what is due: `deletion.at`.
 */
export const deleteAtOf = (clip: ClipFacts, policy: Policy): EpochMs | null =>
  endOf(clip, policy)?.at ?? null;

/** The earliest of all that ends a clip's life: no deletion ever lengthens it. [DEL-2] */
function endOf(clip: ClipFacts, policy: Policy): Disposition['deletion'] {
  const ends: (readonly [EpochMs | null, DeletionTrigger])[] = [
    [clip.expiresAt, 'window-ended'],
    [endOfLifeAt(clip.userDeletedAt, policy.userDelete), 'user-deleted'],
    [endOfLifeAt(clip.accountClosedAt, policy.accountClose), 'account-closed'],
    [endOfLifeAt(clip.planLapsedAt, policy.planLapse), 'plan-lapsed'],
    [clip.abandonedAt, 'abandoned'],
    [clip.endOnRecordAt ?? null, 'on-record'],
  ];
  let first: Disposition['deletion'] = null;
  for (const [at, because] of ends) {
    if (at !== null && (first === null || at < first.at)) first = { at, because };
  }
  return first;
}

/** The end that something which happened at `at` sets to a life; null: none. [DEL-2] */
export function endOfLifeAt(at: EpochMs | null, end: EndOfLife): EpochMs | null {
  if (at === null) return null;
  switch (end.kind) {
    case 'purge':
      return at;
    case 'grace':
      return later(at, end.graceMs);
    case 'preserve':
      return null;
  }
}

function keepOf(holds: Holds, now: EpochMs): Disposition['keep'] {
  if (!holds.readable) return { value: true, because: 'holds-unreadable' };
  if (holds.holds.length > 0) return { value: true, because: 'held' };
  if (holds.leases.some(({ expiresAt }) => now < expiresAt)) {
    return { value: true, because: 'leased' };
  }
  if (holds.graceUntil !== null && now < holds.graceUntil) {
    return { value: true, because: 'release-grace' };
  }
  return { value: false, because: 'nothing-keeps-it' };
}

/** [RET-2] */
function purgeableOf(
  { possession }: ClipFacts,
  deletion: Disposition['deletion'],
  kept: boolean,
  now: EpochMs,
): Disposition['purgeable'] {
  if (possession === 'shredded') return { value: false, because: 'already-purged' };
  // A committed intent is final, whatever has come up since. [RET-6]
  if (possession !== 'shredding') {
    if (deletion === null) return { value: false, because: 'no-end-yet' };
    if (now < deletion.at) return { value: false, because: 'not-due' };
    if (kept) return { value: false, because: 'kept' };
  }
  return { value: true, because: deletion?.because ?? 'on-record' };
}

/**
 * Whatever the holds: they are no argument here, so nothing an owner sees can differ with them.
 * [DEL-4]
 */
function visibleOf(clip: ClipFacts, now: EpochMs): Disposition['visible'] {
  const hidden = (because: Exclude<Disposition['visible']['because'], 'visible'>) => ({
    value: false,
    because,
  });
  if (clip.possession === 'shredding' || clip.possession === 'shredded') return hidden('purged');
  if (clip.userDeletedAt !== null) return hidden('user-deleted');
  if (clip.accountClosedAt !== null) return hidden('account-closed');
  if (clip.planLapsedAt !== null) return hidden('plan-lapsed');
  if (clip.expiresAt !== null && now >= clip.expiresAt) return hidden('window-ended');
  return { value: true, because: 'visible' };
}
