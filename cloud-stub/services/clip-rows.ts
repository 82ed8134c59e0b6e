/** A clip's row and its stills, as every service reads them. */
import type { Kysely } from 'kysely';
import type { CatalogueTables, ClipRow } from '../catalogue-tables.ts';
import type { ClipKey } from '../ports.ts';
import { statement } from '../ports-statement.ts';

export async function loadClip(
  db: Kysely<CatalogueTables>,
  { thing, clip }: ClipKey,
): Promise<ClipRow | undefined> {
  const [row] = await statement<ClipRow>`
    select * from clips where thing = ${thing} and clip = ${clip}`.execute(db);
  return row;
}

/** Whether only its owner can read it; of a purged clip nothing is known any more. */
export const isEndToEnd = ({ opening }: Pick<ClipRow, 'opening'>): boolean =>
  (JSON.parse(opening) as { e2ee?: unknown }).e2ee !== undefined;

export const stillsOf = async (
  db: Kysely<CatalogueTables>,
  { thing, clip }: ClipKey,
): Promise<readonly ClipRow['clip'][]> =>
  (
    await db
      .selectFrom('stills')
      .select('still')
      .where('thing', '=', thing)
      .where('clip', '=', clip)
      .orderBy('still')
      .execute()
  ).map(({ still }) => still);
