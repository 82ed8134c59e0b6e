/**
 * Records other than clips that have a window of their own: events, records of access, exported bags. Each class says
 * what of it is due; the sweeper asks all of them in each sweep, so that nothing outlives its window unheld. [RET-10]
 */
import { sql } from 'kysely';
import type { ThingName } from '../../../device/wire/ids.ts';
import { days, type EpochMs, later, milliseconds } from '../../../device/wire/time.ts';
import type { AccountId } from '../../catalogue-tables.ts';
import { mayBeInScope, type Scope } from '../../custody/holds-scope.ts';
import type { LedgerKind, Ports, Writing } from '../../ports.ts';
import { holdOf } from '../holds/hold-records.ts';

export type RecordClass = {
  readonly name: string;
  /** When the next record of this class falls due; null: there is none, in the past: there is work to do. */
  nextDueAt(): Promise<EpochMs | null>;
  /**
   * Destroys what is due by now; how many records. What is kept by a hold is not due. Called only under a clock that
   * is trusted [RET-8]; what fails is tried again at the next sweep.
   */
  sweep(): Promise<number>;
};

export type RecordPorts = Pick<Ports, 'clock' | 'catalogue' | 'ledger'>;

const rowsPerWrite = 500;
/** A held record is looked at again after this: it outlives the release of its hold by no more. */
const heldStep = days(1);

type DueRow = {
  readonly row: number;
  readonly thing: ThingName | null;
  readonly account: AccountId | null;
  readonly at: EpochMs;
};

/**
 * A table whose rows go when their `expiresAt` comes, a ledger entry for each batch in the same transaction. What a
 * hold in force reaches stays, by its owner, device and time. An unreadable hold keeps everything. [RET-8]
 */
export function expiringRows(
  { catalogue, clock, ledger }: RecordPorts,
  table: 'events' | 'accessRecords',
  purgedAs: LedgerKind,
): RecordClass {
  const dueAt = sql<EpochMs>`max("expiresAt", "keptUntil")`;

  async function nextDueAt(): Promise<EpochMs | null> {
    const first = await sql<{ dueAt: EpochMs }>`
      select ${dueAt} as "dueAt" from ${sql.table(table)} order by 1 limit 1`.execute(
      catalogue.read,
    );
    return first.rows[0]?.dueAt ?? null;
  }

  async function purgeBatch(tx: Writing): Promise<{ looked: number; purged: number }> {
    const at = clock.now();
    const { rows } = await sql<DueRow>`
      select rowid as row, thing, account, at from ${sql.table(table)}
      where ${dueAt} <= ${at} order by ${dueAt} limit ${rowsPerWrite}`.execute(tx);
    if (rows.length === 0) return { looked: 0, purged: 0 };
    const scopes = await scopesInForce(tx, at);
    const isHeld = (row: DueRow): boolean => scopes.some((scope) => reaches(scope, row));
    const [held, free] = [rows.filter(isHeld), rows.filter((row) => !isHeld(row))];
    if (held.length > 0) {
      await sql`update ${sql.table(table)} set "keptUntil" = ${later(at, heldStep)}
        where rowid in (${rowIds(held)})`.execute(tx);
    }
    if (free.length > 0) {
      await sql`delete from ${sql.table(table)} where rowid in (${rowIds(free)})`.execute(tx);
      const facts = { count: free.length, expiredBy: at };
      await ledger.append(tx, { kind: purgedAs, at, actor: 'sweeper', facts });
    }
    return { looked: rows.length, purged: free.length };
  }

  return {
    name: table,
    nextDueAt,
    async sweep() {
      let total = 0;
      // A look costs less than a transaction, and mostly there is nothing.
      const due = await nextDueAt();
      if (due === null || due > clock.now()) return total;
      for (;;) {
        const { looked, purged } = await catalogue.write(purgeBatch);
        total += purged;
        if (looked < rowsPerWrite) return total;
      }
    },
  };
}

async function scopesInForce(tx: Writing, now: EpochMs): Promise<readonly Scope[]> {
  const rows = await tx
    .selectFrom('holds')
    .selectAll()
    .where('endedAt', 'is', null)
    .where((eb) => eb.or([eb('expiresAt', 'is', null), eb('expiresAt', '>', now)]))
    .execute();
  return rows.map((row) => holdOf(row).scope);
}

const reaches = (scope: Scope, { thing, account, at }: DueRow): boolean =>
  mayBeInScope(
    {
      // A record of the account as a whole is of no device, and no device's name reaches it.
      thing: thing ?? ('' as ThingName),
      account,
      earliestAt: at,
      latestAt: at,
      durationMs: milliseconds(0),
    },
    scope,
  );

const rowIds = (rows: readonly DueRow[]) => sql.join(rows.map(({ row }) => row));
