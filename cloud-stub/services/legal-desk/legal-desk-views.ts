/** What the desk, an agency and an owner see of a matter. */
import { sql } from 'kysely';
import type { Ulid } from '../../../device/wire/ids.ts';
import type { DecisionItemRow } from '../../catalogue-tables-desk.ts';
import { standingOf } from '../../legal/decision.ts';
import { followUpOf } from '../../legal/follow-up.ts';
import { type ItemDecision, isShownToSender as isShown } from '../../legal/item-decision.ts';
import type { Matter } from '../../legal/matter.ts';
import type { Part } from '../../legal/matter-acts.ts';
import {
  answerDueAt,
  authorityNoticeBy,
  challengeBy,
  deadlinesOf,
  noticeOf,
} from '../../legal/matter-deadlines.ts';
import type { Catalogue } from '../../ports.ts';
import type { AgencyMatter, DeskMatter } from './legal-desk.ts';
import { deskLimits } from './legal-desk-limits.ts';
import { type DeskWorld, ruleOf } from './legal-desk-world.ts';

type Db = Catalogue['read'];

export function agencyView(world: DeskWorld, matter: Matter): AgencyMatter {
  const { demand, outcome } = matter;
  const rule = ruleOf(world, demand);
  return {
    demand: demand.demand,
    process: demand.process,
    agency: demand.sender.agency,
    caseNumber: demand.caseNumber,
    receivedAt: demand.receivedAt,
    stage: matter.stage,
    documentSha256: demand.document.sha256 ?? '',
    classes: demand.classes,
    question: matter.question,
    outcome,
    decidedAt: matter.decidedAt,
    released: matter.decidedAt === null ? null : matter.items.released,
    answerDueAt: answerDueAt(matter, rule),
    deliveredAt: matter.disclosedAt,
    challenged: demand.standing === 'challenged',
    followUp: followUpOf(matter, rule, world.ports.clock.now()),
    authorityNoticeBy: authorityNoticeBy(matter, rule),
  };
}

export async function deskView(world: DeskWorld, matter: Matter): Promise<DeskMatter> {
  const { demand, checks, approvals, review, holds } = matter;
  const rule = ruleOf(world, demand);
  const now = world.ports.clock.now();
  const { subjects, from, to, area } = demand.scope;
  const legal = world.legal;
  const standing = standingOf({ demand, rule, legal, checks, review, approvals, at: now });
  return {
    ...agencyView(world, matter),
    version: matter.version,
    sender: demand.sender.principal,
    things: subjects.flatMap((each) => (each.by === 'account' ? [] : [each.thing])),
    accounts: subjects.flatMap((each) => (each.by === 'device' ? [] : [each.account])),
    ...{ from, to, area, checks, holds },
    people: peopleOf(matter),
    needs: matter.stage === 'in-review' && standing.settled === 'needs' ? standing.needs : [],
    withheld: matter.decidedAt === null ? null : matter.items.withheld,
    notice: noticeOf(matter, rule, now),
    challengeBy: challengeBy(matter, rule, legal),
    deadlines: deadlinesOf(matter, rule, now),
    export: matter.export === null ? null : ((await world.exports?.find(matter.export.id)) ?? null),
  };
}

function peopleOf({ demand, clerk, approvals, mover, custodian }: Matter): DeskMatter['people'] {
  const people: { principal: string; part: Part }[] = [
    { principal: demand.sender.principal, part: 'requester' },
  ];
  if (clerk !== null) people.push({ principal: clerk, part: 'clerk' });
  for (const { principal, as } of approvals) people.push({ principal, part: as });
  if (mover !== null) people.push({ principal: mover, part: 'counsel' });
  if (custodian !== null) people.push({ principal: custodian, part: 'custodian' });
  return people;
}

export type DecidedItem = Pick<DecisionItemRow, 'thing' | 'clip'> & { readonly item: ItemDecision };

/**
 * The items of the round that was decided on, in order of their keys, page by page. `agencyOnly`:
 * without what would tell the sender more than its demand reaches.
 */
export async function* decidedItems(
  db: Db,
  demand: Ulid,
  options: { readonly agencyOnly: boolean; readonly after?: string },
): AsyncIterable<readonly DecidedItem[]> {
  const round = await roundOf(db, demand);
  if (round === null) return;
  let after = options.after ?? '';
  for (;;) {
    const rows = await db
      .selectFrom('decisionItems')
      .selectAll()
      .where('demand', '=', demand)
      .where('round', '=', round)
      .where('key', '>', after)
      .orderBy('key')
      .limit(deskLimits.recordsPerPage)
      .execute();
    const page = rows.map((row) => ({ thing: row.thing, clip: row.clip, item: itemOf(row) }));
    const shown = page.filter(({ item }) => !options.agencyOnly || isShown(item));
    if (shown.length > 0) yield shown;
    if (rows.length < deskLimits.recordsPerPage) return;
    after = rows.at(-1)?.key ?? after;
  }
}

/** The last that looked at records. */
export async function roundOf(db: Db, demand: Ulid): Promise<number | null> {
  const row = await db
    .selectFrom('decisionItems')
    .select(({ fn }) => fn.max('round').as('round'))
    .where('demand', '=', demand)
    .executeTakeFirst();
  const weighed = row?.round ?? null;
  if (weighed === null) return null;
  const decided = await db
    .selectFrom('demandSteps')
    .select('step')
    .where('demand', '=', demand)
    .where('name', '=', 'decided')
    .where(sql<number>`json_extract(facts, '$.round')`, '=', weighed)
    .executeTakeFirst();
  return decided === undefined ? null : weighed;
}

function itemOf(row: DecisionItemRow): ItemDecision {
  const { key, because } = row;
  const of = { key, class: row.class as ItemDecision['class'], inScope: row.inScope === 1 };
  return row.released === 1
    ? {
        ...{ ...of, released: true, because: 'released' },
        ...{ edge: row.edge === 1, decryptable: row.decryptable === 1 },
      }
    : { ...of, released: false, because: because as Exclude<ItemDecision['because'], 'released'> };
}
