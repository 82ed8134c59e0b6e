/** What ends the life of all clips of an account at once: its closure, or the lapse of its plan. [DEL-2, DEL-5] */
import { sql } from 'kysely';
import type { EpochMs } from '../../../device/wire/time.ts';
import type { AccountId } from '../../catalogue-tables.ts';
import { endOfLifeAt } from '../../custody/disposition.ts';
import type { EndOfLife } from '../../custody/policy.ts';
import type { Writing } from '../../ports.ts';

export type AccountEnd = {
  readonly by: 'account-closed' | 'plan-lapsed';
  readonly end: EndOfLife;
};

/**
 * Hides every clip of the account and brings its deleteAt forward, never back; how many were touched. The bytes go by
 * the purge worker, as ever. [RET-9]
 */
export async function endLives(
  tx: Writing,
  account: AccountId,
  at: EpochMs,
  { by, end }: AccountEnd,
): Promise<number> {
  const column = sql.ref(by === 'account-closed' ? 'accountClosedAt' : 'planLapsedAt');
  const limitAt = endOfLifeAt(at, end);
  // min() of SQLite is null as soon as one of them is.
  const deleteAt = sql`case when "deleteAt" is null or "deleteAt" > ${limitAt}
    then ${limitAt} else "deleteAt" end`;
  const { numAffectedRows = 0n } = await sql`
    update clips set
      visibility = case visibility when 'visible' then ${by} else visibility end,
      ${column} = ${at},
      "deleteAt" = ${limitAt === null ? sql.ref('deleteAt') : deleteAt}
    where account = ${account} and possession in ('staged', 'stored') and ${column} is null`.execute(
    tx,
  );
  return Number(numAffectedRows);
}
