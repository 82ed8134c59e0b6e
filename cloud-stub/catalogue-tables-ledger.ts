/** The catalogue's tables beside the ledger itself: its tree, and what was signed about it. */
import type { EpochMs } from '../device/wire/time.ts';

export type LedgerTables = {
  ledgerNodes: LedgerNodeRow;
  checkpoints: CheckpointRow;
};

/** A perfect subtree: 2^level leaves from idx * 2^level. */
export type LedgerNodeRow = {
  level: number;
  idx: number;
  hash: Uint8Array;
};

export type CheckpointRow = {
  /** How many entries it covers. */
  size: number;
  at: EpochMs;
  root: Uint8Array;
  /** The signed note, as custody/checkpoint.ts writes it. */
  note: string;
};
