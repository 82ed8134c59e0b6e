/**
 * Exports: bags of evidence, leased, built, sealed, delivered and removed. A bag is frozen when it
 * is leased, and built from what was frozen; a process that dies meanwhile goes on where it was.
 */
import type { Ulid } from '../../device/wire/ids.ts';
import type { EpochMs } from '../../device/wire/time.ts';
import type { ExportOrder } from '../legal/export-order.ts';

export type Exports = {
  /**
   * Freezes the order, the list and its hashes, and takes the lease on the footage, in one
   * transaction. The same order again changes nothing. [EXP-4]
   */
  lease(order: ExportOrder): Promise<LeaseOutcome>;
  /**
   * Builds what is missing of the bag, hashes every file anew from storage, has it sealed and
   * stamped, and lets go of the lease. Asked again it goes on, or gives the same answer. Throws
   * when storage, sealer or time-stamper fail; then it may be asked again.
   */
  seal(exportId: Ulid): Promise<SealOutcome>;
  find(exportId: Ulid): Promise<ExportFacts | null>;
  /** Opens a sealed bag for reading; null: there is none, or no longer. */
  open(exportId: Ulid): Promise<OpenBag | null>;
  /** Puts on record that the bag was handed over. False: there is none to hand over. */
  delivered(exportId: Ulid, actor: string): Promise<boolean>;
  /**
   * Removes the bag and all that its rows tell of it; a tombstone stays. Ends an export that is not
   * sealed, too. The one way to destroy a bag; may be repeated. [RET-9] [RET-10]
   */
  remove(exportId: Ulid, because: string): Promise<void>;
  /** At start: finishes removals that were cut off, and seals what was being built. */
  resume(): Promise<void>;
  /** Lets what is at work come to a stop at its next step. */
  stop(): Promise<void>;
};

export type LeaseOutcome =
  | { readonly leased: true; readonly facts: ExportFacts }
  | {
      readonly leased: false;
      readonly because:
        | 'another-order-has-this-id'
        | 'people-must-differ'
        | 'too-many-items'
        | 'document-missing'
        | 'document-name'
        /** Not stored, or purged since the decision: the desk decides anew. */
        | 'footage-gone';
      /** Which one it was, for people. */
      readonly detail: string;
    };

export type SealOutcome =
  | { readonly sealed: true; readonly facts: ExportFacts }
  | {
      readonly sealed: false;
      readonly because: 'no-such-export' | 'removed' | 'lease-over' | 'stopped';
    };

export type ExportState = 'leased' | 'sealed' | 'removed';

export type ExportFacts = {
  readonly export: Ulid;
  readonly demand: Ulid;
  readonly state: ExportState;
  readonly leasedAt: EpochMs;
  readonly sealedAt: EpochMs | null;
  readonly deliveredAt: EpochMs | null;
  readonly removedAt: EpochMs | null;
  /** Clips and records that leave. */
  readonly items: number;
  /** Of the sealed bag, tag files and seals included. */
  readonly files: number;
  readonly sizeBytes: number;
  /** SHA-256 of the tag manifest, which covers every file; null until sealed. */
  readonly tagManifestSha256: string | null;
};

export type BagFile = {
  /** Inside the bag, with `/`. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly sha256: string;
};

export type OpenBag = {
  /** `EXP-<export>`: the folder's name. */
  readonly name: string;
  readonly files: readonly BagFile[];
  /** Throws VaultError when it was altered or is gone. */
  read(path: string): AsyncIterable<Uint8Array>;
  /** The whole bag as one POSIX tar, its folder included; the same bytes each time. */
  readonly tarBytes: number;
  tar(): AsyncIterable<Uint8Array>;
  close(): Promise<void>;
};
