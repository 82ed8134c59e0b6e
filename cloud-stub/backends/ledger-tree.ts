/**
 * The Merkle tree over the ledger (RFC 6962). Its leaves are the entries themselves; its other
 * perfect subtrees stand in `ledgerNodes`, each written once, in the transaction of the entry that
 * completes it.
 */
import { sql } from 'kysely';
import { rowLeafBytes } from '../custody/ledger-leaf.ts';
import { MerkleFrontier } from '../custody/merkle-frontier.ts';
import {
  consistencySteps,
  fold,
  inclusionSteps,
  leafHash,
  type Node,
  type ProofStep,
  rootStep,
} from '../custody/merkle-tree.ts';
import type { Reading, Writing } from '../ports.ts';
import { statement } from '../ports-statement.ts';

/** Grows the tree by one entry after the other. */
export class LedgerTree {
  /**
   * The tree that ends with the entry of this hash. The hash stands for all entries up to it, so
   * what a transaction that was rolled back left here is never mistaken for what is there.
   */
  #last: { readonly hash: string; readonly tree: MerkleFrontier } | null = null;

  /** Adds the entries that follow those that are there, and their leaves in the same order. */
  async grow(
    tx: Writing,
    entries: readonly { readonly seq: number; readonly prev: string; readonly hash: string }[],
    leaves: readonly Uint8Array[],
  ): Promise<void> {
    const [first] = entries;
    const last = entries.at(-1);
    if (first === undefined || last === undefined) return;
    const known = this.#last;
    this.#last = null;
    const tree =
      known?.hash === first.prev && known.tree.size === first.seq
        ? known.tree
        : new MerkleFrontier(first.seq, await hashesOf(tx, rootStep(first.seq)));
    for (const leaf of leaves) {
      // The first is the leaf itself. One after the other, as SQL of many shapes is prepared anew again and again.
      const [, ...nodes] = tree.add(leafHash(leaf));
      for (const { level, index, hash } of nodes) {
        await statement`
          insert into "ledgerNodes" (level, idx, hash) values
          (${level}, ${index}, ${hash})`.execute(tx);
      }
    }
    this.#last = { hash: last.hash, tree };
  }
}

export const treeRoot = async (db: Reading, size: number): Promise<Uint8Array> =>
  fold(await hashesOf(db, rootStep(size)));

export const inclusionProof = (db: Reading, seq: number, size: number) =>
  folded(db, inclusionSteps(seq, size));

export const consistencyProof = (db: Reading, from: number, to: number) =>
  folded(db, consistencySteps(from, to));

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

/** In the order of `nodes`. Throws LedgerTreeError when one is not there. */
async function hashesOf(db: Reading, nodes: readonly Node[]): Promise<readonly Uint8Array[]> {
  const found = new Map<string, Uint8Array>();
  const leaves = nodes.flatMap(({ level, index }) => (level === 0 ? [index] : []));
  if (leaves.length > 0) {
    const rows = await db.selectFrom('ledger').selectAll().where('seq', 'in', leaves).execute();
    for (const row of rows) found.set(`0/${row.seq}`, leafHash(rowLeafBytes(row)));
  }
  const inner = nodes.filter(({ level }) => level > 0);
  if (inner.length > 0) {
    const wanted = sql.join(inner.map(({ level, index }) => sql`(${level}, ${index})`));
    const rows = await db
      .selectFrom('ledgerNodes')
      .selectAll()
      .where(sql<boolean>`(level, idx) in (values ${wanted})`)
      .execute();
    for (const { level, idx, hash } of rows) found.set(`${level}/${idx}`, hash);
  }
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
