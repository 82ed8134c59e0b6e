/** What exports need of the world, and of the other services of the records office. */
import type { Ulid } from '../../../device/wire/ids.ts';
import type { EpochMs } from '../../../device/wire/time.ts';
import type { BagStore, ClipKey, Ports, Writing } from '../../ports.ts';
import type { Sealer, TimeStamper } from '../../ports-sealing.ts';
import type { Checkpoints } from '../ledger/checkpoints.ts';
import type { WriterLimits } from './export-limits.ts';

export type ExportWorld = Pick<Ports, 'clock' | 'catalogue' | 'vault' | 'keys' | 'ledger'> & {
  readonly bags: BagStore;
  readonly sealer: Sealer;
  readonly stamper: TimeStamper;
  /** Name and version of what copies, hashes and seals, for the certificate. */
  readonly software: string;
  readonly leases: ExportLeases;
  readonly checkpoints: Pick<Checkpoints, 'covering' | 'key'>;
  readonly readDocument: ReadDocument;
  /** How long a bag is kept that is sealed then. [RET-10] */
  readonly bagExpiresAt: (sealedAt: EpochMs) => EpochMs;
  /** Smaller ones, for tests of what happens at them. */
  readonly limits?: Partial<WriterLimits>;
};

/** Leases on footage, of services/holds/leases.ts. All that is in the caller's transaction. */
export type ExportLeases = {
  /** Null: taken. Otherwise the clip that is not there to be leased. */
  take(tx: Writing, lease: Ulid, demand: Ulid, clips: readonly ClipKey[]): Promise<ClipKey | null>;
  /** False: it has ended, and the footage may be gone. */
  renew(tx: Writing, lease: Ulid): Promise<boolean>;
  end(tx: Writing, lease: Ulid, because?: 'done' | 'given-up'): Promise<void>;
};

/** The desk's store of documents, by their hash; null: there is none. */
export type ReadDocument = (sha256: string) => Promise<Uint8Array | null>;

export const exportActor = 'export';
