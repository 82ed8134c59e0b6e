/**
 * Closing an account. It is accepted outwardly, always and alike: all is out of sight at once, nobody can sign in any
 * more, and the purge worker takes what nothing keeps. What is held stays, with the least identity: the account's name
 * moves to escrow, and goes with the last of its footage. [DEL-5, RET-9]
 */
import { sql } from 'kysely';
import { type EpochMs, epochMs } from '../../../device/wire/time.ts';
import type { AccountId } from '../../catalogue-tables.ts';
import type { Policy } from '../../custody/policy.ts';
import type { Ports, Writing } from '../../ports.ts';
import { accountActor } from './accounts.ts';
import { endLives } from './end-of-lives.ts';

/** What stands for the name of an account that is closed. */
const closedName = 'closed account';

/** False when there is no open account of that id. */
export const closeAccount = (
  { catalogue, clock, ledger }: Pick<Ports, 'catalogue' | 'clock' | 'ledger'>,
  policy: Pick<Policy, 'accountClose'>,
  account: AccountId,
): Promise<boolean> =>
  catalogue.write(async (tx) => {
    const row = await tx
      .selectFrom('accounts')
      .selectAll()
      .where('account', '=', account)
      .where('closedAt', 'is', null)
      .executeTakeFirst();
    if (row === undefined) return false;
    const { name, openedAt } = row;
    // A clock that was set back must not make a closure impossible.
    const at = epochMs(Math.max(clock.now(), openedAt));
    await tx
      .insertInto('escrows')
      .values({ account, name, openedAt, closedAt: at, endedAt: null })
      .execute();
    await tx
      .updateTable('accounts')
      .set({ name: closedName, closedAt: at })
      .where('account', '=', account)
      .execute();
    await tx.deleteFrom('tokens').where('account', '=', account).execute();
    await letDevicesGo(tx, account, at);
    const end = policy.accountClose;
    const clips = await endLives(tx, account, at, { by: 'account-closed', end });
    await tx
      .updateTable('events')
      .set({ expiresAt: at })
      .where('account', '=', account)
      .where('expiresAt', '>', at)
      .execute();
    // Nor what happened after it, by that clock: it ends as it began.
    await tx
      .updateTable('accessRecords')
      .set({ expiresAt: sql`max("at", ${at})` })
      .where('account', '=', account)
      .where('expiresAt', '>', at)
      .execute();
    const actor = accountActor(account);
    await ledger.append(tx, { kind: 'account-closed', at, actor, facts: { clips } });
    return true;
  });

/** From now on nobody's: what they record belongs to no closed account. */
async function letDevicesGo(tx: Writing, account: AccountId, at: EpochMs): Promise<void> {
  const owned = await tx
    .selectFrom('ownerships')
    .select(['ownership', 'thing', 'fromAt'])
    .where('account', '=', account)
    .where('untilAt', 'is', null)
    .execute();
  for (const { ownership, thing, fromAt } of owned) {
    await tx
      .updateTable('ownerships')
      .set({ untilAt: epochMs(Math.max(at, fromAt + 1)) })
      .where('ownership', '=', ownership)
      .execute();
    await tx
      .updateTable('devices')
      .set({ settingsWanted: null })
      .where('thing', '=', thing)
      .execute();
  }
}
