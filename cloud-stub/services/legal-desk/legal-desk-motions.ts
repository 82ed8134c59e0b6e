/**
 * The provider's own motion to quash or modify: 18 USC 2703(d), last sentence. Until the court has spoken nothing
 * leaves, and what the process would hold is held, however long that takes.
 */
import type { Ulid } from '../../../device/wire/ids.ts';
import type { Matter } from '../../legal/matter.ts';
import { type Modification, modificationFault } from '../../legal/order-motions.ts';
import type { MotionGround } from '../../legal/process-rules.ts';
import type { Writing } from '../../ports.ts';
import { matterFor, permit } from './legal-desk-acts.ts';
import { tellDecision } from './legal-desk-outcomes.ts';
import { holdSteps } from './legal-desk-process-hold.ts';
import { appendSteps } from './legal-desk-store.ts';
import {
  actorOf,
  DeskRefused,
  type DeskWorld,
  malformed,
  ruleOf,
  tell,
} from './legal-desk-world.ts';
import type { Principal } from './principals.ts';

export type Motion = { readonly ground: MotionGround; readonly because: string };

export async function move(
  world: DeskWorld,
  tx: Writing,
  by: Principal,
  demand: Ulid,
  { ground, because }: Motion,
): Promise<Matter> {
  const matter = await matterFor(tx, demand);
  permit(matter, by, 'move');
  const rule = ruleOf(world, matter.demand);
  if (!rule.motions.includes(ground)) {
    const grounds = rule.motions.length === 0 ? 'none' : rule.motions.join(' or ');
    const expected = `the grounds of ${rule.process} are: ${grounds}`;
    throw new DeskRefused('no-motion', `no motion lies for that: ${expected}`);
  }
  if (matter.export !== null) {
    throw new DeskRefused(
      'stage',
      'what leaves is being sealed: a motion is made promptly, before',
    );
  }
  const at = world.ports.clock.now();
  const actor = actorOf('counsel', by.principal);
  await tell(world, tx, 'motion-made', actor, { demand, ground });
  await tellDecision(world, tx, matter, { code: 'CHALLENGED' }, matter.items, actor);
  return appendSteps(world, tx, matter, [
    { name: 'moved', at, by: by.principal, ground, because },
    ...(await holdSteps(world, tx, matter, rule)),
  ]);
}

/** A court narrows what the provider moved against, and nothing else. Throws DeskRefused. */
export function requireNarrowing(matter: Matter, modification: Modification): void {
  if (matter.challenge === null || matter.challenge.by !== matter.mover) {
    throw malformed('modified', 'expected a motion of the provider: it made none that is open');
  }
  const fault = modificationFault(matter.demand, modification);
  if (fault !== null) throw malformed('modified', fault);
}
