/**
 * When the owner is told of a disclosure, and when silence is owed. Both run on clocks of their own:
 * once nothing silences it any more, the notice is due without anyone asking for it. Between the
 * notice and the disclosure the owner has a time to challenge it. [LEG-6]
 */
import { days, type EpochMs, epochMs, later } from '../../device/wire/time.ts';
import { silenceFault } from './claim-checks.ts';
import type { Demand } from './demand.ts';
import type { ProcessRule } from './process-rules.ts';

/** A separate order, served with the demand or after it, that names it. */
export type Silence = {
  readonly by: 'court-order' | 'statute';
  readonly from: EpochMs;
  /** Exclusive; null: it has no end of its own. */
  readonly expiresAt: EpochMs | null;
  /** A court lifted it. */
  readonly liftedAt: EpochMs | null;
};

export type NoticeFacts = {
  readonly demand: Demand;
  readonly rule: ProcessRule;
  readonly orders: readonly Silence[];
  /** When it was decided that something leaves; null: nothing does, or not yet. */
  readonly releaseDecidedAt: EpochMs | null;
  readonly disclosedAt: EpochMs | null;
  readonly sentAt: EpochMs | null;
};

export type NoticeState =
  | { readonly state: 'sent'; readonly at: EpochMs }
  | { readonly state: 'none'; readonly because: 'process-gives-none' | 'nothing-to-tell' }
  | { readonly state: 'waiting'; readonly until: EpochMs }
  /** `until` null: until a court lifts it. */
  | { readonly state: 'silenced'; readonly until: EpochMs | null }
  | { readonly state: 'due'; readonly since: EpochMs };

export function noticeState(facts: NoticeFacts, now: EpochMs): NoticeState {
  const { rule, sentAt } = facts;
  if (sentAt !== null) return { state: 'sent', at: sentAt };
  if (rule.notice.when === 'none') return { state: 'none', because: 'process-gives-none' };
  const dueAt = dueAtOf(facts);
  if (dueAt === null) return { state: 'none', because: 'nothing-to-tell' };
  if (now < dueAt) return { state: 'waiting', until: dueAt };
  const silences = bindingSilences(facts);
  // An order that came when the notice was overdue silences it all the same.
  const speakableAt = endOfSilence(silences, now);
  if (speakableAt !== now) return { state: 'silenced', until: speakableAt };
  return { state: 'due', since: endOfSilence(silences, dueAt) ?? now };
}

/** What the owner's time to challenge depends on. */
export type ChallengeTerm = {
  /** The profile's, from the notice. */
  readonly days: number;
  /** When the demand is to be answered: whoever issued it binds the provider. */
  readonly answerDueAt: EpochMs | null;
  /** Every owner who was told has waived the rest of it, or has challenged. */
  readonly isAnswered: boolean;
};

/** Until when nothing leaves, so that the owner can go to a court first; null: there is no such time. */
export function challengeEndsAt(
  { rule, sentAt }: Pick<NoticeFacts, 'rule' | 'sentAt'>,
  term: Omit<ChallengeTerm, 'isAnswered'>,
): EpochMs | null {
  if (rule.notice.when !== 'before' || sentAt === null) return null;
  const endsAt = later(sentAt, days(term.days));
  const dueAt = term.answerDueAt ?? endsAt;
  return epochMs(Math.max(sentAt, Math.min(endsAt, dueAt)));
}

export type DisclosureVerdict =
  | {
      readonly may: true;
      readonly because: 'no-notice-before' | 'owner-had-time' | 'owner-answered' | 'silenced';
    }
  | { readonly may: false; readonly because: 'not-decided' | 'owner-not-told' }
  | { readonly may: false; readonly because: 'time-to-challenge'; readonly until: EpochMs };

/** Whether footage may leave now, as far as the owner's notice and its time go. */
export function mayDisclose(
  facts: NoticeFacts,
  term: ChallengeTerm,
  now: EpochMs,
): DisclosureVerdict {
  if (facts.releaseDecidedAt === null) return { may: false, because: 'not-decided' };
  if (facts.rule.notice.when !== 'before') return { may: true, because: 'no-notice-before' };
  const { state } = noticeState(facts, now);
  if (state === 'silenced') return { may: true, because: 'silenced' };
  if (state !== 'sent') return { may: false, because: 'owner-not-told' };
  const until = challengeEndsAt(facts, term) ?? now;
  if (until <= now) return { may: true, because: 'owner-had-time' };
  return term.isAnswered
    ? { may: true, because: 'owner-answered' }
    : { may: false, because: 'time-to-challenge', until };
}

function dueAtOf({ rule, releaseDecidedAt, disclosedAt }: NoticeFacts): EpochMs | null {
  const cause = rule.notice.when === 'before' ? releaseDecidedAt : disclosedAt;
  return cause === null ? null : later(cause, days(rule.notice.delayDays));
}

type Interval = { readonly from: EpochMs; readonly to: EpochMs | null };

function bindingSilences({ demand, rule, orders }: NoticeFacts): readonly Interval[] {
  const claim = demand.silence;
  const claimed: Silence[] =
    claim !== null && claim.by !== 'letter' && silenceFault(demand, rule) === null
      ? [{ by: claim.by, from: claim.from, expiresAt: claim.expiresAt, liftedAt: null }]
      : [];
  return [...claimed, ...orders].filter((each) => isAccepted(each, rule)).map(intervalOf(rule));
}

/** A preservation request or an emergency is none of what 2705(b) names: no order reaches it. */
function isAccepted({ by }: Silence, { gag }: ProcessRule): boolean {
  switch (gag.accepts) {
    case 'none':
      return false;
    case 'court-order':
      return by === 'court-order';
    case 'statutory':
      return true;
  }
}

/** A court's order ends with the row's longest term at the latest; a statute's when it is lifted. */
const intervalOf =
  ({ gag }: ProcessRule) =>
  ({ by, from, expiresAt, liftedAt }: Silence): Interval => {
    const longest = by === 'court-order' ? later(from, days(gag.maxDays)) : null;
    const ends = [expiresAt, liftedAt, longest].filter((each) => each !== null);
    return { from, to: ends.length === 0 ? null : epochMs(Math.min(...ends)) };
  };

/** The first instant from `at` on that nothing silences; null: there is none yet. */
function endOfSilence(silences: readonly Interval[], at: EpochMs): EpochMs | null {
  const inForce = silences.find(({ from, to }) => from <= at && (to === null || at < to));
  if (inForce === undefined) return at;
  return inForce.to === null ? null : endOfSilence(silences, inForce.to);
}
