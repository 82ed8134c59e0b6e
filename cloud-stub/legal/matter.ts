/**
 * A matter: one demand and all that the desk did about it, as the fold of its steps. A step is what
 * happened; whether it may happen is decided in matter-acts.ts.
 */
import assert from 'node:assert/strict';
import type { Ulid } from '../../device/wire/ids.ts';
import type { EpochMs } from '../../device/wire/time.ts';
import type { HoldKind } from '../custody/holds-policy.ts';
import type { Approval } from './approvals.ts';
import type { Outcome } from './decision.ts';
import type { Demand } from './demand.ts';
import type { CheckResult } from './intake-checks.ts';
import type { Review } from './item-decision.ts';
import { noneOfAny, sumOf } from './item-tally.ts';
import type { DecidedItems, MatterStep, ReviewFindings } from './matter-steps.ts';
import type { Silence } from './notices.ts';
import { modified } from './order-motions.ts';
import type { Reason } from './reasons.ts';

/**
 * `received`: with the clerk; `asked`: with the sender; `in-review`; `decided`: what is released
 * may be sealed; `delivered`; `closed`: nothing more leaves.
 */
export const stages = ['received', 'asked', 'in-review', 'decided', 'delivered', 'closed'] as const;
export type Stage = (typeof stages)[number];

export type MatterHold = { readonly hold: Ulid; readonly kind: HoldKind; readonly ended: boolean };

export type Matter = {
  readonly demand: Demand;
  readonly returnBy: EpochMs | null;
  readonly silences: Ulid | null;
  readonly follows: Ulid | null;
  readonly stage: Stage;
  /** Steps so far: who acts says how many it saw, so that nothing is approved unseen. */
  readonly version: number;
  readonly checks: readonly CheckResult[];
  readonly clerk: string | null;
  readonly question: { readonly reason: Reason; readonly dueAt: EpochMs } | null;
  /** How often the sender was asked. */
  readonly questions: number;
  readonly review: Review;
  readonly approvals: readonly Approval[];
  readonly outcome: Outcome | null;
  readonly items: DecidedItems;
  readonly decidedAt: EpochMs | null;
  readonly holds: readonly MatterHold[];
  readonly orders: readonly Silence[];
  /** A court ended the silence before its time. */
  readonly isLifted: boolean;
  readonly noticeSentAt: EpochMs | null;
  /** The accounts that were told, and those of them that challenged or said they would not. */
  readonly told: readonly string[];
  readonly heard: readonly string[];
  readonly custodian: string | null;
  readonly export: { readonly id: Ulid; readonly sealedAt: EpochMs | null } | null;
  readonly disclosedAt: EpochMs | null;
  readonly challenge: { readonly by: string; readonly because: string } | null;
  /** Who moved for the provider. */
  readonly mover: string | null;
  /** The answer was not given by its date. */
  readonly overdueAt: EpochMs | null;
  /** Of what left without process: what came after it, and when it was noticed that nothing had. */
  readonly followedBy: Ulid | null;
  readonly unfollowedAt: EpochMs | null;
};

const nothingReviewed: Review = {
  narrowed: new Set(),
  confirmed: new Set(),
  cleared: new Set(),
};

/** Null before the first step. */
export function matterOf(steps: readonly MatterStep[]): Matter | null {
  return steps.reduce<Matter | null>(evolveMatter, null);
}

export function evolveMatter(before: Matter | null, step: MatterStep): Matter {
  if (step.name === 'received') {
    assert(before === null, 'a matter begins once');
    return begun(step);
  }
  assert(before !== null, `${step.name} before the demand was received`);
  return { ...before, ...changed(before, step), version: before.version + 1 };
}

const undecided = {
  outcome: null,
  items: { released: noneOfAny, withheld: noneOfAny },
  decidedAt: null,
  export: null,
  custodian: null,
} as const satisfies Partial<Matter>;

const begun = (step: Extract<MatterStep, { name: 'received' }>): Matter => ({
  demand: step.demand,
  returnBy: step.returnBy,
  silences: step.silences,
  follows: step.follows ?? null,
  stage: 'received',
  version: 1,
  checks: step.checks,
  ...{ clerk: null, question: null, questions: 0 },
  review: nothingReviewed,
  approvals: [],
  ...undecided,
  holds: [],
  orders: [],
  ...{ isLifted: false, noticeSentAt: null, told: [], heard: [], disclosedAt: null },
  ...{ challenge: null, mover: null, overdueAt: null, followedBy: null, unfollowedAt: null },
});

function changed(before: Matter, step: Exclude<MatterStep, { name: 'received' }>): Partial<Matter> {
  const { demand } = before;
  switch (step.name) {
    case 'taken-in':
      return { demand: step.demand, checks: step.checks, clerk: step.by, stage: 'in-review' };
    case 'asked':
      return {
        question: { reason: step.reason, dueAt: step.dueAt },
        questions: before.questions + 1,
        stage: 'asked',
      };
    case 'answered':
      // What was said of the old paper is not said of the new one.
      return {
        demand: step.demand,
        returnBy: step.returnBy,
        checks: step.checks,
        question: null,
        review: nothingReviewed,
        approvals: [],
        clerk: null,
        stage: 'received',
      };
    case 'reviewed':
      // An approver signs what was reviewed: a later finding asks for a new signature.
      return {
        review: joined(before.review, step),
        approvals: [
          ...before.approvals.filter(({ as }) => as !== 'approver'),
          { principal: step.by, as: step.as },
        ],
      };
    case 'approved':
      return { approvals: [...before.approvals, { principal: step.by, as: 'approver' }] };
    case 'decided':
      return {
        outcome: step.outcome,
        items: step.items,
        decidedAt: step.at,
        question: null,
        stage: sumOf(step.items.released) > 0 ? 'decided' : 'closed',
      };
    case 'reopened':
      return { ...undecided, stage: 'in-review' };
    case 'hold-placed':
      return {
        holds: [...before.holds, { hold: step.hold, kind: step.kind, ended: false }],
      };
    case 'hold-ended':
      return {
        holds: before.holds.map((each) =>
          each.hold === step.hold ? { ...each, ended: true } : each,
        ),
      };
    case 'consented':
      return { demand: { ...demand, consent: step.consent } };
    case 'consent-revoked':
      return {
        demand: {
          ...demand,
          consent: demand.consent === null ? null : { ...demand.consent, revokedAt: step.at },
        },
      };
    case 'silenced':
      return { orders: [...before.orders, step.silence], isLifted: false };
    case 'silence-lifted':
      return {
        isLifted: true,
        // The order that came with the demand as well as those that came after it.
        demand: {
          ...demand,
          silence: demand.silence === null ? null : { ...demand.silence, expiresAt: step.at },
        },
        orders: before.orders.map((each) =>
          each.liftedAt === null ? { ...each, liftedAt: step.at } : each,
        ),
      };
    case 'notice-sent':
      return { noticeSentAt: step.at, told: step.accounts };
    case 'leased':
      return { custodian: step.by, export: { id: step.export, sealedAt: null } };
    case 'sealed':
      return { export: before.export === null ? null : { ...before.export, sealedAt: step.at } };
    case 'delivered':
      return { disclosedAt: step.at, stage: 'delivered' };
    case 'challenge-waived':
      return { heard: [...before.heard, step.by] };
    case 'challenged':
      return { ...challenged(demand, step), heard: [...before.heard, step.by] };
    case 'moved':
      return { ...challenged(demand, step), mover: step.by };
    case 'challenge-ended':
      if (step.upheld) return { ...ended(before, 'quashed'), challenge: null };
      if (step.modified === undefined) {
        return { demand: { ...demand, standing: 'open' }, challenge: null };
      }
      // What was signed was another demand.
      return {
        ...undecided,
        ...{ demand: modified(demand, step.modified), challenge: null },
        ...{ approvals: [], stage: 'in-review' },
      };
    case 'withdrawn':
    case 'superseded':
      return ended(before, step.name);
    case 'overdue':
      return { overdueAt: step.at };
    case 'followed':
      return { followedBy: step.process };
    case 'unfollowed':
      return { unfollowedAt: step.at };
  }
}

const challenged = (demand: Demand, { by, because }: NonNullable<Matter['challenge']>) => ({
  demand: { ...demand, standing: 'challenged' as const },
  challenge: { by, because },
});

/** What was delivered already cannot be called back; the outcome says what became of the rest. */
function ended(
  { demand }: Matter,
  standing: 'quashed' | 'withdrawn' | 'superseded',
): Partial<Matter> {
  const codes = { quashed: 'QUASHED', withdrawn: 'WITHDRAWN', superseded: 'SUPERSEDED' } as const;
  return { demand: { ...demand, standing }, outcome: { code: codes[standing] }, stage: 'closed' };
}

const joined = (before: Review, found: ReviewFindings): Review => ({
  narrowed: new Set([...before.narrowed, ...found.narrowed]),
  confirmed: new Set([...before.confirmed, ...found.confirmed]),
  cleared: new Set([...before.cleared, ...found.cleared]),
});
