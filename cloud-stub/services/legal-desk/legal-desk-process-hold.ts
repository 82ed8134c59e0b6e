/** The hold that a granted process rests on. */
import type { Matter } from '../../legal/matter.ts';
import type { MatterStep } from '../../legal/matter-steps.ts';
import type { ProcessRule } from '../../legal/process-rules.ts';
import type { Writing } from '../../ports.ts';
import { type DeskWorld, deskActor, newId } from './legal-desk-world.ts';

/** It stands in the place of the intake hold, without a gap; where it stands already, it goes on. [HLD-4] */
export async function holdSteps(
  world: DeskWorld,
  tx: Writing,
  matter: Matter,
  rule: ProcessRule,
): Promise<readonly MatterStep[]> {
  const { demand } = matter;
  const at = world.ports.clock.now();
  const kind = rule.hold?.kind;
  if (kind === undefined || matter.holds.some((each) => each.kind === kind && !each.ended)) {
    return [];
  }
  if (demand.renews !== null) {
    const request = demand.document.sha256 ?? demand.demand;
    await world.holds.renew({ hold: demand.renews, request, by: deskActor }, tx);
    return [];
  }
  const { subjects, from, to } = demand.scope;
  const hold = newId(world, at);
  const intake = intakeHoldOf(matter);
  const placed = await world.holds.place(
    {
      ...{ hold, kind, basis: demand.demand, by: deskActor, scope: { subjects, from, to } },
      ...(intake === null ? {} : { converts: intake }),
    },
    tx,
  );
  if (!placed.ok) return [];
  const by = deskActor;
  return [
    { name: 'hold-placed', at, by, hold, kind },
    ...(intake === null ? [] : [{ name: 'hold-ended' as const, at, by, hold: intake }]),
  ];
}

export const intakeHoldOf = ({ holds }: Matter): Matter['holds'][number]['hold'] | null =>
  holds.find(({ kind, ended }) => kind === 'intake' && !ended)?.hold ?? null;
