/** Emergencies and the process that has to follow them: that it came, or that it did not. */
import type { Ulid } from '../../../device/wire/ids.ts';
import { followUpFault, followUpOf } from '../../legal/follow-up.ts';
import type { Matter } from '../../legal/matter.ts';
import type { ProcessRule } from '../../legal/process-rules.ts';
import type { Catalogue, Writing } from '../../ports.ts';
import { appendSteps, loadMatter } from './legal-desk-store.ts';
import { type DeskWorld, deskActor, ruleOf, tell } from './legal-desk-world.ts';

/** A granted demand that says which emergency it follows. What falls short of it is on record as that. */
export async function followEmergency(
  world: DeskWorld,
  tx: Writing,
  process: Matter,
  rule: ProcessRule,
): Promise<void> {
  const { follows, outcome, demand } = process;
  const isGranted =
    outcome?.code === 'FULL' || outcome?.code === 'PARTIAL' || outcome?.code === 'NO_RECORDS';
  const before = follows === null || !isGranted ? null : await loadMatter(tx, follows);
  // It may come before the bag is handed over, but not before it is known what leaves.
  if (before === null || before.followedBy !== null || before.decidedAt === null) return;
  const because = followUpFault(before, demand, rule, world.legal);
  await tell(world, tx, 'emergency-followed', deskActor, {
    ...{ demand: before.demand.demand, process: demand.demand, suffices: because === null },
    because,
  });
  if (because !== null) return;
  const at = world.ports.clock.now();
  const step = { name: 'followed', at, by: deskActor, process: demand.demand } as const;
  await appendSteps(world, tx, before, [step]);
}

/** Told once, on its day. */
export async function noteUnfollowed(
  world: DeskWorld,
  tx: Writing,
  matter: Matter,
): Promise<Matter> {
  const at = world.ports.clock.now();
  const followUp = followUpOf(matter, ruleOf(world, matter.demand), at);
  if (followUp?.state !== 'missed' || matter.unfollowedAt !== null) return matter;
  const { demand } = matter.demand;
  await tell(world, tx, 'emergency-unfollowed', deskActor, { demand, dueAt: followUp.dueAt });
  return appendSteps(world, tx, matter, [{ name: 'unfollowed', at, by: deskActor }]);
}

/** Of this agency, still. */
export async function unfollowedOf(db: Catalogue['read'] | Writing, agency: Ulid): Promise<number> {
  const { count } = await db
    .selectFrom('demandSteps as missed')
    .innerJoin('demands', 'demands.demand', 'missed.demand')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('demands.agency', '=', agency)
    .where('demands.stage', '=', 'delivered')
    .where('missed.name', '=', 'unfollowed')
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('demandSteps as came')
            .select('came.step')
            .whereRef('came.demand', '=', 'missed.demand')
            .where('came.name', '=', 'followed'),
        ),
      ),
    )
    .executeTakeFirstOrThrow();
  return Number(count);
}
