/**
 * Exports: bags of evidence, leased, built, sealed, delivered and removed. A bag is frozen when it
 * is leased, and built from what was frozen; a process that dies meanwhile goes on where it was.
 */
import assert from 'node:assert/strict';
import type { Logger } from 'pino';
import type { Ulid } from '../../../device/wire/ids.ts';
import type { EpochMs } from '../../../device/wire/time.ts';
import type { ExportOrder } from '../../legal/export-order.ts';
import { destroySegments } from './export-bag-store.ts';
import { buildBag } from './export-build.ts';
import { buryExport, putDelivered } from './export-endings.ts';
import { freezeExport } from './export-freeze.ts';
import { openBag } from './export-open.ts';
import { factsOf, findExport, unendedExports } from './export-rows.ts';
import type { ExportWorld } from './export-world.ts';

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
  /**
   * At start: finishes removals that were cut off, and begins to seal what somebody had asked to be
   * sealed, one after another. What fails is logged, and may be asked for again.
   */
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
        | 'name-unfit'
        | 'listed-twice'
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
  /** How many bags it comes in; the sums are over all. */
  readonly volumes: number;
  /** SHA-256 of the tag manifest, which covers every file (of the first volume); null until sealed. */
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
  /** `isLast` false: others follow in the same tar, and it does not end it. */
  tar(options?: { readonly isLast?: boolean }): AsyncIterable<Uint8Array>;
  close(): Promise<void>;
};

export function makeExports(world: ExportWorld, log: Logger): Exports {
  const { catalogue, bags } = world;
  /** One run at a time for each export: whoever asks again waits for the same. */
  const sealing = new Map<Ulid, Promise<SealOutcome>>();
  const ending = new Set<Ulid>();
  let stopping = false;
  let resuming: Promise<void> = Promise.resolve();

  const find = (id: Ulid) => findExport(catalogue.read, id);

  async function sealNow(id: Ulid): Promise<SealOutcome> {
    const row = await find(id);
    if (row === null) return { sealed: false, because: 'no-such-export' };
    if (row.state === 'removed') return { sealed: false, because: 'removed' };
    if (row.state === 'sealed') return { sealed: true, facts: factsOf(row) };
    const because = await buildBag(world, row, () => stopping || ending.has(id));
    if (because !== null) return { sealed: false, because };
    const sealed = await find(id);
    assert(sealed?.state === 'sealed', 'what was built is sealed');
    return { sealed: true, facts: factsOf(sealed) };
  }

  function seal(id: Ulid): Promise<SealOutcome> {
    const running = sealing.get(id);
    if (running !== undefined) return running;
    const run = sealNow(id).finally(() => sealing.delete(id));
    sealing.set(id, run);
    return run;
  }

  async function sealAll(ids: readonly Ulid[]): Promise<void> {
    for (const id of ids) {
      await seal(id).catch((error: unknown) => {
        log.error({ err: error, export: id }, 'an export could not be sealed');
      });
    }
  }

  async function remove(id: Ulid, because: string): Promise<void> {
    ending.add(id);
    try {
      // Whoever builds it comes to an end first.
      await sealing.get(id)?.catch(() => {});
      if (!(await buryExport(world, id, because))) return;
      await destroySegments(bags, (of) => of === id);
      await catalogue.scrub();
    } finally {
      ending.delete(id);
    }
  }

  return {
    lease: (order) => freezeExport(world, order),
    seal,
    async find(id) {
      const row = await find(id);
      return row === null ? null : factsOf(row);
    },
    async open(id) {
      const row = await find(id);
      return row?.state === 'sealed' ? openBag(world, row) : null;
    },
    delivered: (id, actor) => putDelivered(world, id, actor),
    remove,
    async resume() {
      const rows = await unendedExports(catalogue.read);
      const living = new Set<string>(rows.map((row) => row.export));
      await destroySegments(bags, (of) => !living.has(of));
      const asked = rows.filter((row) => row.state === 'leased' && row.sealAskedAt !== null);
      resuming = sealAll(asked.map((row) => row.export));
    },
    async stop() {
      stopping = true;
      await resuming;
      await Promise.allSettled(sealing.values());
    },
  };
}
