/**
 * The hold that the receipt of a demand asks for, so that what it names outlives the review. [HLD-4]
 */
import type { Ulid } from '../../device/wire/ids.ts';
import type { HoldableClip, HoldCommand } from '../custody/holds.ts';
import type { IntakeCase } from './intake-case.ts';
import type { CheckResult } from './intake-checks.ts';
import { policyOf } from './legal-policy.ts';

/**
 * Null where nothing is to be protected: a demand that intake refuses, a kind that is refused
 * anyway, one that names nobody. An open question to the sender protects: the answer may come late.
 * An owner's consent is no demand; what the owner deletes after it stays deleted.
 */
export function intakeHold(
  { demand, rule, legal }: Omit<IntakeCase, 'records'>,
  checks: readonly CheckResult[],
  hold: Ulid,
  clips: readonly HoldableClip[],
): Extract<HoldCommand, { name: 'place' }> | null {
  const isRefused =
    policyOf(rule, legal).refusedAs !== null ||
    checks.some(
      (each) => each.outcome === 'failed' && (each.action === 'reject' || each.action === 'deny'),
    );
  const isOfFootage = rule.effect === 'disclose' || rule.effect === 'preserve';
  const isForFootage = isOfFootage && rule.process !== 'owner-consent';
  const { subjects, from, to } = demand.scope;
  if (isRefused || !isForFootage || subjects.length === 0) return null;
  const scope = { subjects, from, to };
  return { name: 'place', hold, kind: 'intake', basis: demand.demand, scope, clips };
}
