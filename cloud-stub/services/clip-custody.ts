/** The custody rules, asked about rows of the catalogue. What they say stands in custody/; here are only the words. */
import type { Opening } from '../../device/wire/messages.ts';
import { type EpochMs, later, milliseconds } from '../../device/wire/time.ts';
import type { ClipRow } from '../catalogue-tables.ts';
import { type Commitment, commitment } from '../custody/commitment.ts';
import { type ClipFacts, deleteAtOf, disposition, noHolds } from '../custody/disposition.ts';
import type { Policy } from '../custody/policy.ts';
import { type TrustedTime, trustedTime } from '../custody/trusted-time.ts';

export type ClipCustody = {
  /** [RET-5] `sameBoot`: nothing says that the device has rebooted since it recorded. */
  trustedTime(opening: Opening, receivedAt: EpochMs, sameBoot: boolean): TrustedTime;
  /** Until when a clip that becomes stored now is kept [RET-3]; `late`: not at all [RET-4]. Once for each clip. */
  freeze(row: ClipRow, at: EpochMs): Commitment;
  /** When the bytes of a clip go that its owner deletes now; null: while it still arrives. [DEL-2] */
  deleteAtOnDelete(row: ClipRow, at: EpochMs): EpochMs | null;
  isVisible(row: ClipRow, at: EpochMs): boolean;
  /** A clip recorded before this can be visible no more, however long it took to arrive. */
  visibleFrom(at: EpochMs): EpochMs;
  /** [RET-10] */
  eventExpiresAt(receivedAt: EpochMs): EpochMs;
};

/** A hidden clip never becomes visible again, so that the times of account and plan need no column of their own. */
const factsOf = (row: ClipRow): ClipFacts => ({
  possession: row.possession,
  recordedAt: row.recordedAt,
  expiresAt: row.expiresAt,
  userDeletedAt: row.userDeletedAt,
  accountClosedAt: null,
  planLapsedAt: null,
  abandonedAt: row.possession === 'staged' ? row.deleteAt : null,
  endOnRecordAt: row.deleteAt,
});

export function makeClipCustody(policy: Policy): ClipCustody {
  const { clipWindowMs, eventWindowMs } = policy;
  return {
    trustedTime: (opening, receivedAt, sameBoot) =>
      trustedTime(opening, { receivedAt, sameBoot, windowMs: clipWindowMs }),
    freeze: (row, at) =>
      commitment({ ...factsOf(row), boundLowerAt: row.boundLowerAt }, policy, at),
    deleteAtOnDelete: (row, at) => deleteAtOf({ ...factsOf(row), userDeletedAt: at }, policy),
    isVisible: (row, at) =>
      row.visibility === 'visible' && disposition(factsOf(row), policy, noHolds, at).visible.value,
    visibleFrom: (at) => later(at, milliseconds(-clipWindowMs)),
    eventExpiresAt: (receivedAt) => later(receivedAt, eventWindowMs),
  };
}
