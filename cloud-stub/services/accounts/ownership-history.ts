/** Whose a device was, under which plans, and its latest boot: all that a new clip asks of the records, in one look. */
import type { ThingName } from '../../../device/wire/ids.ts';
import type { DurationMs, EpochMs } from '../../../device/wire/time.ts';
import type { AccountId, ClipRow, Json } from '../../catalogue-tables.ts';
import type { Reading } from '../../ports.ts';
import { statement } from '../../ports-statement.ts';

export type OwnershipHistory = {
  /**
   * The latest boot this device has told of, or 0: a clip of an earlier one was not recorded in the boot that sends
   * it. Clips are numbered through all boots, so the last one tells.
   */
  readonly latestBoot: number;
  /** The plan's window at that time under whoever owned the device then; null: the profile's own. [RET-3] */
  windowAt(at: EpochMs): DurationMs | null;
  /** Who owned it then; null: nobody. */
  ownerAt(at: EpochMs): AccountId | null;
  /** Who alone owned it in that time; null: nobody, or several. */
  onlyOwnerIn(span: Span): AccountId | null;
  /** How a clip of that owner and that time stands that is heard of only now. */
  standingOf(account: AccountId | null, recordedAt: EpochMs): Standing;
};

/** Both inclusive. */
export type Span = { readonly from: EpochMs; readonly to: EpochMs };

export type Standing = Pick<ClipRow, 'account' | 'visibility' | 'accountClosedAt' | 'planLapsedAt'>;

type Interval = {
  /** Null: nobody has owned it yet. */
  readonly account: AccountId | null;
  readonly fromAt: EpochMs;
  readonly untilAt: EpochMs | null;
  readonly closedAt: EpochMs | null;
  readonly plans: Json;
  readonly boot: number | null;
};
/** Null: lapsed. */
type PlanStep = readonly [fromAt: EpochMs, clipWindowMs: DurationMs | null];

export async function ownershipHistory(db: Reading, thing: ThingName): Promise<OwnershipHistory> {
  const intervals = await statement<Interval>`
    select ownerships.account, "fromAt", "untilAt", accounts."closedAt", boot,
      (select json_group_array(json_array(plans."fromAt", "clipWindowMs")) from plans
        where plans.account = ownerships.account) as plans
    from (select (select boot from clips where thing = ${thing} order by seq desc limit 1) as boot)
      left join ownerships on ownerships.thing = ${thing}
      left join accounts on accounts.account = ownerships.account`.execute(db);
  const ownedAt = (at: EpochMs): Interval | undefined =>
    intervals.find(
      ({ account, fromAt, untilAt }) =>
        account !== null && fromAt <= at && (untilAt === null || untilAt > at),
    );
  return {
    latestBoot: intervals[0]?.boot ?? 0,
    windowAt(at) {
      const owned = ownedAt(at);
      return owned === undefined ? null : (planIn(plansOf(owned), at)?.[1] ?? null);
    },
    ownerAt: (at) => ownedAt(at)?.account ?? null,
    onlyOwnerIn({ from, to }) {
      const owners = new Set(
        intervals
          .filter(({ fromAt, untilAt }) => fromAt <= to && (untilAt === null || untilAt > from))
          .map(({ account }) => account),
      );
      return owners.size === 1 ? ([...owners][0] ?? null) : null;
    },
    standingOf: (account, recordedAt) =>
      standingOf(
        account === null ? undefined : intervals.find((each) => each.account === account),
        recordedAt,
      ),
  };
}

/** A clip of a closed account, or one recorded without a plan, is hidden from its beginning. [DEL-5] */
function standingOf(owned: Interval | undefined, recordedAt: EpochMs): Standing {
  const account = owned?.account ?? null;
  const shown = {
    account,
    visibility: 'visible',
    accountClosedAt: null,
    planLapsedAt: null,
  } as const;
  if (owned === undefined) return shown;
  const { closedAt } = owned;
  if (closedAt !== null) {
    return { ...shown, visibility: 'account-closed', accountClosedAt: closedAt };
  }
  const plans = plansOf(owned);
  const inForce = planIn(plans, recordedAt);
  const hadLapsed = inForce !== undefined && inForce[1] === null;
  // Recorded under a plan that has lapsed since, and only now on its way in.
  const lapsedSince = plans.find(([fromAt, window]) => window === null && fromAt > recordedAt);
  const planLapsedAt = hadLapsed ? recordedAt : (lapsedSince?.[0] ?? null);
  return planLapsedAt === null ? shown : { ...shown, visibility: 'plan-lapsed', planLapsedAt };
}

/** In the order in which they began. */
const plansOf = ({ plans }: Interval): readonly PlanStep[] =>
  (JSON.parse(plans) as PlanStep[]).sort(([a], [b]) => a - b);

const planIn = (plans: readonly PlanStep[], at: EpochMs): PlanStep | undefined =>
  plans.findLast(([fromAt]) => fromAt <= at);
