/** The plans of accounts: how long clips are kept, by the plan in force when they were recorded. [RET-3] */
import { type DurationMs, type EpochMs, epochMs } from '../../../device/wire/time.ts';
import type { AccountId, ClipRow } from '../../catalogue-tables.ts';
import type { PlanRow } from '../../catalogue-tables-accounts.ts';
import type { EndOfLife, Policy } from '../../custody/policy.ts';
import type { Ledger, Ports, Reading, Writing } from '../../ports.ts';
import { statement } from '../../ports-statement.ts';
import { endLives } from './end-of-lives.ts';

export type Plan = Omit<PlanRow, 'account'>;

const endOfTime = epochMs(Number.MAX_SAFE_INTEGER);

export type PlanOutcome =
  | { readonly ok: true }
  | { readonly ok: false; readonly because: 'no-such-account' | 'no-plan' | 'too-soon' };

export type Plans = {
  /** The plan in force; the profile's own where none was ever chosen. */
  current(account: AccountId): Promise<Plan>;
  /** From now on; what was recorded before keeps its window. [RET-3] */
  change(account: AccountId, name: string, clipWindowMs: DurationMs): Promise<PlanOutcome>;
  /** The contract has ended: what is there goes as the profile's `planLapse` says, at once out of sight. */
  lapse(account: AccountId): Promise<PlanOutcome>;
};

/** The plan in force at a time (inclusive of its beginning); null: none was chosen yet. */
export async function planAt(
  db: Reading,
  account: AccountId | null,
  at: EpochMs,
): Promise<Plan | null> {
  if (account === null) return null;
  const [plan] = await statement<Plan>`
    select "fromAt", name, "clipWindowMs" from plans
    where account = ${account} and "fromAt" <= ${at} order by "fromAt" desc limit 1`.execute(db);
  return plan ?? null;
}

/** The window of the plan in force when a clip was recorded; null: the profile's own. [RET-3] */
export const windowOf = async (
  db: Reading,
  { account, recordedAt }: Pick<ClipRow, 'account' | 'recordedAt'>,
): Promise<DurationMs | null> => (await planAt(db, account, recordedAt))?.clipWindowMs ?? null;

export function makePlans(
  ports: Pick<Ports, 'catalogue' | 'clock' | 'ledger'>,
  policy: Pick<Policy, 'name' | 'clipWindowMs' | 'planLapse'>,
  sweepSoon: () => void,
): Plans {
  const { catalogue, clock, ledger } = ports;
  const profiles: Plan = {
    fromAt: 0 as EpochMs,
    name: policy.name,
    clipWindowMs: policy.clipWindowMs,
  };

  const begin = (account: AccountId, name: string, clipWindowMs: DurationMs | null) =>
    catalogue.write(async (tx): Promise<PlanOutcome> => {
      const fromAt = clock.now();
      const open = await tx
        .selectFrom('accounts')
        .select('account')
        .where('account', '=', account)
        .where('closedAt', 'is', null)
        .executeTakeFirst();
      if (open === undefined) return { ok: false, because: 'no-such-account' };
      // One that begins later, as a clock was set back since, is the last too.
      const last = (await planAt(tx, account, endOfTime)) ?? profiles;
      if (last.clipWindowMs === null && clipWindowMs === null) {
        return { ok: false, because: 'no-plan' };
      }
      if (last.fromAt >= fromAt) return { ok: false, because: 'too-soon' };
      await tx.insertInto('plans').values({ account, fromAt, name, clipWindowMs }).execute();
      if (clipWindowMs === null) await lapse(tx, ledger, account, fromAt, policy.planLapse);
      else {
        const facts = { plan: name, clipWindowMs, windowBeforeMs: last.clipWindowMs };
        await ledger.append(tx, { kind: 'plan-changed', at: fromAt, actor: 'operator', facts });
      }
      return { ok: true };
    });

  return {
    current: async (account) => (await planAt(catalogue.read, account, clock.now())) ?? profiles,
    change: (account, name, clipWindowMs) => begin(account, name, clipWindowMs),
    async lapse(account) {
      const outcome = await begin(account, 'lapsed', null);
      if (outcome.ok) sweepSoon();
      return outcome;
    },
  };
}

async function lapse(
  tx: Writing,
  ledger: Ledger,
  account: AccountId,
  at: EpochMs,
  end: EndOfLife,
): Promise<void> {
  const clips = await endLives(tx, account, at, { by: 'plan-lapsed', end });
  await ledger.append(tx, { kind: 'plan-lapsed', at, actor: 'operator', facts: { clips } });
}
