/** Matters in the catalogue: their steps, and the row that lists are made of. */

import { canonicalJson } from '../../../device/wire/codec.ts';
import type { Ulid } from '../../../device/wire/ids.ts';
import { epochMs } from '../../../device/wire/time.ts';
import { evolveMatter, type Matter } from '../../legal/matter.ts';
import { nextLookAt } from '../../legal/matter-deadlines.ts';
import type { MatterStep } from '../../legal/matter-steps.ts';
import type { Catalogue, Writing } from '../../ports.ts';
import { type DeskWorld, ruleOf } from './legal-desk-world.ts';

export async function loadMatter(
  db: Catalogue['read'] | Writing,
  demand: Ulid,
): Promise<Matter | null> {
  const rows = await db
    .selectFrom('demandSteps')
    .select('facts')
    .where('demand', '=', demand)
    .orderBy('step')
    .execute();
  return rows.reduce<Matter | null>(
    (matter, { facts }) => evolveMatter(matter, JSON.parse(facts) as MatterStep),
    null,
  );
}

/** The first step, with its row. */
export async function beginMatter(
  world: DeskWorld,
  tx: Writing,
  step: Extract<MatterStep, { name: 'received' }>,
  of: { readonly agency: Ulid; readonly sender: Ulid; readonly documentSha256: string },
): Promise<Matter> {
  const { demand, process, caseNumber, receivedAt } = step.demand;
  const matter = evolveMatter(null, step);
  await tx
    .insertInto('demands')
    .values({
      ...of,
      demand,
      process,
      caseNumber,
      receivedAt,
      stage: matter.stage,
      steps: 1,
      lookAt: null,
    })
    .execute();
  await insertStep(tx, demand, 1, step);
  return appendSteps(world, tx, matter, []);
}

/** Puts steps behind those there are. Two who act at once: the key refuses the later one. */
export async function appendSteps(
  world: DeskWorld,
  tx: Writing,
  before: Matter,
  steps: readonly MatterStep[],
): Promise<Matter> {
  const { demand } = before.demand;
  let matter = before;
  for (const step of steps) {
    matter = evolveMatter(matter, step);
    await insertStep(tx, demand, matter.version, step);
  }
  const rule = ruleOf(world, matter.demand);
  await tx
    .updateTable('demands')
    .set({
      stage: matter.stage,
      steps: matter.version,
      lookAt: nextLookAt(matter, rule, world.ports.clock.now()),
      documentSha256: matter.demand.document.sha256 ?? '',
      caseNumber: matter.demand.caseNumber,
    })
    .where('demand', '=', demand)
    .execute();
  return matter;
}

const insertStep = (tx: Writing, demand: Ulid, step: number, what: MatterStep) =>
  tx
    .insertInto('demandSteps')
    .values({ demand, step, at: epochMs(what.at), name: what.name, facts: canonicalJson(what) })
    .execute();
