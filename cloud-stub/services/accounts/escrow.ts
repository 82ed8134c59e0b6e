/**
 * Escrow: the least identity of a closed account, as long as anything of it is held. With the last of that the name
 * goes, and the key of the pseudonym under which the ledger speaks of the account. [DEL-5, LOG-2]
 */
import { sql } from 'kysely';
import { type EpochMs, epochMs } from '../../../device/wire/time.ts';
import type { AccountId } from '../../catalogue-tables.ts';
import type { Ports, Reading } from '../../ports.ts';
import type { RecordClass } from '../retention/record-classes.ts';
import { accountActor } from './accounts.ts';

const escrowsPerWrite = 100;

/**
 * The end is put on record while the pseudonym can still be told, then the key is destroyed, then the row goes: a sweep
 * after a crash goes on from there.
 */
export function escrowClass({
  catalogue,
  clock,
  identities,
  ledger,
}: Pick<Ports, 'catalogue' | 'clock' | 'identities' | 'ledger'>): RecordClass {
  const end = (): Promise<readonly AccountId[]> =>
    catalogue.write(async (tx) => {
      const at = clock.now();
      const over = await withoutFootage(tx);
      for (const { account, endedAt, closedAt } of over) {
        if (endedAt !== null) continue;
        await tx
          .updateTable('escrows')
          .set({ endedAt: epochMs(Math.max(at, closedAt)) })
          .where('account', '=', account)
          .execute();
        const actor = 'sweeper';
        const facts = { account: accountActor(account) };
        await ledger.append(tx, { kind: 'escrow-ended', at, actor, facts });
        await ledger.append(tx, { kind: 'identity-shredded', at, actor, facts });
      }
      return over.map(({ account }) => account);
    });

  return {
    name: 'escrows',
    // It ends with a purge, which is a write: nothing waits for a time of its own.
    nextDueAt: async () => ((await withoutFootage(catalogue.read)).length > 0 ? epochMs(0) : null),
    async sweep() {
      if ((await withoutFootage(catalogue.read)).length === 0) return 0;
      const ended = await end();
      for (const account of ended) await identities.destroy(account);
      await catalogue.write(async (tx) => {
        for (const account of ended) {
          await tx.deleteFrom('escrows').where('account', '=', account).execute();
        }
      });
      return ended.length;
    },
  };
}

type Over = {
  readonly account: AccountId;
  readonly closedAt: EpochMs;
  readonly endedAt: EpochMs | null;
};

const withoutFootage = (db: Reading): Promise<readonly Over[]> =>
  db
    .selectFrom('escrows')
    .select(['account', 'closedAt', 'endedAt'])
    .where(({ and, not, exists, selectFrom }) =>
      and([
        // As the index `clipsInEscrow` has it.
        not(
          exists(
            selectFrom('clips')
              .select('clip')
              .whereRef('clips.account', '=', 'escrows.account')
              .where('accountClosedAt', 'is not', null)
              .where('possession', '<>', sql.lit('shredded')),
          ),
        ),
        ...(['events', 'accessRecords'] as const).map((table) =>
          not(
            exists(
              selectFrom(table).select('at').whereRef(`${table}.account`, '=', 'escrows.account'),
            ),
          ),
        ),
      ]),
    )
    .limit(escrowsPerWrite)
    .execute();
