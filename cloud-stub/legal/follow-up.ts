/**
 * The legal process that has to follow an emergency: what left on a word alone is put before whoever could have
 * compelled it. It comes, or that it did not is on record and weighs on what the agency asks for next. [LEG-2]
 */
import type { Ulid } from '../../device/wire/ids.ts';
import { days, type EpochMs, later } from '../../device/wire/time.ts';
import { classGrant } from './class-grants.ts';
import type { Demand } from './demand.ts';
import type { LegalPolicy } from './legal-policy.ts';
import type { Matter } from './matter.ts';
import { dataClasses, type ProcessRule } from './process-rules.ts';

export type FollowUp = {
  readonly dueAt: EpochMs;
  /** `missed`: not by its day; `came`: by then or later. */
  readonly state: 'due' | 'missed' | 'came';
  readonly by: Ulid | null;
};

/** Null: nothing has to follow, or nothing has left. */
export function followUpOf(
  { disclosedAt, followedBy }: Pick<Matter, 'disclosedAt' | 'followedBy'>,
  { followUpDays }: Pick<ProcessRule, 'followUpDays'>,
  now: EpochMs,
): FollowUp | null {
  if (disclosedAt === null || followUpDays === null) return null;
  const dueAt = later(disclosedAt, days(followUpDays));
  if (followedBy !== null) return { dueAt, state: 'came', by: followedBy };
  return { dueAt, state: now < dueAt ? 'due' : 'missed', by: null };
}

/** Why a granted demand is not the process that had to follow; null: it is. */
export function followUpFault(
  { demand: before, items }: Pick<Matter, 'demand' | 'items'>,
  granted: Demand,
  rule: ProcessRule,
  legal: LegalPolicy,
): string | null {
  const lacking = dataClasses.find(
    (each) => items.released[each] > 0 && !classGrant(granted, rule, legal, each).granted,
  );
  if (lacking !== undefined) return `${granted.process} gives no ${lacking}, which has left`;
  const { subjects, from, to } = granted.scope;
  const isOf = before.scope.subjects.every((left) =>
    subjects.some((named) => {
      if (named.by === 'account') return left.by !== 'device' && left.account === named.account;
      if (left.by === 'account' || left.thing !== named.thing) return false;
      return named.by === 'device' || (left.by !== 'device' && left.account === named.account);
    }),
  );
  if (!isOf) return 'it does not name all that has left';
  const isWithin =
    (from === null || (before.scope.from !== null && from <= before.scope.from)) &&
    (to === null || (before.scope.to !== null && before.scope.to <= to));
  return isWithin ? null : 'its time range is shorter';
}
