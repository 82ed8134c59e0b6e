/**
 * The ledger: a table that only grows, each entry naming the hash of the one before it. An entry's
 * hash is SHA-256 over the canonical JSON (RFC 8785) of its row without `hash`, `facts` as an
 * object.
 */
import { createHash } from 'node:crypto';
import { canonicalJson } from '../../device/wire/codec.ts';
import type { LedgerRow } from '../catalogue-tables.ts';
import type { Catalogue, Ledger, LedgerEntry, LedgerFault, Writing } from '../ports.ts';

const firstPrev = '0'.repeat(64);
const rowsPerRead = 1000;

export const sqlLedger: Ledger = { append, verify };

async function append(tx: Writing, entry: LedgerEntry): Promise<void> {
  const last = await tx
    .selectFrom('ledger')
    .select(['seq', 'hash'])
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  const unhashed = {
    seq: last === undefined ? 0 : last.seq + 1,
    at: entry.at,
    kind: entry.kind,
    actor: entry.actor,
    thing: entry.thing ?? null,
    clip: entry.clip ?? null,
    facts: canonicalJson(entry.facts),
    prev: last?.hash ?? firstPrev,
  };
  await tx
    .insertInto('ledger')
    .values({ ...unhashed, hash: entryHash(unhashed) })
    .execute();
}

/** Pages of a read each, so that no long read keeps the write-ahead log from being emptied. */
async function* verify(read: Catalogue['read']): AsyncIterable<LedgerFault> {
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
      const because = fault(row, seq, prev);
      if (because !== null) yield { seq: row.seq, because };
      // Go on from what stands there: one alteration is named once, not once for each entry after
      // it.
      prev = row.hash;
      seq = row.seq + 1;
    }
    if (rows.length < rowsPerRead) return;
  }
}

function fault(row: LedgerRow, seq: number, prev: string): string | null {
  if (row.seq !== seq) return `entries ${seq} to ${row.seq - 1} are missing`;
  if (row.prev !== prev) return 'does not name the entry before it';
  let expected: string;
  try {
    expected = entryHash(row);
  } catch {
    return 'its facts are not JSON';
  }
  return row.hash === expected ? null : 'its hash is not that of its contents';
}

function entryHash({
  seq,
  at,
  kind,
  actor,
  thing,
  clip,
  facts,
  prev,
}: Omit<LedgerRow, 'hash'>): string {
  const contents = { seq, at, kind, actor, thing, clip, facts: JSON.parse(facts) as unknown, prev };
  return createHash('sha256').update(canonicalJson(contents)).digest('hex');
}
