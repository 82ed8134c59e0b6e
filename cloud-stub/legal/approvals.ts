/** Who must have said yes before anything leaves, and that they are different people. [LEG-5] */
import { isWide } from '../custody/holds-scope.ts';
import type { Demand } from './demand.ts';
import type { CheckResult } from './intake-checks.ts';
import type { Review } from './item-decision.ts';
import type { LegalPolicy } from './legal-policy.ts';
import type { CheckId, ProcessRule } from './process-rules.ts';

export type ApprovalRole = 'reviewer' | 'approver' | 'counsel';
export type Approval = { readonly principal: string; readonly as: ApprovalRole };

export type Need =
  | { readonly need: ApprovalRole; readonly missing: number }
  | { readonly need: 'clearance'; readonly check: CheckId };

export type ApprovalCase = {
  readonly demand: Demand;
  readonly rule: ProcessRule;
  readonly legal: LegalPolicy;
  readonly checks: readonly CheckResult[];
  readonly approvals: readonly Approval[];
  readonly review: Pick<Review, 'cleared'>;
};

/** What is still missing; empty: it may be decided. A person counts once, the sender never. */
export function approvalsMissing({
  demand: { sender, scope },
  rule,
  legal,
  checks,
  approvals,
  review: { cleared },
}: ApprovalCase): readonly Need[] {
  const counted = new Map<string, ApprovalRole>();
  for (const { principal, as } of approvals) {
    if (principal !== sender.principal && !counted.has(principal)) counted.set(principal, as);
  }
  // [LEG-8] Two reviewers and a lawyer; no number of rules makes a reverse search automatic.
  const isGrave = checks.some((each) => each.outcome === 'failed' && each.action === 'counsel');
  const isHeldWide = rule.hold !== null && isWide(scope, legal.devicesMax);
  const wanted: Readonly<Record<ApprovalRole, number>> = {
    reviewer: isGrave ? 2 : 1,
    // What holds a whole account is never one person's word, even where nothing leaves.
    approver: Math.max(rule.approvals, isHeldWide ? 1 : 0),
    counsel: isGrave ? 1 : 0,
  };
  const roles = [...counted.values()];
  const people = (['reviewer', 'approver', 'counsel'] as const).flatMap((need): Need[] => {
    const missing = wanted[need] - roles.filter((role) => role === need).length;
    return missing > 0 ? [{ need, missing }] : [];
  });
  const open = checks.flatMap((each): Need[] =>
    each.outcome === 'failed' &&
    (each.action === 'review' || each.action === 'counsel') &&
    !cleared.has(each.check)
      ? [{ need: 'clearance', check: each.check }]
      : [],
  );
  return [...people, ...open];
}
