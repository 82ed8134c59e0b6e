/** An owner's own account: what it is, which plan it has, who used it; and closing it. */
import type { DurationMs, EpochMs } from '../../../device/wire/time.ts';
import type { AccountId } from '../../catalogue-tables.ts';
import type { EndOfLife, Policy } from '../../custody/policy.ts';
import type { Ports } from '../../ports.ts';
import type { AccessRecord, AccessRecords, Origin } from '../accounts/access-records.ts';
import { closeAccount } from '../accounts/account-closure.ts';
import { accountActor } from '../accounts/accounts.ts';
import type { Plan, Plans } from '../accounts/plans.ts';
import type { PageOf } from '../page-cursor.ts';

/** Nothing here may depend on holds. [DEL-4] */
export type AccountDetails = {
  readonly name: string;
  readonly openedAt: EpochMs;
  readonly plan: Plan;
  readonly eventWindowMs: DurationMs;
  readonly accessWindowMs: DurationMs;
  /** What the provider's policy says of deleted footage, as it says it to everyone. [DEL-2] */
  readonly userDelete: EndOfLife['kind'];
};

export type OwnerAccount = {
  /** Null: closed meanwhile. */
  view(account: AccountId): Promise<AccountDetails | null>;
  /** Newest first. */
  accesses(
    account: AccountId,
    query: { readonly cursor?: string; readonly limit: number },
  ): Promise<PageOf<AccessRecord>>;
  /** Puts on record that someone signed in with one of the account's tokens. */
  signedIn(account: AccountId, origin: Origin): Promise<void>;
  /** Puts on record that everything was taken along: in the ledger, and from where among the accesses. [LOG-1] */
  dataTaken(account: AccountId, origin: Origin): Promise<void>;
  /** For good, and always accepted. False: it was closed already. [DEL-5] */
  close(account: AccountId): Promise<boolean>;
};

export function makeOwnerAccount(
  ports: Pick<Ports, 'catalogue' | 'clock' | 'ledger'>,
  policy: Policy,
  parts: {
    readonly plans: Plans;
    readonly accesses: AccessRecords;
    /** What is to be purged now is many clips: a sweep finds them. */
    sweepSoon(): void;
  },
): OwnerAccount {
  return {
    async view(account) {
      const row = await ports.catalogue.read
        .selectFrom('accounts')
        .select(['name', 'openedAt'])
        .where('account', '=', account)
        .where('closedAt', 'is', null)
        .executeTakeFirst();
      if (row === undefined) return null;
      const { eventWindowMs, accessWindowMs, userDelete } = policy;
      const plan = await parts.plans.current(account);
      return { ...row, plan, eventWindowMs, accessWindowMs, userDelete: userDelete.kind };
    },
    signedIn: (account, origin) => parts.accesses.note(account, 'signed-in', origin),
    accesses: (account, query) => parts.accesses.list(account, query),
    async dataTaken(account, origin) {
      const { catalogue, clock, ledger } = ports;
      const actor = accountActor(account);
      await catalogue.write((tx) =>
        ledger.append(tx, { kind: 'data-taken', at: clock.now(), actor, facts: {} }),
      );
      await parts.accesses.note(account, 'data-taken', origin);
    },
    async close(account) {
      const closed = await closeAccount(ports, policy, account);
      if (closed) parts.sweepSoon();
      return closed;
    },
  };
}
