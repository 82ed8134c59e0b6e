/** Which classes of data one demand can reach, and for each that it cannot, what stands against. */
import type { Demand } from './demand.ts';
import { type LegalPolicy, policyOf } from './legal-policy.ts';
import { type DataClass, dataClasses, type ProcessRule } from './process-rules.ts';

export type ClassGrant = {
  readonly granted: boolean;
  readonly because: 'granted' | 'not-asked' | 'statute' | 'policy' | 'issuer';
};

export const isAsked = ({ classes }: Demand, each: DataClass): boolean => classes.includes(each);

/** Statute, then policy, then who signed: all three must allow it. [LEG-1, LEG-2] */
export function classGrant(
  demand: Demand,
  rule: ProcessRule,
  legal: LegalPolicy,
  each: DataClass,
): ClassGrant {
  const refused = (because: ClassGrant['because']) => ({ granted: false, because });
  if (!isAsked(demand, each)) return refused('not-asked');
  if (rule.effect !== 'disclose' || rule.compels[each] === 'never') return refused('statute');
  const { policy, refusedAs } = policyOf(rule, legal);
  if (refusedAs !== null || policy[each] === 'deny') return refused('policy');
  const able = each === 'subscriber' ? rule.issuers.subscriber : rule.issuers.beyond;
  return demand.issuer !== null && able.includes(demand.issuer.kind)
    ? { granted: true, because: 'granted' }
    : refused('issuer');
}

export const issuedClasses = (
  demand: Demand,
  rule: ProcessRule,
  legal: LegalPolicy,
): readonly DataClass[] =>
  dataClasses.filter((each) => classGrant(demand, rule, legal, each).granted);

/** Asked for, and refused as a whole. */
export const refusedClasses = (demand: Demand, rule: ProcessRule, legal: LegalPolicy) =>
  demand.classes.flatMap((each) => {
    const { because } = classGrant(demand, rule, legal, each);
    return because === 'granted' ? [] : [{ class: each, because }];
  });
