/** Who must have said yes before anything leaves, and that they are different people. [LEG-5] */
import type { Demand } from './demand.ts';
import type { CheckResult } from './intake-checks.ts';
import type { CheckId, ProcessRule } from './process-rules.ts';

export type ApprovalRole = 'reviewer' | 'approver' | 'counsel';
export type Approval = { readonly principal: string; readonly as: ApprovalRole };

export type Need =
  | { readonly need: ApprovalRole; readonly missing: number }
  | { readonly need: 'clearance'; readonly check: CheckId };

/** What is still missing; empty: it may be decided. A person counts once, the sender never. */
export function approvalsMissing(
  { sender }: Demand,
  rule: ProcessRule,
  checks: readonly CheckResult[],
  approvals: readonly Approval[],
  cleared: ReadonlySet<CheckId>,
): readonly Need[] {
  const counted = new Map<string, ApprovalRole>();
  for (const { principal, as } of approvals) {
    if (principal !== sender.principal && !counted.has(principal)) counted.set(principal, as);
  }
  // [LEG-8] Two reviewers and a lawyer; no number of rules makes a reverse search automatic.
  const isGrave = checks.some((each) => each.outcome === 'failed' && each.action === 'counsel');
  const wanted: Readonly<Record<ApprovalRole, number>> = {
    reviewer: isGrave ? 2 : 1,
    approver: rule.approvals,
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
