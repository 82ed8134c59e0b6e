/** What is to happen in a matter by when, so that no date passes uncounted. */
import { days, type EpochMs, epochMs, hours, later } from '../../device/wire/time.ts';
import { paperReceivedAt } from './demand.ts';
import { followUpOf } from './follow-up.ts';
import { sumOf } from './item-tally.ts';
import type { LegalPolicy } from './legal-policy.ts';
import type { Matter } from './matter.ts';
import {
  type ChallengeTerm,
  challengeEndsAt,
  type DisclosureVerdict,
  mayDisclose,
  type NoticeFacts,
  type NoticeState,
  noticeState,
} from './notices.ts';
import type { ProcessRule } from './process-rules.ts';

export type Deadline = {
  readonly what:
    | 'clarification'
    | 'answer'
    | 'notice'
    | 'silence-ends'
    | 'follow-up'
    /** The authority's own to the subscriber. */
    | 'authority-notice'
    /** The subscriber's, after that notice: until then a copy that is kept is not given out. */
    | 'subscriber-challenge';
  readonly at: EpochMs;
  readonly isPast: boolean;
};

export const noticeOf = (matter: Matter, rule: ProcessRule, now: EpochMs): NoticeState =>
  noticeState(noticeFactsOf(matter, rule), now);

const noticeFactsOf = (matter: Matter, rule: ProcessRule): NoticeFacts => ({
  demand: matter.demand,
  rule,
  orders: matter.orders,
  releaseDecidedAt: isLeaving(matter) ? matter.decidedAt : null,
  disclosedAt: matter.disclosedAt,
  sentAt: matter.noticeSentAt,
});

/** Whether what was released may leave now. [LEG-6] */
export const mayLeave = (
  matter: Matter,
  rule: ProcessRule,
  legal: LegalPolicy,
  now: EpochMs,
): DisclosureVerdict => mayDisclose(noticeFactsOf(matter, rule), termOf(matter, rule, legal), now);

/** Until when the owners who were told may challenge before anything leaves; null: they have no time of their own. */
export const challengeBy = (
  matter: Matter,
  rule: ProcessRule,
  legal: LegalPolicy,
): EpochMs | null => challengeEndsAt(noticeFactsOf(matter, rule), termOf(matter, rule, legal));

const termOf = (matter: Matter, rule: ProcessRule, legal: LegalPolicy): ChallengeTerm => ({
  days: legal.challengeDays,
  answerDueAt: answerDueAt(matter, rule),
  isAnswered:
    matter.told.length > 0 && matter.told.every((account) => matter.heard.includes(account)),
});

/** What was withdrawn or quashed before it left is nothing to tell of. */
const isLeaving = ({ items, stage, disclosedAt }: Matter): boolean =>
  sumOf(items.released) > 0 && (stage !== 'closed' || disclosedAt !== null);

/** When the demand is to be answered: the paper's own date before the row's hours; null: none. */
export function answerDueAt(matter: Matter, rule: ProcessRule): EpochMs | null {
  const { stated, hours: hoursMax } = rule.deadline;
  if (stated && matter.returnBy !== null) return matter.returnBy;
  return hoursMax === null ? null : later(paperReceivedAt(matter.demand), hours(hoursMax));
}

export function deadlinesOf(matter: Matter, rule: ProcessRule, now: EpochMs): readonly Deadline[] {
  const found: Deadline[] = [];
  const add = (what: Deadline['what'], at: EpochMs | null): void => {
    if (at !== null) found.push({ what, at, isPast: at <= now });
  };
  if (matter.stage === 'asked') add('clarification', matter.question?.dueAt ?? null);
  if (matter.stage !== 'closed' && matter.stage !== 'delivered') {
    add('answer', answerDueAt(matter, rule));
  }
  const notice = noticeOf(matter, rule, now);
  if (notice.state === 'waiting') add('notice', notice.until);
  if (notice.state === 'due') add('notice', notice.since);
  if (notice.state === 'silenced') add('silence-ends', notice.until);
  const followUp = followUpOf(matter, rule, now);
  if (followUp !== null && followUp.state !== 'came') add('follow-up', followUp.dueAt);
  const owedBy = authorityNoticeBy(matter, rule);
  add('authority-notice', owedBy);
  const challengeDays = rule.authorityNotice?.challengeDays ?? null;
  if (owedBy !== null && challengeDays !== null) {
    add('subscriber-challenge', later(owedBy, days(challengeDays)));
  }
  return found;
}

/**
 * By when the authority owes the subscriber its own notice; null: it owes none, or not yet. Counted from
 * when the paper was obeyed; where the paper is what puts that notice off, to the end of its term.
 */
export function authorityNoticeBy(
  { disclosedAt, decidedAt, outcome }: Matter,
  { effect, authorityNotice: duty }: ProcessRule,
): EpochMs | null {
  const obeyedAt = effect === 'disclose' ? disclosedAt : decidedAt;
  if (duty === null || obeyedAt === null || outcome?.code === 'REJECTED') return null;
  const isDelay = effect === 'record' || effect === 'withhold-notice';
  return later(obeyedAt, days(isDelay ? duty.delayDaysMax : duty.withinDays));
}

/**
 * When the desk has to look at the matter again by itself; null: not unless somebody acts. What is
 * overdue is told once, and what an authority owes is not the desk's to do.
 */
export function nextLookAt(matter: Matter, rule: ProcessRule, now: EpochMs): EpochMs | null {
  const ats = deadlinesOf(matter, rule, now)
    .filter(({ what }) => {
      if (what === 'answer') return matter.overdueAt === null;
      if (what === 'follow-up') return matter.unfollowedAt === null;
      return what !== 'authority-notice' && what !== 'subscriber-challenge';
    })
    .map(({ at }) => at);
  return ats.length === 0 ? null : epochMs(Math.min(...ats));
}
