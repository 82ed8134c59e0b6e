/** How matters end otherwise than by an answer: withdrawn, superseded, quashed; and silences that are lifted. */
import type { Ulid } from '../../../device/wire/ids.ts';
import type { Matter } from '../../legal/matter.ts';
import type { MatterStep } from '../../legal/matter-steps.ts';
import type { Writing } from '../../ports.ts';
import type { ChallengeEnd } from './legal-desk.ts';
import { matterFor, permit, unknownDemand } from './legal-desk-acts.ts';
import { requireNarrowing } from './legal-desk-motions.ts';
import { close, tellDecision } from './legal-desk-outcomes.ts';
import { askRelease } from './legal-desk-review.ts';
import { appendSteps } from './legal-desk-store.ts';
import { actorOf, type DeskWorld, malformed, tell } from './legal-desk-world.ts';
import type { Principal } from './principals.ts';

/** A court lifted the silence: the notice is due. */
export async function liftSilence(
  world: DeskWorld,
  tx: Writing,
  by: Principal,
  demand: Ulid,
): Promise<Matter> {
  const matter = await matterFor(tx, demand);
  permit(matter, by, 'lift-silence');
  const at = world.ports.clock.now();
  const actor = actorOf('reviewer', by.principal);
  await tell(world, tx, 'silence-ended', actor, { demand, because: 'lifted' });
  return appendSteps(world, tx, matter, [{ name: 'silence-lifted', at, by: by.principal }]);
}

/** Its own agency's, before anything left. */
export async function withdraw(
  world: DeskWorld,
  tx: Writing,
  by: Principal,
  demand: Ulid,
): Promise<Matter> {
  const matter = await matterFor(tx, demand);
  const row = await tx
    .selectFrom('demands')
    .select('agency')
    .where('demand', '=', demand)
    .executeTakeFirst();
  if (row?.agency !== by.agency) throw unknownDemand();
  permit(matter, by, 'withdraw');
  const actor = actorOf('agency-officer', by.principal);
  await tell(world, tx, 'demand-withdrawn', actor, { demand });
  const at = world.ports.clock.now();
  const step: MatterStep = { name: 'withdrawn', at, by: by.principal };
  return endUnanswered(world, tx, matter, 'WITHDRAWN', actor, step);
}

/** Taken back in favour of another of the same sender. */
export async function supersede(
  world: DeskWorld,
  tx: Writing,
  by: Principal,
  demand: Ulid,
  newer: Ulid,
): Promise<void> {
  const matter = await matterFor(tx, demand);
  permit(matter, by, 'withdraw');
  const actor = actorOf('agency-officer', by.principal);
  const step: MatterStep = { name: 'superseded', at: world.ports.clock.now(), by: newer };
  await endUnanswered(world, tx, matter, 'SUPERSEDED', actor, step);
}

/** A court's word: upheld, nothing leaves; modified, it is answered anew; neither, the answer stands. */
export async function endChallenge(
  world: DeskWorld,
  tx: Writing,
  by: Principal,
  demand: Ulid,
  { upheld, modified }: ChallengeEnd,
): Promise<Matter> {
  const matter = await matterFor(tx, demand);
  permit(matter, by, 'end-challenge');
  if (modified !== undefined) {
    if (upheld) throw malformed('modified', 'what is quashed is not modified');
    requireNarrowing(matter, modified);
  }
  const actor = actorOf('reviewer', by.principal);
  const isModified = modified !== undefined;
  // Whom it names stands in the matter alone. [LOG-2]
  const { subjects, ...left } = modified ?? {};
  const told = {
    demand,
    upheld,
    modified: isModified,
    ...left,
    subjects: subjects?.length ?? null,
  };
  await tell(world, tx, 'challenge-ended', actor, told);
  const at = world.ports.clock.now();
  const step: MatterStep = {
    ...{ name: 'challenge-ended', at, by: by.principal, upheld },
    ...(isModified ? { modified } : {}),
  };
  if (upheld) {
    const outcome = { code: 'QUASHED' } as const;
    await tellDecision(world, tx, matter, outcome, matter.items, actor);
    await askRelease(world, tx, matter, 'released', actor);
    return close(world, tx, matter, step);
  }
  // The answer stands as it was given.
  if (matter.outcome !== null && !isModified) {
    await tellDecision(world, tx, matter, matter.outcome, matter.items, actor);
  }
  return appendSteps(world, tx, matter, [step]);
}

async function endUnanswered(
  world: DeskWorld,
  tx: Writing,
  matter: Matter,
  code: 'WITHDRAWN' | 'SUPERSEDED',
  actor: string,
  step: MatterStep,
): Promise<Matter> {
  await tellDecision(world, tx, matter, { code }, matter.items, actor);
  await askRelease(world, tx, matter, 'rejected', actor);
  return close(world, tx, matter, step);
}

/** False: not an agency's to close. */
export function closeCase(world: DeskWorld, by: Principal, caseNumber: string): Promise<boolean> {
  const { catalogue, clock } = world.ports;
  const { agency } = by;
  if (agency === null || !by.roles.includes('agency-admin')) return Promise.resolve(false);
  return catalogue.write(async (tx) => {
    await tx
      .insertInto('closedCases')
      .values({ agency, caseNumber, closedAt: clock.now() })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    return true;
  });
}
