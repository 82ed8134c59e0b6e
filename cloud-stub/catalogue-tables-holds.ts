/** The catalogue's tables of what keeps footage beyond its time: holds and leases, and what they are attached to. */
import type { ThingName, Ulid } from '../device/wire/ids.ts';
import type { EpochMs } from '../device/wire/time.ts';
import type { AccountId, Flag, Json } from './catalogue-tables.ts';
import type { HoldEnding } from './custody/holds.ts';
import type { HoldKind } from './custody/holds-policy.ts';
import type { LeaseEnding } from './custody/leases.ts';

export type HoldTables = {
  holds: HoldRow;
  holdSubjects: HoldSubjectRow;
  holdAttachments: HoldAttachmentRow;
  leases: LeaseRow;
  leaseItems: LeaseItemRow;
  holdEpoch: HoldEpochRow;
  holdProposals: HoldProposalRow;
};

/** A hold that one person proposed and that waits for a second: it holds nothing yet. [LEG-5] */
export type HoldProposalRow = {
  hold: Ulid;
  basis: Ulid;
  /** `Scope` of custody/holds-scope.ts. */
  scope: Json;
  proposedAt: EpochMs;
  proposedBy: string;
  /** Exclusive: approved by then, or never. */
  expiresAt: EpochMs;
  approvedAt: EpochMs | null;
  approvedBy: string | null;
};

export type HoldRow = {
  hold: Ulid;
  kind: HoldKind;
  /** The demand or order it rests on. */
  basis: Ulid;
  /** `Scope` of custody/holds-scope.ts. */
  scope: Json;
  placedAt: EpochMs;
  placedBy: string;
  /** Exclusive; null: until it is released. */
  expiresAt: EpochMs | null;
  /** SHA-256 of each renewed request that was granted. */
  renewals: Json;
  endedAt: EpochMs | null;
  endedBecause: HoldEnding | null;
  /** Who asked for its release, which another has to agree to. [LEG-5] */
  releaseAskedBy: string | null;
  releaseBecause: 'released' | 'rejected' | null;
};

/** Whom a continuing hold in force reaches, so that a commit finds it by an index. [HLD-3] */
export type HoldSubjectRow = {
  hold: Ulid;
  thing: ThingName | null;
  account: AccountId | null;
};

/** Stays when the hold ends: its grace depends on it, and so does the custody chain of the clip. */
export type HoldAttachmentRow = {
  hold: Ulid;
  thing: ThingName;
  clip: Ulid;
  attachedAt: EpochMs;
};

/** An export at work on clips that must not be purged under it. */
export type LeaseRow = {
  lease: Ulid;
  /** The demand or consent that the export answers. */
  basis: Ulid;
  takenAt: EpochMs;
  takenBy: string;
  /** Exclusive. */
  expiresAt: EpochMs;
  endedAt: EpochMs | null;
  endedBecause: LeaseEnding | null;
};

/** The clip as it was when the lease was taken; a salvaged one may grow meanwhile. [EXP-4] */
export type LeaseItemRow = {
  lease: Ulid;
  thing: ThingName;
  clip: Ulid;
  chunks: number;
  sizeBytes: number;
  root: string;
};

/** One row: counts everything that ever changed what is kept. [RET-6] */
export type HoldEpochRow = { only: Flag; epoch: number };
