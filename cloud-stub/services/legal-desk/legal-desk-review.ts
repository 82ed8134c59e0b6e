/** Review, counsel's opinion, refusal and approval; the last word that was missing lets it be decided. */
import type { Ulid } from '../../../device/wire/ids.ts';
import type { Matter } from '../../legal/matter.ts';
import { addsFindings } from '../../legal/matter-acts.ts';
import type { ReviewFindings } from '../../legal/matter-steps.ts';
import type { Reason } from '../../legal/reasons.ts';
import type { Writing } from '../../ports.ts';
import type { ReviewInput } from './legal-desk.ts';
import { matterFor, permit } from './legal-desk-acts.ts';
import { deskLimits } from './legal-desk-limits.ts';
import { close, decidedStep, nothingDecided, tellDecision } from './legal-desk-outcomes.ts';
import { appendSteps } from './legal-desk-store.ts';
import { actorOf, type DeskWorld, malformed, tell } from './legal-desk-world.ts';
import type { Principal } from './principals.ts';

/** Reviewers and counsel say the same kind of things; what they are counted as differs. */
export async function review(
  world: DeskWorld,
  tx: Writing,
  by: Principal,
  demand: Ulid,
  as: 'reviewer' | 'counsel',
  given: ReviewInput,
): Promise<Matter> {
  const matter = await matterFor(tx, demand);
  const found: ReviewFindings = {
    narrowed: given.narrow ?? [],
    confirmed: given.confirm ?? [],
    cleared: given.clear ?? [],
  };
  const keys = found.narrowed.length + found.confirmed.length;
  if (keys > deskLimits.reviewKeysMax) {
    throw malformed('narrow', `more than ${deskLimits.reviewKeysMax} items in one review`);
  }
  const isSaid = isPartOf(matter, by, as) && !addsFindings(matter, found);
  permit(matter, by, as === 'reviewer' ? 'review' : 'advise', isSaid ? null : given.seen);
  if (isSaid) return matter;
  const at = world.ports.clock.now();
  const counts = { narrowed: found.narrowed.length, confirmed: found.confirmed.length };
  await tell(world, tx, 'demand-reviewed', actorOf(as, by.principal), {
    ...{ demand, as, ...counts, cleared: found.cleared },
  });
  return appendSteps(world, tx, matter, [{ name: 'reviewed', at, by: by.principal, as, ...found }]);
}

export async function refuse(
  world: DeskWorld,
  tx: Writing,
  by: Principal,
  demand: Ulid,
  why: { readonly seen: number; readonly reason: Reason },
): Promise<Matter> {
  const matter = await matterFor(tx, demand);
  permit(matter, by, 'refuse', why.seen);
  const outcome = { code: 'REJECTED', reason: why.reason } as const;
  const actor = actorOf('reviewer', by.principal);
  await tellDecision(world, tx, matter, outcome, nothingDecided, actor);
  await askRelease(world, tx, matter, 'rejected', actor);
  const at = world.ports.clock.now();
  return close(world, tx, matter, decidedStep(at, by.principal, outcome));
}

export async function approve(
  world: DeskWorld,
  tx: Writing,
  by: Principal,
  demand: Ulid,
  seen: number,
): Promise<Matter> {
  const matter = await matterFor(tx, demand);
  const { isRepeated } = permit(matter, by, 'approve', seen);
  if (isRepeated) return matter;
  const at = world.ports.clock.now();
  const actor = actorOf('approver', by.principal);
  await tell(world, tx, 'demand-approved', actor, { demand, as: 'approver' });
  return appendSteps(world, tx, matter, [{ name: 'approved', at, by: by.principal }]);
}

/**
 * One person's word for letting go of what the matter held; a second person has to say the same, or
 * time ends it. [LEG-5]
 */
export async function askRelease(
  { holds }: DeskWorld,
  tx: Writing,
  matter: Matter,
  because: 'rejected' | 'released',
  by: string,
): Promise<void> {
  for (const { hold, kind, ended } of matter.holds) {
    if (ended) continue;
    const word = kind === 'intake' ? because : 'released';
    await holds.release({ hold, because: word, by }, tx);
  }
}

const isPartOf = ({ approvals }: Matter, { principal }: Principal, as: string): boolean =>
  approvals.some((each) => each.principal === principal && each.as === as);
