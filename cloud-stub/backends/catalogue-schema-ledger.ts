/** The tree over the ledger and its signed checkpoints. */
import type { DatabaseSync } from 'node:sqlite';
import { rowLeafBytes } from '../custody/ledger-leaf.ts';
import { MerkleFrontier } from '../custody/merkle-frontier.ts';
import { leafHash } from '../custody/merkle-tree.ts';

export const ledgerSchema = `
-- The perfect subtrees of the Merkle tree over the ledger (RFC 6962): 2^level leaves from
-- idx * 2^level; the leaves themselves are the entries. Each is written once, in the transaction of
-- the entry that completes it. [LOG-1]
create table ledgerNodes (
  level integer not null check (level between 1 and 48),
  idx   integer not null check (idx >= 0),
  hash  blob not null check (length(hash) = 32),
  primary key (level, idx)
) strict, without rowid;
create trigger ledgerNodesNeverChange before update on ledgerNodes
begin
  select raise(abort, 'the tree of the ledger is never changed');
end;
create trigger ledgerNodesNeverShrink before delete on ledgerNodes
begin
  select raise(abort, 'the tree of the ledger is never cut');
end;

-- What the cloud has signed: that the first \`size\` entries have this root.
create table checkpoints (
  size integer primary key check (size > 0),
  at   integer not null,
  root blob not null check (length(root) = 32),
  note text not null
) strict;
create trigger checkpointsFollow before insert on checkpoints
when new.size <= (select coalesce(max(size), 0) from checkpoints)
or new.size > (select coalesce(max(seq) + 1, 0) from ledger)
begin
  select raise(abort, 'a checkpoint follows the last one, and covers entries that are there');
end;
create trigger checkpointsNeverChange before update on checkpoints
begin
  select raise(abort, 'a checkpoint is never changed');
end;
create trigger checkpointsNeverGo before delete on checkpoints
begin
  select raise(abort, 'a checkpoint is never removed');
end;
`;

/** The nodes of entries that were written before there was a tree. */
export function plantTree(database: DatabaseSync): void {
  const entries = database.prepare(
    'select seq, at, kind, actor, thing, clip, facts, prev from ledger order by seq',
  );
  const insert = database.prepare('insert into ledgerNodes (level, idx, hash) values (?, ?, ?)');
  const tree = new MerkleFrontier();
  for (const row of entries.iterate()) {
    const leaf = rowLeafBytes(row as Parameters<typeof rowLeafBytes>[0]);
    const [, ...nodes] = tree.add(leafHash(leaf));
    for (const { level, index, hash } of nodes) insert.run(level, index, hash);
  }
}
