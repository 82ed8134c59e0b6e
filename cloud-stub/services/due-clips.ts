/**
 * What a sweep has to look at, page by page in the order it fell due; what is not due is never
 * read.
 */
import { sql } from 'kysely';
import { type EpochMs, epochMs } from '../../device/wire/time.ts';
import type { Possession } from '../catalogue-tables.ts';
import type { Catalogue, ClipKey } from '../ports.ts';

const rowsPerPage = 256;

type Due = ClipKey & { readonly deleteAt: EpochMs | null };

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
      .select(['thing', 'clip', 'deleteAt'])
      .where('possession', '=', possession)
      .where('deleteAt', '<=', now)
      .orderBy('deleteAt')
      .orderBy('thing')
      .orderBy('clip')
      .limit(rowsPerPage);
    if (after !== undefined) {
      const { deleteAt, thing, clip } = after;
      query = query.where(
        sql<boolean>`(${sql.ref('deleteAt')}, thing, clip) > (${deleteAt}, ${thing}, ${clip})`,
      );
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
      .select('deleteAt')
      .where('possession', '=', possession)
      .where('deleteAt', 'is not', null)
      .orderBy('deleteAt')
      .limit(1)
      .executeTakeFirst();
    const dueAt = first?.deleteAt ?? null;
    // A committed intent does not wait for anything. [RET-6]
    if (dueAt !== null && possession === 'shredding') return epochMs(0);
    if (dueAt !== null && (next === null || dueAt < next)) next = dueAt;
  }
  return next;
}
