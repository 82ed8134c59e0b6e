/**
 * Checks catalogue, vault, key vault, bags and ledger against each other and names every breach. It
 * changes nothing. Exact for a cloud at rest; beside a running one it may name what is just being
 * written or purged.
 */
import { sql } from 'kysely';
import type { ClipRow } from '../../catalogue-tables.ts';
import type { ClipKey } from '../../ports.ts';
import { checkBags } from './fsck-bags.ts';
import { type Breach, type BreachKind, breach } from './fsck-breach.ts';
import { checkCheckpoints } from './fsck-checkpoints.ts';
import { checkClip, type FsckPorts } from './fsck-clip.ts';

export type FsckOptions = {
  /** Called after each clip. */
  readonly onProgress?: (clipsChecked: number, clipsTotal: number) => void;
};

const rowsPerRead = 200;

export async function* fsck(
  ports: FsckPorts,
  { onProgress = () => {} }: FsckOptions = {},
): AsyncIterable<Breach> {
  for (const detail of await ports.catalogue.check()) {
    yield breach('catalogue-damaged', null, detail);
  }
  for await (const { seq, because } of ports.ledger.verify(ports.catalogue.read)) {
    yield breach('ledger-broken', null, `entry ${seq}: ${because}`);
  }
  yield* checkCheckpoints(ports);
  yield* clipsOnlyInLedger(ports);
  yield* heldAndGone(ports);
  const total = await clipCount(ports);
  let checked = 0;
  for await (const row of clipRows(ports)) {
    yield* checkClip(ports, row);
    onProgress(++checked, total);
  }
  yield* strays(ports, ports.keys.list(), 'key-without-clip', 'key-after-purge');
  yield* strays(ports, ports.vault.list(), 'journal-without-clip', 'bytes-after-purge');
  if (ports.bags !== undefined) yield* checkBags(ports, ports.bags);
}

async function* clipsOnlyInLedger({ catalogue }: FsckPorts): AsyncIterable<Breach> {
  const { rows } = await sql<ClipKey>`
    select distinct thing, clip from ledger
    where clip is not null and kind in ('clip-opened', 'clip-stored', 'clip-salvaged', 'purged')
    and not exists (
      select 1 from clips where clips.thing = ledger.thing and clips.clip = ledger.clip)
  `.execute(catalogue.read);
  for (const key of rows) yield breach('ledger-names-no-clip', key, 'there is no such row');
}

/** [HLD-6] */
async function* heldAndGone({ catalogue }: FsckPorts): AsyncIterable<Breach> {
  const { rows } = await sql<ClipKey & { readonly by: string }>`
    select thing, clip, 'hold ' || hold as "by" from "holdAttachments" join holds using (hold)
    join clips using (thing, clip)
    where "endedAt" is null and possession in ('shredding', 'shredded')
    union all
    select thing, clip, 'lease ' || lease from "leaseItems" join leases using (lease)
    join clips using (thing, clip)
    where "endedAt" is null and possession in ('shredding', 'shredded')
  `.execute(catalogue.read);
  for (const { thing, clip, by } of rows) {
    yield breach('held-clip-gone', { thing, clip }, `${by} is in force`);
  }
}

async function clipCount({ catalogue }: FsckPorts): Promise<number> {
  const { count } = await catalogue.read
    .selectFrom('clips')
    .select(({ fn }) => fn.countAll().as('count'))
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** A page of a read each, so that a long check keeps nobody's log from being emptied. */
async function* clipRows({ catalogue }: FsckPorts): AsyncIterable<ClipRow> {
  let after: ClipRow | undefined;
  for (;;) {
    let query = catalogue.read
      .selectFrom('clips')
      .selectAll()
      .orderBy('thing')
      .orderBy('clip')
      .limit(rowsPerRead);
    if (after !== undefined) {
      query = query.where(sql<boolean>`(thing, clip) > (${after.thing}, ${after.clip})`);
    }
    const page = await query.execute();
    yield* page;
    if (page.length < rowsPerRead) return;
    after = page.at(-1);
  }
}

/** Keys or journals of clips that are not there, or whose purge has ended. */
async function* strays(
  { catalogue }: FsckPorts,
  keys: AsyncIterable<ClipKey>,
  unknown: BreachKind,
  purged: BreachKind,
): AsyncIterable<Breach> {
  for await (const key of keys) {
    const row = await catalogue.read
      .selectFrom('clips')
      .select('possession')
      .where('thing', '=', key.thing)
      .where('clip', '=', key.clip)
      .executeTakeFirst();
    if (row === undefined) yield breach(unknown, key, 'the catalogue knows no such clip');
    else if (row.possession === 'shredded') yield breach(purged, key, 'its purge is on record');
  }
}
