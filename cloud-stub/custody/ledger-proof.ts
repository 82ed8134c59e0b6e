/**
 * Proofs about the ledger that anyone can check with its key alone: that an entry is in it, and
 * that one signed state of it grew out of another. An inclusion proof also has a text form that
 * other software reads: c2sp.org/tlog-proof, whose record is the entry's leaf bytes.
 */
import { z } from 'zod';
import { type Checkpoint, readCheckpoint } from './checkpoint.ts';
import { type LedgerLeaf, readLeaf } from './ledger-leaf.ts';
import { isConsistent, leafHash, rootOfInclusion } from './merkle-tree.ts';
import { fromBase64, type NoteKey } from './signed-note.ts';

export const inclusionProofSchema = z.strictObject({
  seq: z.int().nonnegative(),
  /** The entry, byte for byte as it is hashed. */
  leaf: z.string(),
  /** Base 64, from the leaf's sibling up. */
  hashes: z.array(z.string()).max(64).readonly(),
  /** The signed note. */
  checkpoint: z.string(),
});
export type InclusionProof = Readonly<z.infer<typeof inclusionProofSchema>>;

export const consistencyProofSchema = z.strictObject({
  /** The earlier and the later signed note. */
  from: z.string(),
  to: z.string(),
  /** Base 64. */
  hashes: z.array(z.string()).max(64).readonly(),
});
export type ConsistencyProof = Readonly<z.infer<typeof consistencyProofSchema>>;

export type ProofReading<Proven> =
  | { readonly ok: true; readonly proven: Proven }
  | { readonly ok: false; readonly because: string };

export type ProvenEntry = { readonly leaf: LedgerLeaf; readonly checkpoint: Checkpoint };

export function checkInclusion(proof: InclusionProof, key: NoteKey): ProofReading<ProvenEntry> {
  const signed = readCheckpoint(proof.checkpoint, key);
  if (!signed.ok) return refused(`the checkpoint: ${signed.because}`);
  const hashes = readHashes(proof.hashes);
  if (hashes === null) return refused('one of its hashes is none');
  const bytes = Buffer.from(proof.leaf);
  const entry = readLeaf(bytes);
  if (!entry.ok) return refused(`the entry: ${entry.because}`);
  if (entry.leaf.seq !== proof.seq) {
    return refused(`it is about entry ${proof.seq}, and shows entry ${entry.leaf.seq}`);
  }
  const { size, root } = signed.checkpoint;
  const found = rootOfInclusion(leafHash(bytes), proof.seq, size, hashes);
  return found !== null && Buffer.compare(found, root) === 0
    ? { ok: true, proven: { leaf: entry.leaf, checkpoint: signed.checkpoint } }
    : refused(`entry ${proof.seq} is not in the ledger of the checkpoint`);
}

export type ProvenGrowth = { readonly from: Checkpoint; readonly to: Checkpoint };

export function checkConsistency(
  proof: ConsistencyProof,
  key: NoteKey,
): ProofReading<ProvenGrowth> {
  const from = readCheckpoint(proof.from, key);
  if (!from.ok) return refused(`the earlier checkpoint: ${from.because}`);
  const to = readCheckpoint(proof.to, key);
  if (!to.ok) return refused(`the later checkpoint: ${to.because}`);
  const hashes = readHashes(proof.hashes);
  if (hashes === null) return refused('one of its hashes is none');
  return isConsistent(from.checkpoint, to.checkpoint, hashes)
    ? { ok: true, proven: { from: from.checkpoint, to: to.checkpoint } }
    : refused('the later ledger did not grow out of the earlier');
}

const tlogProofHeader = 'c2sp.org/tlog-proof@v1';

/** For the entry's leaf bytes, which stand in no proof of this form. */
export const tlogProofText = ({ seq, hashes, checkpoint }: Omit<InclusionProof, 'leaf'>): string =>
  [tlogProofHeader, `index ${seq}`, ...hashes, '', checkpoint].join('\n');

function readHashes(hashes: readonly string[]): readonly Uint8Array[] | null {
  const read = hashes.map(fromBase64);
  return read.every((each) => each !== null && each.length === 32) ? (read as Buffer[]) : null;
}

const refused = (because: string): { readonly ok: false; readonly because: string } => ({
  ok: false,
  because,
});
