/**
 * What becomes of a clip's time when it is stored: its expiry is computed once, here, and frozen.
 */
import type { EpochMs } from '../../device/wire/time.ts';
import { type ClipFacts, deleteAtOf, expiryOf, isLate } from './disposition.ts';
import type { Policy } from './policy.ts';

export type Commitment = {
  /** [RET-3] */
  readonly expiresAt: EpochMs;
  /** [DEL-2] */
  readonly deleteAt: EpochMs;
  /** It arrived past its window: its bytes are dropped at once. [RET-4] */
  readonly late: boolean;
};

export type CommitFacts = Omit<ClipFacts, 'possession' | 'expiresAt' | 'abandonedAt'> & {
  /** Null: nothing vouches for how old the clip is, so it is never judged late. [RET-4] */
  readonly boundLowerAt: EpochMs | null;
};

/**
 * The clip is about to be stored at `now`. A clip stored before keeps its expiry: do not call this
 * again.
 */
export function commitment(clip: CommitFacts, policy: Policy, now: EpochMs): Commitment {
  const expiresAt = expiryOf(clip.recordedAt, policy.clipWindowMs);
  const stored: ClipFacts = { ...clip, possession: 'stored', expiresAt, abandonedAt: null };
  return {
    expiresAt,
    deleteAt: deleteAtOf(stored, policy) ?? expiresAt,
    late: clip.boundLowerAt !== null && isLate(expiresAt, now),
  };
}
