/**
 * The catalogue's tables as the services see them. The schema itself, with its CHECK constraints and the meaning of
 * every column, is backends/catalogue-schema.ts.
 */
import type { ThingName, Ulid } from '../device/wire/ids.ts';
import type { ClipDisposition, EventKind, TriggerKind } from '../device/wire/messages.ts';
import type { EpochMs } from '../device/wire/time.ts';
import type { AccountTables } from './catalogue-tables-accounts.ts';
import type { DeskTables } from './catalogue-tables-desk.ts';
import type { ExportTables } from './catalogue-tables-exports.ts';
import type { HoldTables } from './catalogue-tables-holds.ts';
import type { LedgerTables } from './catalogue-tables-ledger.ts';
import type { LedgerKind } from './ports.ts';

export type AccountId = Ulid;
/** 0 or 1; SQLite has no booleans. */
export type Flag = 0 | 1;
export type Json = string;

export type CatalogueTables = {
  accounts: AccountRow;
  tokens: TokenRow;
  devices: DeviceRow;
  ownerships: OwnershipRow;
  clips: ClipRow;
  stills: StillRow;
  events: EventRow;
  ledger: LedgerRow;
  redoLog: RedoLogRow;
} & AccountTables &
  HoldTables &
  LedgerTables &
  DeskTables &
  ExportTables;

/** One row: whose redo log is written since which backup. [RET-11] */
export type RedoLogRow = {
  only: Flag;
  backup: Ulid | null;
  seq: number;
  bytes: number;
  owner: Ulid | null;
};

export type AccountRow = {
  account: AccountId;
  name: string;
  openedAt: EpochMs;
  closedAt: EpochMs | null;
};

/** Bearer tokens, only their SHA-256. */
export type TokenRow = {
  tokenHash: string;
  account: AccountId;
  issuedAt: EpochMs;
  expiresAt: EpochMs | null;
};

export type DeviceRow = {
  thing: ThingName;
  /** The certificate in force, PEM: its key verifies every signature of this device. */
  certificate: string;
  enrolledAt: EpochMs;
  revokedAt: EpochMs | null;
  lastSeenAt: EpochMs | null;
  connected: Flag;
  /** Settings in force as the device reported them. */
  settings: Json | null;
  /** Settings the owner wants, sent anew whenever the device connects; null: as the device has them. */
  settingsWanted: Json | null;
  /** Every event up to this `seq` is durable. */
  eventsUpTo: number;
};

/** A device is owned by an account from `fromAt` (inclusive) to `untilAt` (exclusive; null: still). */
export type OwnershipRow = {
  ownership: Ulid;
  thing: ThingName;
  account: AccountId;
  fromAt: EpochMs;
  untilAt: EpochMs | null;
};

export type Possession = 'staged' | 'stored' | 'shredding' | 'shredded';
export type Visibility = 'visible' | 'user-deleted' | 'expired' | 'account-closed' | 'plan-lapsed';

/** Key (thing, clip). A shredded clip's row stays as its tombstone. */
export type ClipRow = {
  thing: ThingName;
  clip: Ulid;
  /** Who owned the device when the clip was recorded; null: nobody. */
  account: AccountId | null;
  possession: Possession;
  visibility: Visibility;
  boot: number;
  seq: number;
  trigger: TriggerKind;
  /** Triggers of the final manifest, JSON. */
  triggers: Json;
  /** `{}` once shredded: it may carry wrapped keys. */
  opening: Json;
  final: Json | null;
  /** `finalHash` of the final; it stays when the final goes at the purge: the next clip's `prev` names it. [DEV-5] */
  finalHash: string | null;
  disposition: ClipDisposition | null;
  truncated: Flag;
  reason: string | null;
  /** What the device claims, and what is trusted: RET-5's claim, bounds and result stay on record. */
  claimedAt: EpochMs;
  boundLowerAt: EpochMs | null;
  recordedAt: EpochMs;
  firstReceivedAt: EpochMs;
  /** When it first became `stored`, whole or salvaged. */
  storedAt: EpochMs | null;
  /** Frozen when stored. [RET-3] */
  expiresAt: EpochMs | null;
  userDeletedAt: EpochMs | null;
  accountClosedAt: EpochMs | null;
  planLapsedAt: EpochMs | null;
  /** min over all deletion triggers; null while nothing is stored. */
  deleteAt: EpochMs | null;
  durationMs: number | null;
  chunks: number;
  sizeBytes: number;
  root: string | null;
  /** The last good mark of a clip still arriving: how many chunks, and their root. [WIRE-7] */
  markedChunks: number;
  markedRoot: string | null;
  /** The device's signature of that mark, base64url. */
  markedSig: string | null;
  purgedAt: EpochMs | null;
  /**
   * Before this no sweep looks at the clip, whatever its deleteAt; 0: nothing keeps it, null: a hold
   * without a term does. Written by services/holds/hold-keeping.ts only; holds and leases are what decides.
   */
  keptUntil: EpochMs | null;
};

export type StillRow = {
  thing: ThingName;
  clip: Ulid;
  still: Ulid;
  sizeBytes: number;
  receivedAt: EpochMs;
};

export type EventRow = {
  thing: ThingName;
  seq: number;
  id: Ulid;
  account: AccountId | null;
  kind: EventKind;
  at: EpochMs;
  receivedAt: EpochMs;
  clip: Ulid | null;
  data: Json;
  /** The event as the device signed it, signature included; `at` above is its claim bounded by what can be. */
  message: Json;
  expiresAt: EpochMs;
  /** Of the device, when it happened; null: its firmware does not say. */
  boot: number | null;
  /** When that boot began, by this event; null: nothing dates it. */
  bootBeganAt: EpochMs | null;
};

export type LedgerRow = {
  seq: number;
  at: EpochMs;
  kind: LedgerKind;
  actor: string;
  thing: ThingName | null;
  clip: Ulid | null;
  facts: Json;
  /** SHA-256, hex, of the entry before; 64 zeros for the first. */
  prev: string;
  hash: string;
};
