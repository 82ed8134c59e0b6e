/** A legal desk over a catalogue in memory: an agency, the desk's people, an owner with a porch. */
import { pino } from 'pino';
import type { OfficeCloud } from '../../../cloud-stub/api/office-cloud.ts';
import { openMemoryLedgerSigner } from '../../../cloud-stub/backends/ledger-key.ts';
import { eu } from '../../../cloud-stub/custody/profiles/eu.ts';
import { privacyFirst } from '../../../cloud-stub/custody/profiles/privacy-first.ts';
import { ring2019 } from '../../../cloud-stub/custody/profiles/ring-2019.ts';
import { legalPolicies } from '../../../cloud-stub/legal/legal-policy.ts';
import { shippedRules } from '../../../cloud-stub/legal/rules/shipped-rules.ts';
import { stateOverlays } from '../../../cloud-stub/legal/rules/state-overlays.ts';
import type { LedgerKind, Notifier } from '../../../cloud-stub/ports.ts';
import type { Exports } from '../../../cloud-stub/services/exports/exports.ts';
import { type Auditing, makeAuditing } from '../../../cloud-stub/services/ledger/auditing.ts';
import { makeCheckpoints } from '../../../cloud-stub/services/ledger/checkpoints.ts';
import { makeLedgerProofs } from '../../../cloud-stub/services/ledger/ledger-proofs.ts';
import type { DemandFormInput } from '../../../cloud-stub/services/legal-desk/demand-form.ts';
import type {
  ClerkFindings,
  DeskAnswer,
  LegalDesk,
} from '../../../cloud-stub/services/legal-desk/legal-desk.ts';
import { openLegalDesk } from '../../../cloud-stub/services/legal-desk/legal-desk-office.ts';
import {
  type DeskWorld,
  sampleProvider,
} from '../../../cloud-stub/services/legal-desk/legal-desk-world.ts';
import {
  makePrincipals,
  type NewPrincipal,
  type Principal,
  type Principals,
  type Role,
} from '../../../cloud-stub/services/legal-desk/principals.ts';
import type { ServedFile } from '../../../cloud-stub/services/legal-desk/served-documents.ts';
import type { Ulid } from '../../../device/wire/ids.ts';
import { days, type EpochMs, hours, isoTime, later } from '../../../device/wire/time.ts';
import { accountNumbered, newYear, storedClip } from './catalogue-rows.ts';
import { seededEntropy, thingNamed } from './clip-samples.ts';
import { type Entry, type HoldOffice, openHoldOffice } from './hold-office.ts';

export const porch = thingNamed('porch');
export const owner = accountNumbered(1).account;
export const neighbour = accountNumbered(2).account;

export type DeskOffice = HoldOffice & {
  readonly desk: LegalDesk;
  readonly world: DeskWorld;
  readonly principals: Principals;
  readonly agency: Ulid;
  /** One of each role. */
  readonly people: Readonly<Record<Exclude<Role, 'owner' | 'shared-user'>, Principal>>;
  person(name: string, ...roles: readonly Role[]): Promise<Principal>;
  token(person: Principal): Promise<string>;
  told(...kinds: readonly LedgerKind[]): Promise<readonly Entry[]>;
  /** Lets time pass, and what it set going end. */
  pass(length: number): Promise<void>;
  /** Another desk over the same catalogue, as after a restart. */
  reopen(): Promise<LegalDesk>;
};

/** What an auditor asks of it. */
function auditingOf({ world }: DeskOffice): Auditing {
  const ledgerSigner = openMemoryLedgerSigner(seededEntropy('ledger'));
  const ports = { ...world.ports, ledgerSigner };
  const checkpoints = makeCheckpoints(ports);
  return makeAuditing(ports, checkpoints, makeLedgerProofs(ports, checkpoints));
}

/** What the API asks of an office. */
export const officeOf = (office: DeskOffice): OfficeCloud => ({
  desk: office.desk,
  principals: office.principals,
  auditing: auditingOf(office),
  sweeper: { sweep: async () => ({ refused: null, purged: 0, failed: 0 }) },
});

/** A token for one person of each role, a shared user of the owner's account included. */
export async function tokensOf(
  office: DeskOffice,
): Promise<Readonly<Record<Exclude<Role, 'owner'>, string>>> {
  const { people, principals } = office;
  const issue = async (principal: Ulid): Promise<string> =>
    (await principals.issueToken(principal)) ?? '';
  const entries = Object.entries(people).map(
    async ([role, { principal }]) => [role, await issue(principal)] as const,
  );
  const shared = await principals.add({
    name: 'Sam',
    roles: ['shared-user'],
    account: owner,
  });
  if (!shared.ok) throw new Error(shared.because);
  const tokens = Object.fromEntries(await Promise.all(entries));
  return { ...tokens, 'shared-user': shared.token } as Record<Exclude<Role, 'owner'>, string>;
}

export type DeskOfficeOptions = {
  readonly profile?: string;
  readonly exports?: Exports;
  readonly notifier?: Notifier;
};

export async function openDeskOffice(options: DeskOfficeOptions = {}): Promise<DeskOffice> {
  const profile = options.profile ?? 'ring-2019';
  const custody = [ring2019, privacyFirst, eu].find(({ name }) => name === profile);
  const office = await openHoldOffice(custody);
  const ports = { ...office, entropy: seededEntropy('desk') };
  const principals = makePrincipals(ports);
  const legal = legalPolicies.get(profile);
  if (legal === undefined) throw new Error('no such profile');
  const world: DeskWorld = {
    ports,
    legal,
    rules: shippedRules,
    overlays: stateOverlays,
    provider: sampleProvider,
    holds: office.holds,
    exports: options.exports ?? null,
    notifier: options.notifier ?? null,
    log: pino({ level: 'silent' }),
  };
  const agency = await principals.addAgency({
    name: 'Springfield Police',
    domains: ['springfield.example'],
    caseNumbers: '\\d{2}-\\d{6}',
  });
  if (!agency.ok) throw new Error(agency.because);
  const tokens = new Map<Ulid, string>();
  async function add(person: NewPrincipal): Promise<Principal> {
    const added = await principals.add(person);
    if (!added.ok) throw new Error(added.because);
    tokens.set(added.principal.principal, added.token);
    return added.principal;
  }
  const person = (name: string, ...roles: readonly Role[]): Promise<Principal> =>
    add({
      name,
      roles,
      ...(roles.some((role) => role.startsWith('agency')) ? { agency: agency.agency } : {}),
    });
  const people = {
    'agency-officer': await person('Officer Olin', 'agency-officer'),
    'agency-admin': await person('Captain Cole', 'agency-admin'),
    'intake-clerk': await person('Ines', 'intake-clerk'),
    reviewer: await person('Rhea', 'reviewer'),
    counsel: await person('Carla', 'counsel'),
    approver: await person('Abel', 'approver'),
    custodian: await person('Cleo', 'custodian'),
    auditor: await person('Ada', 'auditor'),
    ops: await person('Otto', 'ops'),
  };
  await principals.verifyAgency(people['intake-clerk'], agency.agency);
  await office.catalogue.write((tx) =>
    tx
      .insertInto('ownerships')
      .values({
        ownership: accountNumbered(801).account,
        thing: porch,
        account: owner,
        fromAt: newYear,
        untilAt: null,
      })
      .execute(),
  );
  const desk = await openLegalDesk(world);
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
  };
  return {
    ...office,
    desk,
    world,
    principals,
    agency: agency.agency,
    people,
    person,
    async token(who) {
      return tokens.get(who.principal) ?? '';
    },
    told: (...kinds) => office.entries(...kinds),
    async pass(length) {
      office.clock.advance(length as never);
      await settle();
      await desk.look();
    },
    reopen: () => openLegalDesk(world),
  };
}

/** A clip of the porch, an hour into day `n`, of its owner. */
export const porchClip = (n: number, dayOf: number, wanted = {}) => {
  const at = later(newYear, days(dayOf));
  return storedClip(n, {
    account: owner,
    boundLowerAt: at,
    recordedAt: at,
    claimedAt: at,
    firstReceivedAt: at,
    storedAt: at,
    expiresAt: later(at, days(60)),
    deleteAt: later(at, days(60)),
    durationMs: 20_000,
    ...wanted,
  });
};

export const paper = (text = 'a warrant'): ServedFile => ({
  name: 'warrant.pdf',
  mediaType: 'application/pdf',
  bytes: Buffer.from(`%PDF-1.7\n% ${text}\n%%EOF\n`),
});

/** For the porch's days 1 and 2, served on day 3, by a judge. */
export const formOf = (at: EpochMs, more: Partial<DemandFormInput> = {}): DemandFormInput => ({
  process: 'search-warrant',
  servedOn: sampleProvider.entity,
  issuer: {
    kind: 'judge',
    name: 'A. Judge',
    title: 'Judge',
    body: 'District Court',
    jurisdiction: 'US',
  },
  signedAt: isoTime(later(at, hours(-20))),
  subjects: [{ by: 'device-of-account', thing: porch, account: owner }],
  from: isoTime(later(newYear, days(1))),
  to: isoTime(later(newYear, days(3))),
  timeZone: 'UTC',
  area: null,
  indoor: [],
  classes: ['subscriber', 'non-content', 'content'],
  returnBy: null,
  returnAddress: 'evidence@springfield.example',
  caseNumber: '26-000123',
  pagesDeclared: 4,
  silence: null,
  renews: null,
  silences: null,
  filters: [],
  emergency: null,
  ...more,
});

export const foundAllRight: ClerkFindings = {
  pages: 4,
  attachmentsMissing: [],
  filters: [],
  callBack: 'passed',
  silenceNamesProcess: true,
};

export function given<Value>(answer: DeskAnswer<Value>): Value {
  if (!answer.ok) throw new Error(`${answer.because}: ${JSON.stringify(answer)}`);
  return answer.value;
}

/** Through intake, review and as many approvals as there are approvers given. */
export async function decided(
  office: DeskOffice,
  form: DemandFormInput,
  approvers: readonly Principal[] = [office.people.approver],
  file: ServedFile = paper(),
): Promise<Ulid> {
  const { desk, people } = office;
  const { demand } = given(await desk.submit(people['agency-officer'], form, file));
  const taken = given(await desk.takeIn(people['intake-clerk'], demand, foundAllRight));
  const reviewed = given(await desk.review(people.reviewer, demand, { seen: taken.version }));
  let seen = reviewed.version;
  for (const approver of approvers) {
    seen = given(await desk.approve(approver, demand, { seen })).version;
  }
  return demand;
}
