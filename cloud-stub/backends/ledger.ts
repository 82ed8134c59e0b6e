/**
 * The ledger: a table that only grows, each entry naming the hash of the one before it, and the
 * Merkle tree over it. What exactly is hashed: custody/ledger-leaf.ts.
 */
import assert from 'node:assert/strict';
import { sql } from 'kysely';
import type { Ulid } from '../../device/wire/ids.ts';
import type { LedgerRow } from '../catalogue-tables.ts';
import { canonicalLeafBytes, entryHash, firstPrev, rowLeafBytes } from '../custody/ledger-leaf.ts';
import { leafHash } from '../custody/merkle-tree.ts';
import {
  isLedgerActor,
  pseudonymizeActor,
  pseudonymizeFacts,
  pseudonymOf,
  shredded,
} from '../custody/pseudonyms.ts';
import type { Ledger, LedgerEntry, LedgerFault, Reading, Writing } from '../ports.ts';
import type { IdentityKeys } from '../ports-ledger.ts';
import { statement } from '../ports-statement.ts';
import { consistencyProof, inclusionProof, LedgerTree, treeRoot } from './ledger-tree.ts';
import { TreeCheck } from './ledger-tree-check.ts';

const rowsPerRead = 1000;

/** The SQL ledger, which tells whom it speaks of by pseudonyms under these keys. */
export function openSqlLedger(identities: IdentityKeys): Ledger {
  const nameOf = async (identity: Ulid): Promise<string> => {
    const key = await identities.obtain(identity);
    return key === null ? shredded : pseudonymOf(key, identity);
  };
  const tree = new LedgerTree();
  return {
    ...reading,
    append: (tx, ...entries) => append(tx, entries, nameOf, tree),
    actor: (actor) => pseudonymizeActor(actor, nameOf),
  };
}

const reading: Omit<Ledger, 'append' | 'actor'> = {
  verify,
  size: async (db) => {
    const { size } = await db
      .selectFrom('ledger')
      .select(sql<number>`coalesce(max(seq) + 1, 0)`.as('size'))
      .executeTakeFirstOrThrow();
    return size;
  },
  async leaf(db, seq) {
    const row = await db.selectFrom('ledger').selectAll().where('seq', '=', seq).executeTakeFirst();
    return row === undefined ? null : rowLeafBytes(row);
  },
  root: treeRoot,
  inclusion: inclusionProof,
  consistency: consistencyProof,
};

async function append(
  tx: Writing,
  entries: readonly LedgerEntry[],
  nameOf: (identity: Ulid) => Promise<string>,
  tree: LedgerTree,
): Promise<number> {
  const [last] = await statement<Pick<LedgerRow, 'seq' | 'hash'>>`
    select seq, hash from ledger order by seq desc limit 1`.execute(tx);
  const first = last === undefined ? 0 : last.seq + 1;
  let prev = last?.hash ?? firstPrev;
  const rows: LedgerRow[] = [];
  const leaves: Uint8Array[] = [];
  for (const entry of entries) {
    const actor = await pseudonymizeActor(entry.actor, nameOf);
    assert(isLedgerActor(actor), `an actor is a role, or role:ULID; this is neither: ${actor}`);
    const unhashed = {
      seq: first + rows.length,
      at: entry.at,
      kind: entry.kind,
      actor,
      thing: entry.thing ?? null,
      clip: entry.clip ?? null,
      facts: await pseudonymizeFacts(entry.facts, nameOf),
      prev,
    };
    const leaf = canonicalLeafBytes(unhashed);
    prev = entryHash(leaf);
    rows.push({ ...unhashed, hash: prev });
    leaves.push(leaf);
  }
  await insert(tx, rows);
  await tree.grow(tx, rows, leaves);
  return first;
}

/** One statement, however many they are; mostly it is one entry, which is not worth the way through JSON. */
async function insert(tx: Writing, rows: readonly LedgerRow[]): Promise<void> {
  const [only] = rows;
  if (rows.length === 1 && only !== undefined) {
    const { seq, at, kind, actor, thing, clip, facts, prev, hash } = only;
    await statement`
      insert into ledger (seq, at, kind, actor, thing, clip, facts, prev, hash) values
      (${seq}, ${at}, ${kind}, ${actor}, ${thing}, ${clip}, ${facts}, ${prev}, ${hash})`.execute(
      tx,
    );
    return;
  }
  await statement`
    insert into ledger (seq, at, kind, actor, thing, clip, facts, prev, hash)
    select value ->> 'seq', value ->> 'at', value ->> 'kind', value ->> 'actor',
      value ->> 'thing', value ->> 'clip', value ->> 'facts', value ->> 'prev', value ->> 'hash'
    from json_each(${JSON.stringify(rows)}) order by key`.execute(tx);
}

/** Pages of a read each, so that no long read keeps the write-ahead log from being emptied. */
async function* verify(read: Reading): AsyncIterable<LedgerFault> {
  const tree = new TreeCheck(read);
  let prev = firstPrev;
  let seq = 0;
  for (;;) {
    const rows = await read
      .selectFrom('ledger')
      .selectAll()
      .where('seq', '>=', seq)
      .orderBy('seq')
      .limit(rowsPerRead)
      .execute();
    for (const row of rows) {
      const leaf = readRow(row);
      const because = fault(row, leaf, seq, prev);
      if (because !== null) yield { seq: row.seq, because };
      // Go on from what stands there: one alteration is named once, not once for each entry after
      // it.
      prev = row.hash;
      seq = row.seq + 1;
      if (leaf !== null) tree.add(row.seq, leafHash(leaf));
    }
    yield* tree.check();
    if (rows.length < rowsPerRead) break;
  }
  yield* tree.checkEnd(seq);
}

function fault(row: LedgerRow, leaf: Buffer | null, seq: number, prev: string): string | null {
  if (row.seq !== seq) return `entries ${seq} to ${row.seq - 1} are missing`;
  if (row.prev !== prev) return 'does not name the entry before it';
  if (leaf === null) return 'its facts are not JSON';
  return row.hash === entryHash(leaf) ? null : 'its hash is not that of its contents';
}

/** Null when the facts are not JSON. */
function readRow(row: LedgerRow): Buffer | null {
  try {
    return rowLeafBytes(row);
  } catch {
    return null;
  }
}
