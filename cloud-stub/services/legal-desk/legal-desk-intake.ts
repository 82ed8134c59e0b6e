/** A demand comes in: its form and its paper, all checks, and the hold that its receipt asks for. */
import type { Ulid } from '../../../device/wire/ids.ts';
import type { AgencyRow } from '../../catalogue-tables-desk.ts';
import type { Demand } from '../../legal/demand.ts';
import type { Matter } from '../../legal/matter.ts';
import type { MatterStep } from '../../legal/matter-steps.ts';
import type { Writing } from '../../ports.ts';
import { timeOf } from './demand-form.ts';
import { demandOf, formOf, keepPaper, paperOf } from './demand-of-form.ts';
import type { ClerkFindings } from './legal-desk.ts';
import { matterFor, permit, unknownDemand } from './legal-desk-acts.ts';
import { check, holdAtReceipt, provisional, tellChecks, withConsent } from './legal-desk-checks.ts';
import { supersede } from './legal-desk-ends.ts';
import { deskLimits } from './legal-desk-limits.ts';
import { earlyOutcome, settleEarly } from './legal-desk-outcomes.ts';
import { appendSteps, beginMatter } from './legal-desk-store.ts';
import {
  actorOf,
  DeskRefused,
  type DeskWorld,
  malformed,
  newId,
  ruleAtReceipt,
  ruleOf,
  tell,
} from './legal-desk-world.ts';
import type { Principal } from './principals.ts';
import type { ServedFile } from './served-documents.ts';

/** Within the transaction, so that demand, paper, checks and hold are on record together. [HLD-4] */
export async function receive(
  world: DeskWorld,
  tx: Writing,
  by: Principal,
  given: unknown,
  file: ServedFile,
): Promise<Matter> {
  const at = world.ports.clock.now();
  const agency = await agencyOf(tx, by);
  const form = formOf(given);
  const paper = paperOf(file);
  await requireRoom(tx, agency.agency);
  const demand = demandOf(form, {
    ...{ demand: newId(world, at), receivedAt: at, reissuedAt: null, sha256: paper.sha256 },
    sender: senderOf(by, agency),
  });
  const rule = ruleAtReceipt(world, demand);
  const { silences, follows } = form;
  if (silences !== null) await requireOwnDemand(tx, agency.agency, silences, 'silences');
  if (follows !== null) await requireOwnDemand(tx, agency.agency, follows, 'follows');
  await keepPaper(tx, paper, at);
  const checks = await check(world, tx, demand, rule, agency);
  await tell(world, tx, 'demand-received', actorOf('agency-officer', by.principal), {
    ...{ demand: demand.demand, process: demand.process, reportAs: rule.reportAs },
    agency: actorOf('agency', agency.agency),
    ...{ classes: demand.classes, documentSha256: paper.sha256, ...named(demand) },
  });
  await tellChecks(world, tx, demand, checks);
  const step: MatterStep = {
    ...{ name: 'received', at, by: by.principal, demand, checks },
    ...{ returnBy: timeOf(form.returnBy), silences: form.silences, follows: form.follows },
  };
  const begun = await beginMatter(world, tx, step, {
    ...{ agency: agency.agency, sender: by.principal, documentSha256: paper.sha256 },
  });
  const held = await holdAtReceipt(world, tx, begun, rule);
  // After its own hold, so that what both name is not let go of in between.
  if (form.supersedes !== null) {
    await requireOwnDemand(tx, agency.agency, form.supersedes, 'supersedes');
    await supersede(world, tx, by, form.supersedes, demand.demand);
  }
  return settleEarly(world, tx, held, earlyOutcome(world, provisional(held), rule));
}

/** What only a person can tell of a paper; then all checks anew. */
export async function takeIn(
  world: DeskWorld,
  tx: Writing,
  by: Principal,
  demandId: Ulid,
  found: ClerkFindings,
): Promise<Matter> {
  const matter = await matterFor(tx, demandId);
  permit(matter, by, 'take-in');
  const { demand: before } = matter;
  if (found.filters.length !== before.filters.length) {
    throw malformed('filters', `expected the kinds of ${before.filters.length} filters`);
  }
  const demand: Demand = {
    ...before,
    document: {
      ...before.document,
      pages: found.pages,
      attachmentsMissing: found.attachmentsMissing,
    },
    filters: before.filters.map(({ wanted }, n) => ({ wanted, kind: found.filters[n] ?? 'plain' })),
    emergency: before.emergency === null ? null : { ...before.emergency, callBack: found.callBack },
    silence:
      before.silence === null
        ? null
        : { ...before.silence, namesProcess: found.silenceNamesProcess },
  };
  const at = world.ports.clock.now();
  const rule = ruleOf(world, demand);
  const agency = await agencyOfDemand(tx, demandId);
  const sender = { ...demand.sender, agencyVerified: agency.verifiedAt !== null };
  const known: Demand = { ...demand, sender };
  const checks = await check(world, tx, known, rule, agency);
  await tellChecks(world, tx, known, checks, actorOf('intake-clerk', by.principal));
  const step: MatterStep = { name: 'taken-in', at, by: by.principal, demand: known, checks };
  const taken = await appendSteps(world, tx, matter, [step]);
  const held = taken.holds.length === 0 ? await holdAtReceipt(world, tx, taken, rule) : taken;
  return settleEarly(world, tx, held, earlyOutcome(world, withConsent(held), rule));
}

/** The sender answers a question with the form, and perhaps the paper, anew. */
export async function answerQuestion(
  world: DeskWorld,
  tx: Writing,
  by: Principal,
  demandId: Ulid,
  given: unknown,
  file: ServedFile | null,
): Promise<Matter> {
  const matter = await matterFor(tx, demandId);
  const agency = await agencyOf(tx, by);
  if ((await agencyOfDemand(tx, demandId)).agency !== agency.agency) throw unknownDemand();
  permit(matter, by, 'answer');
  const form = formOf(given);
  const { demand: before } = matter;
  if (form.process !== before.process) {
    throw malformed('process', `the demand is a ${before.process}: another kind is another demand`);
  }
  const at = world.ports.clock.now();
  const paper = file === null ? null : paperOf(file);
  if (paper !== null) await keepPaper(tx, paper, at);
  const sha256 = paper?.sha256 ?? before.document.sha256 ?? '';
  // A paper is judged by when that paper came; the demand and its hold stay of their day. [HLD-4]
  const reissuedAt = paper === null ? before.document.reissuedAt : at;
  const { demand, receivedAt } = before;
  const sender = { ...before.sender, agencyVerified: agency.verifiedAt !== null };
  const amended = demandOf(form, { demand, receivedAt, reissuedAt, sha256, sender });
  const rule = ruleOf(world, amended);
  const checks = await check(world, tx, amended, rule, agency);
  const actor = actorOf('agency-officer', by.principal);
  const facts = { demand, documentSha256: sha256, ...named(amended) };
  await tell(world, tx, 'demand-amended', actor, facts);
  await tellChecks(world, tx, amended, checks);
  const step: MatterStep = {
    ...{ name: 'answered', at, by: by.principal, demand: amended, checks },
    returnBy: timeOf(form.returnBy),
  };
  const answered = await appendSteps(world, tx, matter, [step]);
  const held = await holdAtReceipt(world, tx, answered, rule);
  return settleEarly(world, tx, held, earlyOutcome(world, provisional(held), rule));
}

const senderOf = (by: Principal, { name, verifiedAt }: AgencyRow): Demand['sender'] => ({
  principal: by.principal,
  agency: name,
  agencyVerified: verifiedAt !== null,
  secondFactor: by.secondFactor,
});

/** Whom a demand names stands in the ledger as numbers. [LOG-2] */
function named({ scope }: Demand): { accountsNamed: number; devicesNamed: number } {
  const accounts = scope.subjects.flatMap((each) => (each.by === 'device' ? [] : [each.account]));
  const things = scope.subjects.flatMap((each) => (each.by === 'account' ? [] : [each.thing]));
  return { accountsNamed: new Set(accounts).size, devicesNamed: new Set(things).size };
}

async function agencyOf(tx: Writing, by: Principal): Promise<AgencyRow> {
  if (!by.roles.includes('agency-officer') || by.agency === null) {
    throw new DeskRefused('role', 'demands come from officers of an agency');
  }
  return agencyNamed(tx, by.agency);
}

const agencyNamed = (tx: Writing, agency: Ulid): Promise<AgencyRow> =>
  tx.selectFrom('agencies').selectAll().where('agency', '=', agency).executeTakeFirstOrThrow();

const agencyOfDemand = (tx: Writing, demand: Ulid): Promise<AgencyRow> =>
  tx
    .selectFrom('demands')
    .innerJoin('agencies', 'agencies.agency', 'demands.agency')
    .selectAll('agencies')
    .where('demands.demand', '=', demand)
    .executeTakeFirstOrThrow();

async function requireOwnDemand(
  tx: Writing,
  agency: Ulid,
  demand: Ulid,
  where: 'silences' | 'supersedes' | 'follows',
): Promise<void> {
  const row = await tx
    .selectFrom('demands')
    .select('process')
    .where('demand', '=', demand)
    .where('agency', '=', agency)
    .executeTakeFirst();
  if (row === undefined) throw malformed(where, 'expected the id of a demand of your agency');
  if (where === 'follows' && row.process !== 'emergency') {
    throw malformed(where, 'expected an emergency: nothing has to follow other demands');
  }
}

async function requireRoom(tx: Writing, agency: Ulid): Promise<void> {
  const { open } = await tx
    .selectFrom('demands')
    .select(({ fn }) => fn.countAll<number>().as('open'))
    .where('agency', '=', agency)
    .where('stage', 'in', ['received', 'asked', 'in-review'])
    .executeTakeFirstOrThrow();
  if (Number(open) < deskLimits.openDemandsMax) return;
  const room = `an agency has at most ${deskLimits.openDemandsMax} open at once`;
  throw new DeskRefused('too-many', `${open} demands of it are not decided yet: ${room}`);
}
