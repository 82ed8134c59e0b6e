/**
 * The intake checks V01 to V20, each a pure function of a demand and the desk's records. Every
 * demand gets every check, and each outcome is told, that of a check that does not bind included:
 * nothing is passed over in silence. [LEG-3]
 */
import * as claims from './claim-checks.ts';
import type { Finding } from './findings.ts';
import type { IntakeCase } from './intake-case.ts';
import * as papers from './paper-checks.ts';
import { type CheckId, checkIds } from './process-rules.ts';
import * as scopes from './scope-checks.ts';

export type CheckResult = { readonly check: CheckId } & (
  | { readonly outcome: 'passed' | 'not-applicable' }
  | ({ readonly outcome: 'failed' } & Omit<Extract<Finding, { passed: false }>, 'passed'>)
);

type Check = (facts: IntakeCase) => Finding;

export const intakeChecks: Readonly<Record<CheckId, Check>> = {
  V01: papers.channel,
  V02: papers.servedEntity,
  V03: papers.issuer,
  V04: papers.signature,
  V05: papers.staleness,
  V06: papers.jurisdiction,
  V07: scopes.subjectsNamed,
  V08: scopes.timeRange,
  V09: scopes.narrowness,
  V10: scopes.reverseSearch,
  V11: scopes.classes,
  V12: papers.completeness,
  V13: claims.silence,
  V14: papers.duplicate,
  V15: papers.returnAddress,
  V16: claims.emergency,
  V17: papers.caseNumber,
  V18: claims.renewal,
  V19: scopes.filters,
  V20: scopes.availability,
};

export const checkIntake = (facts: IntakeCase): readonly CheckResult[] =>
  checkIds.map((check) => {
    if (!facts.rule.requires.includes(check)) return { check, outcome: 'not-applicable' };
    const finding = intakeChecks[check](facts);
    if (finding.passed) return { check, outcome: 'passed' };
    const { action, reason, because } = finding;
    return { check, outcome: 'failed', action, reason, because };
  });
