/**
 * The Merkle tree over the ledger (RFC 6962), its perfect subtrees in `ledgerNodes`, each written
 * once, in the transaction of the entry that completes it.
 */
import { sql } from 'kysely';
import {
  consistencySteps,
  fold,
  inclusionSteps,
  interiorHash,
  leafHash,
  type Node,
  nodesCompletedBy,
  type ProofStep,
  rootStep,
} from '../custody/merkle-tree.ts';
import type { Reading, Writing } from '../ports.ts';

/** Adds leaf `seq`, the next one. */
export async function growTree(tx: Writing, seq: number, leaf: Uint8Array): Promise<void> {
  const [, ...parents] = nodesCompletedBy(seq);
  const left = await hashesOf(tx, parents.map(leftChild));
  let hash: Uint8Array = leafHash(leaf);
  const rows = [{ level: 0, idx: seq, hash }];
  for (const [at, { level, index }] of parents.entries()) {
    hash = interiorHash(left[at] as Uint8Array, hash);
    rows.push({ level, idx: index, hash });
  }
  await tx.insertInto('ledgerNodes').values(rows).execute();
}

export const treeRoot = async (db: Reading, size: number): Promise<Uint8Array> =>
  (await folded(db, [rootStep(size)]))[0] as Uint8Array;

export const inclusionProof = (db: Reading, seq: number, size: number) =>
  folded(db, inclusionSteps(seq, size));

export const consistencyProof = (db: Reading, from: number, to: number) =>
  folded(db, consistencySteps(from, to));

const leftChild = ({ level, index }: Node): Node => ({ level: level - 1, index: index * 2 });

/** One hash a step. */
async function folded(db: Reading, steps: readonly ProofStep[]): Promise<readonly Uint8Array[]> {
  const hashes = await hashesOf(db, steps.flat());
  let from = 0;
  return steps.map((step) => {
    const hash = fold(hashes.slice(from, from + step.length));
    from += step.length;
    return hash;
  });
}

/** In the order of `nodes`. Throws when one is not there. */
async function hashesOf(db: Reading, nodes: readonly Node[]): Promise<readonly Uint8Array[]> {
  if (nodes.length === 0) return [];
  const wanted = sql.join(nodes.map(({ level, index }) => sql`(${level}, ${index})`));
  const rows = await db
    .selectFrom('ledgerNodes')
    .selectAll()
    .where(sql<boolean>`(level, idx) in (values ${wanted})`)
    .execute();
  const found = new Map(rows.map(({ level, idx, hash }) => [`${level}/${idx}`, hash]));
  return nodes.map(({ level, index }) => {
    const hash = found.get(`${level}/${index}`);
    if (hash === undefined) throw new LedgerTreeError(level, index);
    return hash;
  });
}

/** A node of the tree is missing: the catalogue was tampered with, or asked for what it has not. */
export class LedgerTreeError extends Error {
  override readonly name = 'LedgerTreeError';
  readonly level: number;
  readonly index: number;
  constructor(level: number, index: number) {
    super(`the ledger's tree has no node ${index} on level ${level}`);
    this.level = level;
    this.index = index;
  }
}
