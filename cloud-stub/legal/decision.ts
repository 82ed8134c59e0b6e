/**
 * The answer to a demand: the intersection of statute, policy and scope, item by item, each with why
 * it is released or withheld. A function of the demand and the records, and of nothing else. [LEG-7]
 */
import { days, type EpochMs, later } from '../../device/wire/time.ts';
import { type Approval, approvalsMissing, type Need } from './approvals.ts';
import { silenceFault } from './claim-checks.ts';
import { classGrant } from './class-grants.ts';
import type { Demand } from './demand.ts';
import type { CheckResult } from './intake-checks.ts';
import { decideItem, type ItemDecision, isShownToSender, type Review } from './item-decision.ts';
import { emptyTally, type ItemTally, sumOf, tallied } from './item-tally.ts';
import { type LegalPolicy, policyOf } from './legal-policy.ts';
import type { ProcessRule } from './process-rules.ts';
import { type Reason, reasons } from './reasons.ts';
import type { Ownership, RecordItem } from './scope.ts';

export type Outcome =
  | { readonly code: 'FULL' }
  | { readonly code: 'PARTIAL'; readonly reasons: readonly Reason[] }
  | {
      readonly code: 'NO_RECORDS';
      readonly detail: 'purged' | 'late' | 'never_had' | 'e2ee_only';
    }
  | { readonly code: 'REJECTED'; readonly reason: Reason }
  | { readonly code: 'CLARIFY'; readonly reason: Reason; readonly dueAt: EpochMs }
  | { readonly code: 'WITHDRAWN' | 'QUASHED' | 'CHALLENGED' | 'SUPERSEDED' };

export type Decision =
  | { readonly decided: false; readonly needs: readonly Need[] }
  | {
      readonly decided: true;
      readonly outcome: Outcome;
      /** One for each record that was looked at; those of others included, for our own file. */
      readonly items: readonly ItemDecision[];
    };

export type DecisionCase = {
  readonly demand: Demand;
  readonly rule: ProcessRule;
  readonly legal: LegalPolicy;
  /** All of them, as `checkIntake` gave them. [LEG-3] */
  readonly checks: readonly CheckResult[];
  readonly records: readonly RecordItem[];
  readonly ownerships: readonly Ownership[];
  readonly review: Review;
  readonly approvals: readonly Approval[];
  /** When it is decided: the time for an answer to a question begins with its asking. */
  readonly at: EpochMs;
};

/**
 * What is settled before any record is looked at: a refusal, a question, or whose word is missing.
 * `open`: the records decide.
 */
export type Standing =
  | { readonly settled: 'outcome'; readonly outcome: Outcome }
  | { readonly settled: 'needs'; readonly needs: readonly Need[] }
  | { readonly settled: 'open' };

export function standingOf(facts: Omit<DecisionCase, 'records' | 'ownerships'>): Standing {
  const outcome = standingOutcome(facts.demand) ?? intakeOutcome(facts);
  if (outcome !== null) return { settled: 'outcome', outcome };
  const needs = approvalsMissing(facts);
  return needs.length > 0 ? { settled: 'needs', needs } : { settled: 'open' };
}

export function decide(facts: DecisionCase): Decision {
  const standing = standingOf(facts);
  switch (standing.settled) {
    case 'outcome':
      return { decided: true, outcome: standing.outcome, items: withholdAll(facts) };
    case 'needs':
      return { decided: false, needs: standing.needs };
    case 'open': {
      const items = facts.records.map((item) => decideItem(item, facts));
      return { decided: true, outcome: outcomeOf(facts, tallied(emptyTally, items)), items };
    }
  }
}

/** What the sender is told was withheld: nothing of what its demand does not reach. */
export const withheldList = (decision: Decision): readonly ItemDecision[] =>
  decision.decided ? decision.items.filter((item) => !item.released && isShownToSender(item)) : [];

function standingOutcome({ standing }: Demand): Outcome | null {
  switch (standing) {
    case 'open':
      return null;
    case 'withdrawn':
      return { code: 'WITHDRAWN' };
    case 'quashed':
      return { code: 'QUASHED' };
    case 'challenged':
      return { code: 'CHALLENGED' };
    case 'superseded':
      return { code: 'SUPERSEDED' };
  }
}

/** A refusal comes before a question: nobody is asked to mend what is refused anyway. */
function intakeOutcome({
  demand,
  rule,
  legal,
  checks,
  at,
}: Omit<DecisionCase, 'records' | 'ownerships'>): Outcome | null {
  const { refusedAs } = policyOf(rule, legal);
  if (refusedAs !== null) return { code: 'REJECTED', reason: refusedAs };
  const failures = checks.filter((each) => each.outcome === 'failed');
  const refusal = failures.find(({ action }) => action === 'reject' || action === 'deny');
  if (refusal !== undefined) {
    return { code: 'REJECTED', reason: refusal.reason ?? 'not_particular' };
  }
  const question = failures.find(({ action }) => action === 'clarify');
  if (question !== undefined) {
    const dueAt = later(at, days(legal.clarifyDays));
    return { code: 'CLARIFY', reason: question.reason ?? 'not_particular', dueAt };
  }
  if (rule.process !== 'owner-consent') return null;
  const { consent } = demand;
  return consent === null || consent.revokedAt !== null
    ? { code: 'REJECTED', reason: 'consent_missing' }
    : null;
}

const withholdAll = ({ records }: DecisionCase): readonly ItemDecision[] =>
  records.map(({ key, class: dataClass }) => ({
    key,
    class: dataClass,
    released: false,
    inScope: false,
    because: 'nothing-is-released',
  }));

/** What the items come to together. */
export function outcomeOf(
  { demand, rule, legal }: Pick<DecisionCase, 'demand' | 'rule' | 'legal'>,
  tally: ItemTally,
): Outcome {
  if (rule.effect !== 'disclose') return holdOutcome(demand, rule, tally);
  const asked = demand.classes.map((each) => classGrant(demand, rule, legal, each).granted);
  if (!asked.includes(true)) return { code: 'REJECTED', reason: 'wrong_class_for_process' };
  const doubts = [...tally.becauses].flatMap(reasonOf);
  // That a class was refused is said whether or not there is anything of it.
  if (asked.includes(false)) {
    return { code: 'PARTIAL', reasons: inOrder(['wrong_class_for_process', ...doubts]) };
  }
  const released = sumOf(tally.released);
  const [doubt, ...more] = inOrder(doubts);
  if (doubt !== undefined) {
    return released > 0
      ? { code: 'PARTIAL', reasons: [doubt, ...more] }
      : { code: 'REJECTED', reason: doubt };
  }
  if (released === 0) return { code: 'NO_RECORDS', detail: absence(tally) };
  // Ciphertext is exported, and says of itself that nobody here can read it. [EXP-5]
  return tally.decryptable === 0 ? { code: 'NO_RECORDS', detail: 'e2ee_only' } : { code: 'FULL' };
}

/** In an order of their own: the order in which records are found says nothing. */
const inOrder = (found: readonly Reason[]): readonly Reason[] =>
  reasons.filter((each) => found.includes(each));

function holdOutcome(demand: Demand, rule: ProcessRule, tally: ItemTally): Outcome {
  switch (rule.effect) {
    case 'withhold-notice': {
      // An order of silence that does not bind is no order. [LEG-6]
      const isBinding = demand.silence !== null && silenceFault(demand, rule) === null;
      return isBinding ? { code: 'FULL' } : { code: 'REJECTED', reason: 'expired_gag_ignored' };
    }
    case 'record':
      return { code: 'FULL' };
    case 'preserve':
    case 'disclose':
      return tally.becauses.has('preserved')
        ? { code: 'FULL' }
        : { code: 'NO_RECORDS', detail: absence(tally) };
  }
}

function absence({ becauses }: ItemTally): 'purged' | 'late' | 'never_had' {
  if (becauses.has('purged')) return 'purged';
  return becauses.has('late') ? 'late' : 'never_had';
}

/** A class that was refused is told as a class: its items would tell what there is. */
function reasonOf(because: ItemDecision['because']): Reason[] {
  switch (because) {
    case 'narrowed':
      return ['overbroad'];
    case 'time-uncertain':
    case 'several-owners':
      return ['not_particular'];
    case 'consent':
      return ['consent_missing'];
    case 'field':
      return ['wrong_class_for_process'];
    case 'released':
    case 'not-asked':
    case 'statute':
    case 'policy':
    case 'issuer':
    case 'not-named':
    case 'no-owner':
    case 'outside-time':
    case 'purged':
    case 'late':
    case 'not-stored-yet':
    case 'preserved':
    case 'nothing-is-released':
      return [];
  }
}
