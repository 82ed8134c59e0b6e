/** The custody rules, asked about rows of the catalogue. What they say stands in custody/; here are only the words. */
import type { Opening } from '../../device/wire/messages.ts';
import { type DurationMs, type EpochMs, later, milliseconds } from '../../device/wire/time.ts';
import type { ClipRow } from '../catalogue-tables.ts';
import { type Commitment, commitment } from '../custody/commitment.ts';
import { type ClipFacts, deleteAtOf, disposition, noHolds } from '../custody/disposition.ts';
import { type Policy, windowMsMax } from '../custody/policy.ts';
import { type TrustedTime, trustedTime } from '../custody/trusted-time.ts';

export type ClipCustody = {
  /** [RET-5] `sameBoot`: nothing says that the device has rebooted since it recorded. */
  trustedTime(
    opening: Opening,
    receivedAt: EpochMs,
    sameBoot: boolean,
    window: DurationMs | null,
  ): TrustedTime;
  /**
   * Until when a clip that becomes stored now is kept [RET-3]; `late`: not at all [RET-4]. Once for each clip.
   * `window`: of the plan in force when it was recorded; null: the profile's own.
   */
  freeze(
    row: CustodyColumns & Pick<ClipRow, 'boundLowerAt'>,
    at: EpochMs,
    window: DurationMs | null,
  ): Commitment;
  /** When the bytes of a clip go that its owner deletes now; null: while it still arrives. [DEL-2] */
  deleteAtOnDelete(row: ClipRow, at: EpochMs): EpochMs | null;
  isVisible(row: ClipRow, at: EpochMs): boolean;
  /** A clip recorded before this can be visible no more, however long it took to arrive. */
  visibleFrom(at: EpochMs): EpochMs;
  /** [RET-10] */
  eventExpiresAt(receivedAt: EpochMs): EpochMs;
};

/** The columns that the rules of custody ask for. */
export type CustodyColumns = Pick<
  ClipRow,
  | ('possession' | 'recordedAt' | 'expiresAt' | 'userDeletedAt' | 'accountClosedAt')
  | ('planLapsedAt' | 'deleteAt')
>;

/** What the rules of custody ask of a clip. */
export const factsOf = (row: CustodyColumns): ClipFacts => ({
  possession: row.possession,
  recordedAt: row.recordedAt,
  expiresAt: row.expiresAt,
  userDeletedAt: row.userDeletedAt,
  accountClosedAt: row.accountClosedAt,
  planLapsedAt: row.planLapsedAt,
  abandonedAt: row.possession === 'staged' ? row.deleteAt : null,
  endOnRecordAt: row.deleteAt,
});

export function makeClipCustody(policy: Policy): ClipCustody {
  const { clipWindowMs, eventWindowMs } = policy;
  const underPlan = (window: DurationMs | null): Policy =>
    window === null ? policy : { ...policy, clipWindowMs: window };
  return {
    trustedTime: (opening, receivedAt, sameBoot, window) =>
      trustedTime(opening, { receivedAt, sameBoot, windowMs: window ?? clipWindowMs }),
    freeze: (row, at, window) =>
      commitment({ ...factsOf(row), boundLowerAt: row.boundLowerAt }, underPlan(window), at),
    deleteAtOnDelete: (row, at) => deleteAtOf({ ...factsOf(row), userDeletedAt: at }, policy),
    isVisible: (row, at) =>
      row.visibility === 'visible' && disposition(factsOf(row), policy, noHolds, at).visible.value,
    // Of any plan there can be: which one a clip has is known row by row.
    visibleFrom: (at) => later(at, milliseconds(-windowMsMax)),
    eventExpiresAt: (receivedAt) => later(receivedAt, eventWindowMs),
  };
}
