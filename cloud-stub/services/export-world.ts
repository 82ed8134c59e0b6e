/** What exports need of the world, and of the other services of the records office. */
import type { Ulid } from '../../device/wire/ids.ts';
import type { EpochMs } from '../../device/wire/time.ts';
import type { BagStore, ClipKey, Ports, Sealer, TimeStamper, Writing } from '../ports.ts';

export type ExportWorld = {
  readonly ports: Pick<Ports, 'clock' | 'catalogue' | 'vault' | 'keys' | 'ledger'>;
  readonly bags: BagStore;
  readonly sealer: Sealer;
  readonly stamper: TimeStamper;
  readonly leases: ExportLeases;
  readonly proofs: LedgerProofs;
  readonly readDocument: ReadDocument;
  /** How long a sealed bag is kept. [RET-10] */
  readonly bagExpiresAt: (sealedAt: EpochMs) => EpochMs;
};

/** Leases on footage. All that is in the caller's transaction. */
export type ExportLeases = {
  /** Null: taken. Otherwise the clip that is not there to be leased. */
  take(tx: Writing, lease: Ulid, demand: Ulid, clips: readonly ClipKey[]): Promise<ClipKey | null>;
  /** False: it has ended, and the footage may be gone. */
  renew(tx: Writing, lease: Ulid): Promise<boolean>;
  end(tx: Writing, lease: Ulid): Promise<void>;
};

/** What the ledger can prove of its entries. */
export type LedgerProofs = {
  /** A signed checkpoint (C2SP tlog-checkpoint) over at least `sizeMin` entries. */
  checkpoint(sizeMin: number): Promise<{ readonly size: number; readonly note: string }>;
  /** RFC 6962's audit path of entry `seq` in the tree of the first `size`. */
  inclusion(seq: number, size: number): Promise<readonly Uint8Array[]>;
};

/** The desk's store of documents, by their hash; null: there is none. */
export type ReadDocument = (sha256: string) => Promise<Uint8Array | null>;
