/**
 * The answer to a demand, once nobody's word is missing. Records are looked at in pages outside any
 * long transaction; the last one counts only if neither the matter nor the footage changed
 * meanwhile, and begins anew if they did.
 */
import type { Ulid } from '../../../device/wire/ids.ts';
import type { DecisionItemRow } from '../../catalogue-tables-desk.ts';
import { type Outcome, outcomeOf, standingOf } from '../../legal/decision.ts';
import { decideItem, type ItemDecision } from '../../legal/item-decision.ts';
import { emptyTally, type ItemTally, sumOf, tallied } from '../../legal/item-tally.ts';
import type { Matter } from '../../legal/matter.ts';
import type { MatterStep } from '../../legal/matter-steps.ts';
import type { ProcessRule } from '../../legal/process-rules.ts';
import type { Ownership, RecordItem } from '../../legal/scope.ts';
import type { Writing } from '../../ports.ts';
import { followEmergency } from './legal-desk-follow-ups.ts';
import { silenceNotice, silenceTarget } from './legal-desk-notices.ts';
import { decidedStep, tellDecision } from './legal-desk-outcomes.ts';
import { holdSteps } from './legal-desk-process-hold.ts';
import { ownershipsOf, recordPages, thingsOf } from './legal-desk-records.ts';
import { appendSteps, loadMatter } from './legal-desk-store.ts';
import { type DeskWorld, deskActor, newId, ruleOf, tell } from './legal-desk-world.ts';

/** Decides the matter if it can be; asked again it does nothing. */
export async function settle(world: DeskWorld, demand: Ulid): Promise<void> {
  for (;;) {
    const matter = await loadMatter(world.ports.catalogue.read, demand);
    if (matter === null || matter.stage !== 'in-review') return;
    // A court has it.
    if (matter.demand.standing === 'challenged') return;
    const rule = ruleOf(world, matter.demand);
    const standing = standingOf(caseOf(world, matter, rule));
    if (standing.settled === 'needs') return;
    const tally = standing.settled === 'open' ? await weigh(world, matter, rule) : emptyTally;
    const outcome =
      standing.settled === 'open'
        ? outcomeOf({ demand: matter.demand, rule, legal: world.legal }, tally)
        : standing.outcome;
    const isDone = await world.ports.catalogue.write((tx) =>
      finish(world, tx, matter, rule, outcome, tally),
    );
    if (isDone) return;
  }
}

const caseOf = ({ legal, ports }: DeskWorld, matter: Matter, rule: ProcessRule) => {
  const { demand, checks, review, approvals } = matter;
  return { demand, rule, legal, checks, review, approvals, at: ports.clock.now() };
};

/** Writes each item's decision as it goes; what an earlier try of this round left is overwritten. */
async function weigh(world: DeskWorld, matter: Matter, rule: ProcessRule): Promise<ItemTally> {
  const { catalogue, clock } = world.ports;
  const { demand, version } = matter;
  await catalogue.write((tx) =>
    tx
      .deleteFrom('decisionItems')
      .where('demand', '=', demand.demand)
      .where('round', '=', version)
      .execute(),
  );
  const things = await thingsOf(catalogue.read, demand.scope);
  const ownerships: readonly Ownership[] = await ownershipsOf(catalogue.read, things);
  const facts = { ...caseOf(world, matter, rule), ownerships };
  let tally = emptyTally;
  for await (const page of recordPages(catalogue.read, demand.scope, clock.now())) {
    const rows: DecisionItemRow[] = [];
    const items: ItemDecision[] = [];
    for (const record of page) {
      const item = decideItem(record, facts);
      // Others' records that lie beside the scope are no part of the answer. [LEG-4]
      if (!item.inScope) continue;
      items.push(item);
      rows.push(rowOf(matter, record, item));
    }
    tally = tallied(tally, items);
    if (rows.length === 0) continue;
    await catalogue.write((tx) => tx.insertInto('decisionItems').values(rows).execute());
  }
  return tally;
}

const rowOf = ({ demand, version }: Matter, record: RecordItem, item: ItemDecision) =>
  ({
    demand: demand.demand,
    round: version,
    key: item.key,
    class: item.class,
    thing: record.class === 'subscriber' ? null : record.thing,
    clip: record.class === 'content' ? record.clip : null,
    account: record.account,
    inScope: 1,
    released: item.released ? 1 : 0,
    because: item.because,
    edge: item.released && item.edge ? 1 : 0,
    decryptable: item.released && item.decryptable ? 1 : 0,
  }) as const satisfies DecisionItemRow;

/** False: something changed while the records were read. */
async function finish(
  world: DeskWorld,
  tx: Writing,
  seen: Matter,
  rule: ProcessRule,
  outcome: Outcome,
  tally: ItemTally,
): Promise<boolean> {
  const { demand } = seen.demand;
  const matter = await loadMatter(tx, demand);
  if (matter === null || matter.version !== seen.version) return false;
  if (await isFootageGone(tx, seen)) return false;
  const at = world.ports.clock.now();
  const { released, withheld } = tally;
  await tellDecision(world, tx, matter, outcome, { released, withheld });
  const decided = decidedStep(at, deskActor, outcome, { released, withheld }, seen.version);
  const isGranted = outcome.code === 'FULL' || outcome.code === 'PARTIAL';
  const steps: MatterStep[] = isGranted
    ? [decided, ...(await holdSteps(world, tx, matter, rule))]
    : [decided];
  const after = await appendSteps(world, tx, matter, steps);
  if (sumOf(released) > 0) {
    await makeNotices(world, tx, seen);
    await silenceNotice(world, tx, after, rule);
  } else {
    await tell(world, tx, 'demand-closed', deskActor, { demand });
  }
  if (rule.effect === 'withhold-notice' && outcome.code === 'FULL') {
    await silenceTarget(world, tx, after);
  }
  await followEmergency(world, tx, after, rule);
  return true;
}

/** Purged between the look and now: the answer would be of what is no more. [HLD-6] */
async function isFootageGone(tx: Writing, { demand, version }: Matter): Promise<boolean> {
  const gone = await tx
    .selectFrom('decisionItems as item')
    .innerJoin('clips', (join) =>
      join.onRef('clips.thing', '=', 'item.thing').onRef('clips.clip', '=', 'item.clip'),
    )
    .select('item.key')
    .where('item.demand', '=', demand.demand)
    .where('item.round', '=', version)
    .where('item.released', '=', 1)
    .where('clips.possession', '<>', 'stored')
    .limit(1)
    .executeTakeFirst();
  return gone !== undefined;
}

/** One for each owner whose records leave; shown to nobody before it is sent. [DEL-4] */
async function makeNotices(
  world: DeskWorld,
  tx: Writing,
  { demand, version }: Matter,
): Promise<void> {
  const owners = await tx
    .selectFrom('decisionItems')
    .select('account')
    .distinct()
    .where('demand', '=', demand.demand)
    .where('round', '=', version)
    .where('released', '=', 1)
    .where('account', 'is not', null)
    .execute();
  for (const { account } of owners) {
    if (account === null) continue;
    const notice = newId(world, world.ports.clock.now());
    await tx
      .insertInto('notices')
      .values({ notice, demand: demand.demand, account, sentAt: null, toldAt: null })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
}
