/**
 * What a sweep has to look at, page by page in the order it fell due; what is not due, or is known to
 * be kept, is never read.
 */
import { sql } from 'kysely';
import { type EpochMs, epochMs } from '../../../device/wire/time.ts';
import type { Possession } from '../../catalogue-tables.ts';
import type { Catalogue, ClipKey } from '../../ports.ts';

const rowsPerPage = 4096;

type Due = ClipKey & { readonly dueAt: EpochMs | null };

/** As the index `clipsDue` has it; null: not before something happens. */
const dueAt = sql<EpochMs | null>`max(${sql.ref('deleteAt')}, ${sql.ref('keptUntil')})`;

/** Clips in this possession that are due by `now`. Each is given once, purged meanwhile or not. */
export async function* dueClips(
  read: Catalogue['read'],
  possession: Possession,
  now: EpochMs,
): AsyncIterable<readonly ClipKey[]> {
  let after: Due | undefined;
  for (;;) {
    let query = read
      .selectFrom('clips')
      .select(['thing', 'clip', dueAt.as('dueAt')])
      .where('possession', '=', possession)
      .where(dueAt, '<=', now)
      .orderBy(dueAt)
      .orderBy('thing')
      .orderBy('clip')
      .limit(rowsPerPage);
    if (after !== undefined) {
      const { dueAt: at, thing, clip } = after;
      // The index is entered by the time; names only tell those of one millisecond apart.
      query = query
        .where(dueAt, '>=', at)
        .where(sql<boolean>`(${dueAt}, thing, clip) > (${at}, ${thing}, ${clip})`);
    }
    const page: readonly Due[] = await query.execute();
    if (page.length > 0) yield page.map(({ thing, clip }) => ({ thing, clip }));
    if (page.length < rowsPerPage) return;
    after = page.at(-1);
  }
}

/** When the next clip falls due; in the past when one is due, or a purge was cut off; null: none will. */
export async function nextClipDueAt(read: Catalogue['read']): Promise<EpochMs | null> {
  let next: EpochMs | null = null;
  for (const possession of ['shredding', 'staged', 'stored'] as const) {
    const first = await read
      .selectFrom('clips')
      .select(dueAt.as('dueAt'))
      .where('possession', '=', possession)
      .where(dueAt, 'is not', null)
      .orderBy(dueAt)
      .limit(1)
      .executeTakeFirst();
    const at = first?.dueAt ?? null;
    // A committed intent does not wait for anything. [RET-6]
    if (at !== null && possession === 'shredding') return epochMs(0);
    if (at !== null && (next === null || at < next)) next = at;
  }
  return next;
}
