/** Proofs about the ledger, for whoever must not have to trust the cloud: custody/ledger-proof.ts checks them. */
import type { ConsistencyProof, InclusionProof } from '../../custody/ledger-proof.ts';
import type { ClipKey } from '../../ports.ts';
import type { CheckpointPorts, Checkpoints, SignedCheckpoint } from './checkpoints.ts';

export type LedgerProofs = {
  /**
   * That entry `seq` is in the ledger; under the newest checkpoint, or under that of `size`
   * entries. Null: there is no such entry or checkpoint, or it does not cover the entry.
   */
  inclusion(seq: number, size?: number): Promise<InclusionProof | null>;
  /** That the later of two signed states grew out of the earlier. Null: one was never signed. */
  consistency(from: number, to: number): Promise<ConsistencyProof | null>;
  /**
   * That a clip was purged, and on what grounds: its `purge-intended` and `purged` entries under one
   * checkpoint. Null: it was not. [RET-6]
   */
  disposition(key: ClipKey): Promise<DispositionCertificate | null>;
  /** The clip's whole custody chain, in order, under one checkpoint; empty: the ledger knows none. */
  chain(key: ClipKey): AsyncIterable<InclusionProof>;
};

export type DispositionCertificate = ClipKey & {
  readonly intended: InclusionProof;
  readonly purged: InclusionProof;
};

const entriesPerRead = 200;

export function makeLedgerProofs(ports: CheckpointPorts, checkpoints: Checkpoints): LedgerProofs {
  const { catalogue, ledger } = ports;

  async function prove(seq: number, checkpoint: SignedCheckpoint): Promise<InclusionProof | null> {
    const leaf = await ledger.leaf(catalogue.read, seq);
    if (leaf === null || seq >= checkpoint.size) return null;
    const hashes = await ledger.inclusion(catalogue.read, seq, checkpoint.size);
    return {
      seq,
      leaf: Buffer.from(leaf).toString(),
      hashes: hashes.map(base64),
      checkpoint: checkpoint.note,
    };
  }

  const lastOf = ({ thing, clip }: ClipKey, kind: 'purge-intended' | 'purged') =>
    catalogue.read
      .selectFrom('ledger')
      .select('seq')
      .where('thing', '=', thing)
      .where('clip', '=', clip)
      .where('kind', '=', kind)
      .orderBy('seq', 'desc')
      .limit(1)
      .executeTakeFirst();

  return {
    async inclusion(seq, size) {
      const checkpoint =
        size === undefined ? await checkpoints.covering(seq) : await checkpoints.ofSize(size);
      return checkpoint === null ? null : prove(seq, checkpoint);
    },

    async consistency(from, to) {
      if (from > to) return null;
      const earlier = await checkpoints.ofSize(from);
      const later = await checkpoints.ofSize(to);
      if (earlier === null || later === null) return null;
      const hashes = await ledger.consistency(catalogue.read, from, to);
      return { from: earlier.note, to: later.note, hashes: hashes.map(base64) };
    },

    async disposition(key) {
      const [intent, end] = [await lastOf(key, 'purge-intended'), await lastOf(key, 'purged')];
      if (intent === undefined || end === undefined) return null;
      const checkpoint = await checkpoints.covering(end.seq);
      if (checkpoint === null) return null;
      const intended = await prove(intent.seq, checkpoint);
      const purged = await prove(end.seq, checkpoint);
      return intended === null || purged === null ? null : { ...key, intended, purged };
    },

    async *chain({ thing, clip }) {
      const checkpoint = await checkpoints.sign();
      if (checkpoint === null) return;
      for (let from = 0; ; ) {
        const page = await catalogue.read
          .selectFrom('ledger')
          .select('seq')
          .where('thing', '=', thing)
          .where('clip', '=', clip)
          .where('seq', '>=', from)
          .where('seq', '<', checkpoint.size)
          .orderBy('seq')
          .limit(entriesPerRead)
          .execute();
        for (const { seq } of page) {
          const proof = await prove(seq, checkpoint);
          if (proof !== null) yield proof;
          from = seq + 1;
        }
        if (page.length < entriesPerRead) return;
      }
    },
  };
}

const base64 = (hash: Uint8Array): string => Buffer.from(hash).toString('base64');
