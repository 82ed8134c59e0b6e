/** The intake checks against the desk's records, and the hold that a demand's receipt asks for. */
import type { EpochMs } from '../../../device/wire/time.ts';
import type { AgencyRow } from '../../catalogue-tables-desk.ts';
import { readCaseNumbers } from '../../legal/case-numbers.ts';
import type { Demand } from '../../legal/demand.ts';
import type { IntakeRecords } from '../../legal/intake-case.ts';
import { type CheckResult, checkIntake } from '../../legal/intake-checks.ts';
import { intakeHold } from '../../legal/intake-hold.ts';
import type { Matter } from '../../legal/matter.ts';
import type { ProcessRule } from '../../legal/process-rules.ts';
import type { Writing } from '../../ports.ts';
import { loadHold } from '../holds/hold-records.ts';
import { unfollowedOf } from './legal-desk-follow-ups.ts';
import { intakeHoldOf } from './legal-desk-process-hold.ts';
import { clipCounts } from './legal-desk-records.ts';
import { appendSteps } from './legal-desk-store.ts';
import { type DeskWorld, deskActor, newId, ruleOf, tell } from './legal-desk-world.ts';

/**
 * A demand as its receipt may assume it: what a person finds out only later - the call back, the
 * owner's word - is not held against it yet.
 */
export function provisional(matter: Matter): Matter {
  const { checks } = matter;
  const isOpenCall = matter.demand.emergency?.callBack === 'not-made';
  const assumed = checks.map(
    (each): CheckResult =>
      isOpenCall && each.check === 'V16' && isForCall(each)
        ? { check: 'V16', outcome: 'passed' }
        : each,
  );
  return { ...withConsent(matter), checks: assumed };
}

const isForCall = (each: CheckResult): boolean =>
  each.outcome === 'failed' && each.because.startsWith('the call back');

/** Of an owner whose word is still to come: it is asked for when the answer is given. */
export function withConsent(matter: Matter): Matter {
  const { demand } = matter;
  if (demand.process !== 'owner-consent' || demand.consent !== null) return matter;
  const consent = { account: demand.demand, clips: [], classes: [], revokedAt: null };
  return { ...matter, demand: { ...demand, consent } };
}

/**
 * [HLD-4] A demand that is not refused holds what it names until it is reviewed. Where it holds already, the new hold
 * stands in the place of the old one, without a gap.
 */
export async function holdAtReceipt(
  world: DeskWorld,
  tx: Writing,
  matter: Matter,
  rule: ProcessRule,
): Promise<Matter> {
  const at = world.ports.clock.now();
  const { demand } = matter;
  const { checks } = provisional(matter);
  const asked = intakeHold({ demand, rule, legal: world.legal }, checks, newId(world, at), []);
  if (asked === null) return matter;
  const { hold: id, kind, basis, scope } = asked;
  const by = deskActor;
  const before = intakeHoldOf(matter);
  const converts = before === null ? {} : { converts: before };
  const placed = await world.holds.place({ hold: id, kind, basis, scope, by, ...converts }, tx);
  if (!placed.ok) return matter;
  return appendSteps(world, tx, matter, [
    { name: 'hold-placed', at, by, hold: id, kind },
    ...(before === null ? [] : [{ name: 'hold-ended' as const, at, by, hold: before }]),
  ]);
}

/** What is asked about is held as long as the question is open: where its hold ends sooner, it is held anew. [HLD-4] */
export async function holdForQuestion(
  world: DeskWorld,
  tx: Writing,
  matter: Matter,
  dueAt: EpochMs,
): Promise<{ readonly matter: Matter; readonly dueAt: EpochMs }> {
  const endOf = async (of: Matter): Promise<EpochMs | null> => {
    const hold = intakeHoldOf(of);
    return hold === null ? null : ((await loadHold(tx, hold))?.hold.expiresAt ?? null);
  };
  const heldUntil = await endOf(matter);
  if (heldUntil !== null && heldUntil >= dueAt) return { matter, dueAt };
  const held = await holdAtReceipt(world, tx, matter, ruleOf(world, matter.demand));
  const end = await endOf(held);
  // A profile may hold for less than it grants for an answer: nobody is promised time for what is gone.
  return { matter: held, dueAt: end === null || end > dueAt ? dueAt : end };
}

/** Every check, each with its outcome, on record. [LEG-3] */
export async function check(
  world: DeskWorld,
  tx: Writing,
  demand: Demand,
  rule: ProcessRule,
  agency: AgencyRow,
): Promise<readonly CheckResult[]> {
  const records = await intakeRecords(world, tx, demand, agency);
  return checkIntake({ demand, rule, legal: world.legal, records });
}

export const tellChecks = (
  world: DeskWorld,
  tx: Writing,
  { demand }: Demand,
  checks: readonly CheckResult[],
  actor = deskActor,
): Promise<unknown> =>
  tell(world, tx, 'intake-checked', actor, {
    demand,
    checks: checks.map((each) =>
      each.outcome === 'failed'
        ? { check: each.check, outcome: each.outcome, action: each.action, reason: each.reason }
        : each,
    ),
  });

/** What the desk knows of the agency, its cases and papers, and of the footage in scope. */
async function intakeRecords(
  { provider, holds }: DeskWorld,
  tx: Writing,
  { document, process, renews, scope }: Demand,
  { agency, domains, caseNumbers }: AgencyRow,
): Promise<IntakeRecords> {
  const closed = await tx
    .selectFrom('closedCases')
    .select('caseNumber')
    .where('agency', '=', agency)
    .execute();
  const first = await tx
    .selectFrom('demands')
    .select('demand')
    .where('documentSha256', '=', document.sha256 ?? '')
    .orderBy('receivedAt')
    .orderBy('demand')
    .limit(1)
    .executeTakeFirst();
  const renewed = renews === null ? null : await holds.find(renews);
  const isOpen = renewed !== null && renewed.ended === null;
  const pattern = readCaseNumbers(caseNumbers);
  return {
    entity: provider.entity,
    jurisdictions: provider.jurisdictions,
    agencyDomains: JSON.parse(domains) as string[],
    caseNumberPattern: pattern.ok ? pattern.pattern : null,
    casesClosed: new Set(closed.map(({ caseNumber }) => caseNumber)),
    emergenciesUnfollowed: process === 'emergency' ? await unfollowedOf(tx, agency) : 0,
    documents: new Map(
      first === undefined || document.sha256 === null ? [] : [[document.sha256, first.demand]],
    ),
    renewed: isOpen ? { renewals: renewed.renewals.length, expiresAt: renewed.expiresAt } : null,
    // Nothing on record says where a doorbell stands: a paper's own word is what V09 has.
    indoor: new Set(),
    clips: await clipCounts(tx, scope),
  };
}
