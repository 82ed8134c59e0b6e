/** Outcomes on record: refusals and questions before any record is looked at, and the ends of matters. */
import type { EpochMs } from '../../../device/wire/time.ts';
import { type Outcome, standingOf } from '../../legal/decision.ts';
import { noneOfAny } from '../../legal/item-tally.ts';
import type { Matter } from '../../legal/matter.ts';
import type { DecidedItems, MatterStep } from '../../legal/matter-steps.ts';
import type { ProcessRule } from '../../legal/process-rules.ts';
import type { Reason } from '../../legal/reasons.ts';
import type { Writing } from '../../ports.ts';
import { holdForQuestion } from './legal-desk-checks.ts';
import { deskLimits } from './legal-desk-limits.ts';
import { appendSteps } from './legal-desk-store.ts';
import { type DeskWorld, deskActor, tell } from './legal-desk-world.ts';

/** What intake settles by itself: a refusal or a question; null: people decide. */
export function earlyOutcome(
  { legal, ports }: DeskWorld,
  matter: Matter,
  rule: ProcessRule,
): Outcome | null {
  const { demand, checks, review, approvals } = matter;
  const standing = standingOf({
    ...{ demand, rule, legal, checks, review, approvals },
    at: ports.clock.now(),
  });
  return standing.settled === 'outcome' ? standing.outcome : null;
}

export const nothingDecided: DecidedItems = { released: noneOfAny, withheld: noneOfAny };

/** Puts an early outcome on record; with none the matter goes on as it is. */
export async function settleEarly(
  world: DeskWorld,
  tx: Writing,
  matter: Matter,
  outcome: Outcome | null,
): Promise<Matter> {
  if (outcome === null) return matter;
  const at = world.ports.clock.now();
  if (outcome.code !== 'CLARIFY' || matter.questions >= deskLimits.questionsMax) {
    const final = outcome.code === 'CLARIFY' ? rejectedFor(outcome.reason) : outcome;
    await tellDecision(world, tx, matter, final, nothingDecided);
    return close(world, tx, matter, decidedStep(at, deskActor, final));
  }
  const { reason } = outcome;
  const { matter: held, dueAt } = await holdForQuestion(world, tx, matter, outcome.dueAt);
  await tellDecision(world, tx, held, outcome, nothingDecided);
  return appendSteps(world, tx, held, [{ name: 'asked', at, by: deskActor, reason, dueAt }]);
}

/** Asked so often, or in vain. */
export const rejectedFor = (reason: Reason): Outcome => ({ code: 'REJECTED', reason });

export const decidedStep = (
  at: EpochMs,
  by: string,
  outcome: Outcome,
  items: DecidedItems = nothingDecided,
  round: number | null = null,
): MatterStep => ({ name: 'decided', at, by, outcome, items, round });

/** A step after which nothing more happens. */
export async function close(
  world: DeskWorld,
  tx: Writing,
  matter: Matter,
  step: MatterStep,
): Promise<Matter> {
  const closed = await appendSteps(world, tx, matter, [step]);
  await tell(world, tx, 'demand-closed', deskActor, { demand: matter.demand.demand });
  return closed;
}

export async function tellDecision(
  world: DeskWorld,
  tx: Writing,
  { demand }: Matter,
  outcome: Outcome,
  { released, withheld }: DecidedItems,
  actor = deskActor,
): Promise<void> {
  const { demand: id } = demand;
  await tell(world, tx, 'demand-decided', actor, {
    ...{ demand: id, outcome: outcome.code, reasons: reasonsOf(outcome), released },
    ...(outcome.code === 'NO_RECORDS' ? { detail: outcome.detail } : {}),
  });
  // Apart: whoever gets a bag may read the one and not the other. [LEG-2]
  await tell(world, tx, 'demand-weighed', actor, { demand: id, withheld });
}

export function reasonsOf(outcome: Outcome): readonly Reason[] {
  switch (outcome.code) {
    case 'PARTIAL':
      return outcome.reasons;
    case 'REJECTED':
    case 'CLARIFY':
      return [outcome.reason];
    case 'FULL':
    case 'NO_RECORDS':
    case 'WITHDRAWN':
    case 'QUASHED':
    case 'CHALLENGED':
    case 'SUPERSEDED':
      return [];
  }
}
