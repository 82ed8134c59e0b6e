/**
 * The owner's side of a matter: notices that were sent, a challenge, consent. Whatever is silenced,
 * foreign or unknown gives one answer. [DEL-4]
 */
import type { Ulid } from '../../../device/wire/ids.ts';
import type { EpochMs } from '../../../device/wire/time.ts';
import type { AccountId } from '../../catalogue-tables.ts';
import { followUpOf } from '../../legal/follow-up.ts';
import { noneOfAny, type PerClass } from '../../legal/item-tally.ts';
import type { Matter } from '../../legal/matter.ts';
import { actRules } from '../../legal/matter-acts.ts';
import { challengeBy } from '../../legal/matter-deadlines.ts';
import type { MatterStep } from '../../legal/matter-steps.ts';
import { type DataClass, dataClasses } from '../../legal/process-rules.ts';
import type { Writing } from '../../ports.ts';
import { accountActor } from '../accounts/accounts.ts';
import type { ConsentInput, OwnerNotice } from './legal-desk.ts';
import { demandOfNotice } from './legal-desk-notices.ts';
import { tellDecision } from './legal-desk-outcomes.ts';
import { appendSteps, loadMatter } from './legal-desk-store.ts';
import { roundOf } from './legal-desk-views.ts';
import { type DeskWorld, ruleOf, tell } from './legal-desk-world.ts';

export async function noticesOf(
  world: DeskWorld,
  account: AccountId,
): Promise<readonly OwnerNotice[]> {
  const db = world.ports.catalogue.read;
  const rows = await db
    .selectFrom('notices')
    .select(['notice', 'demand', 'sentAt'])
    .where('account', '=', account)
    .where('sentAt', 'is not', null)
    .orderBy('sentAt', 'desc')
    .orderBy('notice', 'desc')
    .limit(200)
    .execute();
  const notices: OwnerNotice[] = [];
  for (const { notice, demand, sentAt } of rows) {
    const matter = await loadMatter(db, demand);
    if (matter === null || sentAt === null) continue;
    notices.push({
      ...{ notice, sentAt },
      process: matter.demand.process,
      agency: matter.demand.sender.agency,
      caseNumber: matter.demand.caseNumber,
      released: await releasedOf(db, demand, account),
      disclosedAt: matter.disclosedAt,
      challengeBy: termEnd(world, matter),
      challenged: matter.demand.standing === 'challenged',
      followUpDueAt: followUpOf(matter, ruleOf(world, matter.demand), sentAt)?.dueAt ?? null,
    });
  }
  return notices;
}

const termEnd = (world: DeskWorld, matter: Matter): EpochMs | null =>
  challengeBy(matter, ruleOf(world, matter.demand), world.legal);

/** Of this owner's items alone: another's are another's business. */
async function releasedOf(
  db: DeskWorld['ports']['catalogue']['read'],
  demand: Ulid,
  account: AccountId,
): Promise<PerClass> {
  const round = await roundOf(db, demand);
  const rows = await db
    .selectFrom('decisionItems')
    .select(({ fn }) => ['class', fn.countAll<number>().as('count')])
    .where('demand', '=', demand)
    .where('round', '=', round ?? 0)
    .where('account', '=', account)
    .where('released', '=', 1)
    .groupBy('class')
    .execute();
  const counts: Record<DataClass, number> = { ...noneOfAny };
  for (const each of dataClasses) {
    counts[each] = Number(rows.find((row) => row.class === each)?.count ?? 0);
  }
  return counts;
}

/** False: no such notice, or it is too late, or it is challenged already. */
export async function challenge(
  world: DeskWorld,
  tx: Writing,
  account: AccountId,
  notice: Ulid,
  because: string,
): Promise<boolean> {
  const demand = await demandOfNotice(tx, account, notice);
  const matter = demand === null ? null : await loadMatter(tx, demand);
  if (demand === null || matter === null || matter.challenge !== null) return false;
  if (!actRules['end-challenge'].stages.includes(matter.stage)) return false;
  const at = world.ports.clock.now();
  const actor = accountActor(account);
  await tell(world, tx, 'demand-challenged', actor, { demand });
  await tellDecision(world, tx, matter, { code: 'CHALLENGED' }, matter.items, actor);
  await appendSteps(world, tx, matter, [{ name: 'challenged', at, by: account, because }]);
  return true;
}

/** False: no such notice, nothing waits for the owner's word, or it was given before. */
export async function waiveChallenge(
  world: DeskWorld,
  tx: Writing,
  account: AccountId,
  notice: Ulid,
): Promise<boolean> {
  const demand = await demandOfNotice(tx, account, notice);
  const matter = demand === null ? null : await loadMatter(tx, demand);
  if (demand === null || matter === null || matter.stage !== 'decided') return false;
  if (!matter.told.includes(account) || matter.heard.includes(account)) return false;
  const at = world.ports.clock.now();
  if ((termEnd(world, matter) ?? at) <= at) return false;
  await tell(world, tx, 'challenge-waived', accountActor(account), { demand });
  await appendSteps(world, tx, matter, [{ name: 'challenge-waived', at, by: account }]);
  return true;
}

/** To a request for consent alone, clip by clip, and only of the owner's own. [LEG-2] */
export async function consent(
  world: DeskWorld,
  tx: Writing,
  account: AccountId,
  demand: Ulid,
  given: ConsentInput,
): Promise<boolean> {
  const matter = await consentable(tx, account, demand);
  if (matter === null) return false;
  for (const { thing, clip } of given.clips) {
    const own = await tx
      .selectFrom('clips')
      .select('clip')
      .where('thing', '=', thing)
      .where('clip', '=', clip)
      .where('account', '=', account)
      .where('visibility', '=', 'visible')
      .executeTakeFirst();
    if (own === undefined) return false;
  }
  const at = world.ports.clock.now();
  const step: MatterStep = {
    ...{ name: 'consented', at, by: account },
    consent: { account, clips: given.clips, classes: given.classes, revokedAt: null },
  };
  const facts = { demand, clips: given.clips.length, classes: given.classes };
  await tell(world, tx, 'consent-given', accountActor(account), facts);
  await appendSteps(world, tx, matter, [step]);
  return true;
}

/** Until it is sealed, the owner may take it back: then nothing leaves. */
export async function revokeConsent(
  world: DeskWorld,
  tx: Writing,
  account: AccountId,
  demand: Ulid,
): Promise<boolean> {
  const matter = await loadMatter(tx, demand);
  if (matter === null || matter.demand.consent?.account !== account) return false;
  if (matter.demand.consent.revokedAt !== null || matter.export !== null) return false;
  const at = world.ports.clock.now();
  await tell(world, tx, 'consent-revoked', accountActor(account), { demand });
  const steps: MatterStep[] = [{ name: 'consent-revoked', at, by: account }];
  const outcome = { code: 'REJECTED', reason: 'consent_missing' } as const;
  if (matter.stage === 'decided') {
    const items = { released: noneOfAny, withheld: matter.items.withheld };
    await tellDecision(world, tx, matter, outcome, items);
    steps.push({ name: 'decided', at, by: account, outcome, items, round: null });
  }
  await appendSteps(world, tx, matter, steps);
  return true;
}

/** Names the account or its doorbell: to anybody else there is no such request. */
async function consentable(tx: Writing, account: AccountId, demand: Ulid): Promise<Matter | null> {
  const matter = await loadMatter(tx, demand);
  if (matter === null || matter.demand.process !== 'owner-consent') return null;
  if (matter.stage !== 'received' && matter.stage !== 'in-review') return null;
  if (matter.demand.consent !== null) return null;
  for (const subject of matter.demand.scope.subjects) {
    if (subject.by !== 'device' && subject.account === account) return matter;
    if (subject.by === 'account') continue;
    const owned = await tx
      .selectFrom('ownerships')
      .select('ownership')
      .where('thing', '=', subject.thing)
      .where('account', '=', account)
      .executeTakeFirst();
    if (owned !== undefined) return matter;
  }
  return null;
}
