/**
 * What the ledger tells of an export's items and of its matter, up to the moment it was frozen, and
 * the proofs. Nothing of other matters, whatever else happened to the same clips.
 */
import { sql } from 'kysely';
import type { Ulid } from '../../../device/wire/ids.ts';
import type { ExportRow } from '../../catalogue-tables-exports.ts';
import type { MatterEntry, ReportedEntry } from '../../legal/export-report.ts';
import type { ClipKey, LedgerKind, Reading } from '../../ports.ts';
import { frozenClips } from './export-rows.ts';

/** The life of a clip; all but its holds, which belong to matters. */
const lifeKinds: readonly LedgerKind[] = [
  'clip-opened',
  'clip-dated',
  'clip-stored',
  'clip-salvaged',
  'clip-completed',
  'clip-rejected',
  'clip-conflict',
  'clip-late',
  'clip-evicted',
  'clip-viewed',
  'clip-deleted',
  'chain-gap',
];
/**
 * What a matter did, each naming its demand. Not what was found about it: `hold-reached` and `demand-weighed` count
 * what the sender did not ask for or does not get. [LEG-2]
 */
const matterKinds: readonly LedgerKind[] = [
  'demand-received',
  'demand-reviewed',
  'demand-approved',
  'demand-decided',
  'hold-placed',
  'export-leased',
  'clip-exported',
];

/** Of one clip, its copying for this export included. */
export async function clipEntries(
  db: Reading,
  { ledgerSize, export: id }: ExportRow,
  { thing, clip }: ClipKey,
): Promise<readonly ReportedEntry[]> {
  return db
    .selectFrom('ledger')
    .select(['seq', 'at', 'kind', 'actor'])
    .where('thing', '=', thing)
    .where('clip', '=', clip)
    .where('seq', '<', ledgerSize)
    .where((or) =>
      or.or([
        or('kind', 'in', lifeKinds),
        or.and([or('kind', '=', 'clip-exported'), or(factText('export'), '=', id)]),
      ]),
    )
    .orderBy('seq')
    .execute();
}

/** All that the bag tells of, in the ledger's order. */
export async function chainOf(db: Reading, row: ExportRow): Promise<readonly number[]> {
  const seqs = new Set((await matterEntries(db, row)).map(({ seq }) => seq));
  for await (const clip of frozenClips(db, row.export)) {
    for (const { seq } of await clipEntries(db, row, clip)) seqs.add(seq);
  }
  return [...seqs].sort((a, b) => a - b);
}

type FactName =
  | ('demand' | 'basis' | 'export' | 'outcome' | 'reasons' | 'kind')
  | ('ownerDeleted' | 'withheld');

/** Of the matter itself: from its receipt to the lease of this export. */
export async function matterEntries(
  db: Reading,
  { demand, ledgerSize, export: id }: ExportRow,
): Promise<readonly MatterEntry[]> {
  const rows = await db
    .selectFrom('ledger')
    .select(['seq', 'at', 'kind', 'actor', 'clip'])
    .select([factText('export').as('export'), factText('outcome').as('outcome')])
    .select([factText('reasons').as('reasons'), factText('kind').as('hold')])
    .where('kind', 'in', matterKinds)
    .where('seq', '<', ledgerSize)
    .where((or) => or.or([or(factText('demand'), '=', demand), or(factText('basis'), '=', demand)]))
    // Entries from before those stood apart.
    .where(factText('ownerDeleted'), 'is', null)
    .where(factText('withheld'), 'is', null)
    .orderBy('seq')
    .execute();
  // An earlier export of the same matter has a bag of its own.
  return rows
    .filter((each) => each.export === null || (each.export as Ulid) === id)
    .map(({ reasons, ...each }) => ({
      ...each,
      reasons: reasons === null ? [] : (JSON.parse(reasons) as string[]),
    }));
}

const factText = (name: FactName) => sql<string | null>`json_extract(facts, ${`$.${name}`})`;
