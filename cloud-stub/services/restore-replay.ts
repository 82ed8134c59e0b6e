/**
 * What happened after a backup was taken, replayed onto the catalogue that was restored from it, before anything is
 * served: purges always, and deletions and closures as far as a newer catalogue tells of them. [RET-11]
 */
import { sql } from 'kysely';
import type { Ulid } from '../../device/wire/ids.ts';
import { type EpochMs, epochMs } from '../../device/wire/time.ts';
import type { AccountId, ClipRow } from '../catalogue-tables.ts';
import type { EscrowRow } from '../catalogue-tables-accounts.ts';
import type { ClipKey, Ports, Writing } from '../ports.ts';
import { closedName } from './account-closure.ts';

export type Withdrawn = Pick<
  ClipRow,
  'thing' | 'clip' | 'userDeletedAt' | 'accountClosedAt' | 'planLapsedAt' | 'deleteAt'
> & { readonly visibility: Exclude<ClipRow['visibility'], 'visible'> };

export type Since = {
  readonly backup: Ulid;
  readonly takenAt: EpochMs;
  /** Their keys were destroyed: what is left of them becomes a tombstone, whatever held them then. */
  readonly purged: readonly ClipKey[];
  /** Out of their owner's sight since. */
  readonly withdrawn: readonly Withdrawn[];
  readonly closed: readonly { readonly account: AccountId; readonly closedAt: EpochMs }[];
  readonly escrows: readonly EscrowRow[];
};

export type Replayed = {
  readonly purged: number;
  readonly withdrawn: number;
  readonly closed: number;
};

/** Once is enough, and twice does no harm but a second entry in the ledger. */
export const replaySince = (
  { catalogue, clock, ledger }: Pick<Ports, 'catalogue' | 'clock' | 'ledger'>,
  since: Since,
): Promise<Replayed> =>
  catalogue.write(async (tx) => {
    const at = clock.now();
    let withdrawn = 0;
    for (const each of since.withdrawn) withdrawn += await withdraw(tx, each);
    let closed = 0;
    for (const each of since.closed) closed += await close(tx, each);
    for (const escrow of since.escrows) {
      await tx
        .insertInto('escrows')
        .values(escrow)
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    }
    const intended = await intendPurges(tx, since.purged);
    for (const row of intended) {
      const { thing, clip, recordedAt, expiresAt, chunks, sizeBytes, root, deleteAt } = row;
      const because = 'purged-since-backup';
      const facts = { because, deleteAt, recordedAt, expiresAt, chunks, sizeBytes, root };
      await ledger.append(tx, { kind: 'purge-intended', at, actor: 'sweeper', thing, clip, facts });
    }
    const replayed = { purged: intended.length, withdrawn, closed };
    const facts = { backup: since.backup, takenAt: since.takenAt, ...replayed };
    await ledger.append(tx, { kind: 'backup-restored', at, actor: 'operator', facts });
    return replayed;
  });

/** Hidden, and never later gone than was said. */
async function withdraw(
  tx: Writing,
  { thing, clip, visibility, ...times }: Withdrawn,
): Promise<number> {
  const { userDeletedAt, accountClosedAt, planLapsedAt, deleteAt } = times;
  const { numUpdatedRows } = await tx
    .updateTable('clips')
    .set({
      visibility: sql<
        ClipRow['visibility']
      >`case visibility when 'visible' then ${visibility} else visibility end`,
      userDeletedAt: sql<EpochMs | null>`coalesce("userDeletedAt", ${userDeletedAt})`,
      accountClosedAt: sql<EpochMs | null>`coalesce("accountClosedAt", ${accountClosedAt})`,
      planLapsedAt: sql<EpochMs | null>`coalesce("planLapsedAt", ${planLapsedAt})`,
      deleteAt: sql<EpochMs | null>`case
        when ${deleteAt} is null then "deleteAt"
        when "deleteAt" is null or "deleteAt" > ${deleteAt} then ${deleteAt}
        else "deleteAt" end`,
    })
    .where('thing', '=', thing)
    .where('clip', '=', clip)
    .where('possession', 'in', ['staged', 'stored'])
    .executeTakeFirst();
  return Number(numUpdatedRows);
}

async function close(tx: Writing, { account, closedAt }: Since['closed'][number]): Promise<number> {
  await tx.deleteFrom('tokens').where('account', '=', account).execute();
  await tx
    .updateTable('ownerships')
    .set({ untilAt: sql<EpochMs>`max(${closedAt}, "fromAt" + 1)` })
    .where('account', '=', account)
    .where('untilAt', 'is', null)
    .execute();
  for (const table of ['events', 'accessRecords'] as const) {
    await tx
      .updateTable(table)
      .set({ expiresAt: closedAt })
      .where('account', '=', account)
      .where('expiresAt', '>', closedAt)
      .execute();
  }
  const { numUpdatedRows } = await tx
    .updateTable('accounts')
    .set({ name: closedName, closedAt })
    .where('account', '=', account)
    .where('closedAt', 'is', null)
    .executeTakeFirst();
  return Number(numUpdatedRows);
}

/**
 * The purge itself is the worker's: a start finishes what is intended before it serves. [RET-6, RET-9] What held a clip
 * when the backup was taken was released before it was purged, so the guard against purging what is held has no say
 * here; it stands again when this transaction is over.
 */
async function intendPurges(tx: Writing, keys: readonly ClipKey[]): Promise<readonly ClipRow[]> {
  if (keys.length === 0) return [];
  const guard = await sql<{ sql: string }>`
    select sql from sqlite_master where type = 'trigger' and name = ${guardName}`.execute(tx);
  await sql`drop trigger if exists ${sql.id(guardName)}`.execute(tx);
  const intended: ClipRow[] = [];
  for (const { thing, clip } of keys) {
    const row = await tx
      .updateTable('clips')
      .set({
        possession: 'shredding',
        visibility: sql<
          ClipRow['visibility']
        >`case visibility when 'visible' then 'expired' else visibility end`,
        keptUntil: epochMs(0),
      })
      .where('thing', '=', thing)
      .where('clip', '=', clip)
      .where('possession', 'in', ['staged', 'stored'])
      .returningAll()
      .executeTakeFirst();
    if (row !== undefined) intended.push(row);
  }
  for (const each of guard.rows) await sql.raw(each.sql).execute(tx);
  return intended;
}

const guardName = 'heldClipIsNotPurged';
