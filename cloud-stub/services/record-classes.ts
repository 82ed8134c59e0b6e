/**
 * Records other than clips that have a window of their own: events, records of access, exported bags. Each class says
 * what of it is due; the sweeper asks all of them in each sweep, so that nothing outlives its window. [RET-10]
 */
import { sql } from 'kysely';
import type { EpochMs } from '../../device/wire/time.ts';
import type { LedgerKind, Ports, Writing } from '../ports.ts';

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

/** A table whose rows go when their `expiresAt` comes, a ledger entry for each batch in the same transaction. */
export function expiringRows(
  { catalogue, clock, ledger }: RecordPorts,
  table: 'events',
  purgedAs: LedgerKind,
): RecordClass {
  const purgeBatch = async (tx: Writing): Promise<number> => {
    const at = clock.now();
    const { numAffectedRows = 0n } = await sql`
      delete from ${sql.table(table)} where rowid in (
        select rowid from ${sql.table(table)}
        where ${sql.ref('expiresAt')} <= ${at} limit ${rowsPerWrite}
      )`.execute(tx);
    const count = Number(numAffectedRows);
    if (count > 0) {
      const facts = { count, expiredBy: at };
      await ledger.append(tx, { kind: purgedAs, at, actor: 'sweeper', facts });
    }
    return count;
  };
  const nextDueAt = async (): Promise<EpochMs | null> => {
    const first = await catalogue.read
      .selectFrom(table)
      .select('expiresAt')
      .orderBy('expiresAt')
      .limit(1)
      .executeTakeFirst();
    return first?.expiresAt ?? null;
  };
  return {
    name: table,
    nextDueAt,
    async sweep() {
      let total = 0;
      // A look costs less than a transaction, and mostly there is nothing.
      const due = await nextDueAt();
      if (due === null || due > clock.now()) return total;
      for (;;) {
        const count = await catalogue.write(purgeBatch);
        total += count;
        if (count < rowsPerWrite) return total;
      }
    },
  };
}
