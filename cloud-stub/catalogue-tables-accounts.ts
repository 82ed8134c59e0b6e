/** The catalogue's tables of what belongs to an account beside its footage: plans, records of access, escrow. */
import type { ThingName, Ulid } from '../device/wire/ids.ts';
import type { DurationMs, EpochMs } from '../device/wire/time.ts';
import type { AccountId } from './catalogue-tables.ts';

export type AccountTables = {
  plans: PlanRow;
  accessRecords: AccessRecordRow;
  escrows: EscrowRow;
};

/** In force from `fromAt` (inclusive) to the next row's. [RET-3] */
export type PlanRow = {
  account: AccountId;
  fromAt: EpochMs;
  name: string;
  /** Null: lapsed. */
  clipWindowMs: DurationMs | null;
};

const accessActs = [
  'signed-in',
  'footage-read',
  'still-read',
  'data-taken',
  'clips-deleted',
] as const;
export type AccessAct = (typeof accessActs)[number];

export type AccessRecordRow = {
  record: Ulid;
  account: AccountId;
  at: EpochMs;
  act: AccessAct;
  thing: ThingName | null;
  clip: Ulid | null;
  address: string | null;
  client: string | null;
  expiresAt: EpochMs;
  /** A hold keeps it until then at least; looked at again after. */
  keptUntil: EpochMs;
};

/** Who a closed account was, as long as any footage of it is there. [DEL-5] */
export type EscrowRow = {
  account: AccountId;
  name: string;
  openedAt: EpochMs;
  closedAt: EpochMs;
  /** Nothing of it is left: the key of its pseudonym is being destroyed. */
  endedAt: EpochMs | null;
};
