/** The catalogue's tables of exports: what was ordered, what was frozen, and where its files lie. */
import type { ThingName, Ulid } from '../device/wire/ids.ts';
import type { EpochMs } from '../device/wire/time.ts';
import type { Json } from './catalogue-tables.ts';

export type ExportTables = {
  exports: ExportRow;
  exportClips: ExportClipRow;
  exportRecords: ExportRecordRow;
  exportFiles: ExportFileRow;
};

/** Stays as a tombstone when the bag is removed. */
export type ExportRow = {
  export: Ulid;
  demand: Ulid;
  state: 'leased' | 'sealed' | 'removed';
  /** `ExportOrder` without its lists, which have tables of their own; `{}` once removed. */
  sealOrder: Json;
  /** SHA-256 of the whole order, to know it again. */
  orderSha256: string;
  leasedAt: EpochMs;
  /** Entries of the ledger that were there when it was frozen, those of the freezing included. */
  ledgerSize: number;
  /** The checkpoint that its proofs lead to; null until one was had. */
  checkpointNote: string | null;
  /** When somebody first asked for its seal; a restart goes on with it then. */
  sealAskedAt: EpochMs | null;
  sealedAt: EpochMs | null;
  /** Of the sealed bag. [RET-10] */
  expiresAt: EpochMs | null;
  deliveredAt: EpochMs | null;
  removedAt: EpochMs | null;
  items: number;
  files: number;
  sizeBytes: number;
  tagManifestSha256: string | null;
};

export type ExportClipRow = {
  export: Ulid;
  position: number;
  thing: ThingName;
  clip: Ulid;
  /** `ExportedClip` of legal/export-record.ts. */
  facts: Json;
};

export type ExportRecordRow = {
  export: Ulid;
  position: number;
  /** `ReleasedRecord` of legal/export-order.ts. */
  record: Json;
};

/** A file of the bag, durable in its store. */
export type ExportFileRow = {
  export: Ulid;
  path: string;
  sizeBytes: number;
  sha256: string;
  /** Where it lies: a run of chunks of one segment. */
  segment: number;
  firstChunk: number;
  chunks: number;
};
