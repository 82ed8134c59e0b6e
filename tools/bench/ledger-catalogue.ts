/** A ledger of a million entries in a file, made without the ledger: hashed, chained and grown as it does. */
import { DatabaseSync } from 'node:sqlite';
import { openCatalogue } from '../../cloud-stub/backends/sqlite-catalogue.ts';
import { entryHash, firstPrev, leafBytes } from '../../cloud-stub/custody/ledger-leaf.ts';
import { MerkleFrontier } from '../../cloud-stub/custody/merkle-frontier.ts';
import { leafHash } from '../../cloud-stub/custody/merkle-tree.ts';

/** What a stored clip leaves in the ledger. */
export const storedFacts = (n: number) => ({
  seq: n,
  disposition: 'complete',
  finalHash: 'ab'.repeat(32),
  chunks: 40,
  sizeBytes: 3_000_000,
  root: 'cd'.repeat(32),
  declared: { chunks: 40, size: 3_000_000, root: 'cd'.repeat(32) },
});

export const clipOf = (n: number): string => `01J${String(n).padStart(23, '0')}`;

export async function fillLedger(file: string, entries: number): Promise<void> {
  await openCatalogue(file).close();
  const database = new DatabaseSync(file);
  const { sql } = database
    .prepare("select sql from sqlite_schema where name = 'ledgerAppendsOnly'")
    .get() as { readonly sql: string };
  // It looks for the last entry at each insert, which is not what takes the time here.
  database.exec('drop trigger ledgerAppendsOnly; pragma synchronous = off; begin');
  const insert = database.prepare('insert into ledger values (?, ?, ?, ?, ?, ?, ?, ?, ?)');
  const node = database.prepare('insert into ledgerNodes values (?, ?, ?)');
  const tree = new MerkleFrontier();
  let prev = firstPrev;
  for (let seq = 0; seq < entries; seq++) {
    const facts = storedFacts(seq);
    const entry = {
      ...{ seq, at: 1_700_000_000_000 + seq, kind: 'clip-stored', actor: 'cloud' },
      ...{ thing: `doorbell-${seq % 1000}`, clip: clipOf(seq), facts, prev },
    };
    const leaf = leafBytes(entry);
    const hash = entryHash(leaf);
    const { at, kind, actor, thing, clip } = entry;
    insert.run(seq, at, kind, actor, thing, clip, JSON.stringify(facts), prev, hash);
    const [, ...nodes] = tree.add(leafHash(leaf));
    for (const { level, index, hash: sum } of nodes) node.run(level, index, sum);
    prev = hash;
  }
  database.exec(`commit; ${sql}; analyze`);
  database.close();
}
