/** Intake checks of what a demand claims beside its scope: silence, danger, a renewal. */
import { between, hours, isoTime } from '../../device/wire/time.ts';
import { type Demand, paperReceivedAt } from './demand.ts';
import { type Finding, failed, passed } from './findings.ts';
import type { IntakeCase } from './intake-case.ts';
import type { ProcessRule } from './process-rules.ts';

/** V13. What does not bind is treated as no gag, and the owner is told as ever. [LEG-6] */
export function silence({ demand, rule }: IntakeCase): Finding {
  const fault = silenceFault(demand, rule);
  return fault === null ? passed : failed('no-gag', 'expired_gag_ignored', fault);
}

/** Why a claim of silence binds nobody; null: it binds, or none is made. */
export function silenceFault(demand: Demand, rule: ProcessRule): string | null {
  const { silence: claim } = demand;
  if (claim === null) return null;
  const { accepts } = rule.gag;
  if (claim.by === 'letter') return 'a request for silence is not an order';
  if (accepts === 'none') return `nothing can silence the notice of ${rule.process}`;
  if (claim.by === 'statute' && accepts !== 'statutory') return 'no statute silences this process';
  if (!claim.namesProcess) return 'the order does not name this process';
  const { expiresAt } = claim;
  // A statute may silence without an end, until a court lifts it; an order must have one.
  if (expiresAt === null) return claim.by === 'statute' ? null : 'the order has no end';
  return expiresAt <= paperReceivedAt(demand) ? `it ended ${isoTime(expiresAt)}` : null;
}

/** V16. All of it, or nothing: about a third of such requests fail a second look. */
export function emergency({ demand, legal, records }: IntakeCase): Finding {
  const { emergency: claim } = demand;
  const deny = (because: string) => failed('deny', 'emergency_not_shown', because);
  if (claim === null || claim.danger.trim() === '') return deny('no danger is stated');
  if (!claim.imminent) return deny('the danger is not imminent');
  if (claim.nexus.trim() === '') return deny('it does not say how this footage helps');
  if (claim.callBack !== 'passed') return deny(`the call back to the agency: ${claim.callBack}`);
  const ageMs = between(claim.arisenAt, paperReceivedAt(demand));
  if (ageMs < 0) return deny('the danger lies after the request');
  if (ageMs > hours(legal.emergencyHoursMax)) {
    return deny(`it is older than ${legal.emergencyHoursMax} hours`);
  }
  const { emergenciesUnfollowed: count } = records;
  return count === 0
    ? passed
    : failed(
        'review',
        'emergency_not_shown',
        `no process followed ${count} of the agency's before`,
      );
}

/** V18 [HLD-5] */
export function renewal({ demand, rule, records }: IntakeCase): Finding {
  if (demand.renews === null) return passed;
  const reject = (because: string) => failed('reject', 'renewals_used_up', because);
  const { renewed } = records;
  if (renewed === null) return reject('there is no such hold to renew');
  const { renewals, expiresAt } = renewed;
  if (expiresAt !== null && expiresAt <= demand.receivedAt) {
    return reject(`the hold lapsed ${isoTime(expiresAt)}`);
  }
  const allowed = rule.hold?.renewals ?? 0;
  return renewals < allowed ? passed : reject(`it was renewed ${renewals} of ${allowed} times`);
}
