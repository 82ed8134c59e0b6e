/**
 * The last of a restore, before anything is served: what the catalogue still has and was purged since becomes a
 * tombstone, and the ledger tells what was restored and what could not be. [RET-11]
 */
import { sql } from 'kysely';
import type { Ulid } from '../../../device/wire/ids.ts';
import { type EpochMs, epochMs } from '../../../device/wire/time.ts';
import type { ClipRow } from '../../catalogue-tables.ts';
import type { ClipKey, Ports, Writing } from '../../ports.ts';

export type Since = {
  readonly backup: Ulid;
  readonly takenAt: EpochMs;
  /** Their keys were destroyed: what is left of them becomes a tombstone, whatever held them then. */
  readonly purged: readonly ClipKey[];
  /** Where what came after the backup is from: the redo log, an older catalogue, or nowhere. */
  readonly since: 'redo-log' | 'newer' | 'backup-alone';
  /** Clips whose bytes are nowhere. */
  readonly lost: number;
};

/** How many purges it intends. Once is enough, and twice does no harm but a second entry in the ledger. */
export const replaySince = (
  { catalogue, clock, ledger }: Pick<Ports, 'catalogue' | 'clock' | 'ledger'>,
  { purged, ...told }: Since,
): Promise<number> =>
  catalogue.write(async (tx) => {
    const at = clock.now();
    const intended = await intendPurges(tx, purged);
    for (const row of intended) {
      const { thing, clip, recordedAt, expiresAt, chunks, sizeBytes, root, deleteAt } = row;
      const because = 'purged-since-backup';
      const facts = { because, deleteAt, recordedAt, expiresAt, chunks, sizeBytes, root };
      await ledger.append(tx, { kind: 'purge-intended', at, actor: 'sweeper', thing, clip, facts });
    }
    const facts = { ...told, purged: intended.length };
    await ledger.append(tx, { kind: 'backup-restored', at, actor: 'operator', facts });
    return intended.length;
  });

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
