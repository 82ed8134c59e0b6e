/**
 * The people of a scenario who are not owners: two agencies, the legal desk, an auditor. Each is appointed when first
 * named, and their names are what they do.
 */
import type { Principal, Role } from '../../cloud-stub/services/legal-desk/principals.ts';
import type { Ulid } from '../../device/wire/ids.ts';
import type { ScenarioCloud } from './scenario-cloud.ts';
import { ScenarioMistake } from './step.ts';

export const personNames = [
  'officer',
  'second-officer',
  'other-officer',
  'unverified-officer',
  'clerk',
  'reviewer',
  'second-reviewer',
  'counsel',
  'approver',
  'second-approver',
  'custodian',
  'auditor',
  'ops',
] as const;
export type PersonName = (typeof personNames)[number];

type Place = { readonly role: Role; readonly agency?: AgencyName; readonly secondFactor?: boolean };
type AgencyName = keyof typeof agencies;

const agencies = {
  springfield: { name: 'Springfield Police', domain: 'springfield.example', verified: true },
  shelbyville: { name: 'Shelbyville Police', domain: 'shelbyville.example', verified: true },
  nowhere: { name: 'Nowhere Sheriff', domain: 'nowhere.example', verified: false },
} as const;

const people: Readonly<Record<PersonName, Place>> = {
  officer: { role: 'agency-officer', agency: 'springfield' },
  'second-officer': { role: 'agency-officer', agency: 'springfield' },
  'other-officer': { role: 'agency-officer', agency: 'shelbyville' },
  'unverified-officer': { role: 'agency-officer', agency: 'nowhere' },
  clerk: { role: 'intake-clerk' },
  reviewer: { role: 'reviewer' },
  'second-reviewer': { role: 'reviewer' },
  counsel: { role: 'counsel' },
  approver: { role: 'approver' },
  'second-approver': { role: 'approver' },
  custodian: { role: 'custodian' },
  auditor: { role: 'auditor' },
  ops: { role: 'ops' },
};

export type Office = {
  person(name: PersonName): Promise<Principal>;
  /** Where answers to this person's agency go. Throws ScenarioMistake for who has none. */
  returnAddress(name: PersonName): string;
};

/** `cloud`: the one that runs now. `runId` stands behind names that a cloud takes once. */
export function makeOffice(cloud: () => ScenarioCloud, runId: string): Office {
  const appointed = new Map<PersonName, Principal>();
  const registered = new Map<AgencyName, Ulid>();

  async function agencyOf(name: AgencyName): Promise<Ulid> {
    const known = registered.get(name);
    if (known !== undefined) return known;
    const { name: title, domain, verified } = agencies[name];
    const { principals } = cloud();
    // A cloud that scenarios ran on before knows it.
    const before = (await principals.agencies()).find((each) => each.name === title);
    if (before !== undefined) {
      registered.set(name, before.agency);
      return before.agency;
    }
    const added = await principals.addAgency({
      name: title,
      domains: [domain],
      caseNumbers: String.raw`\d{2}-\d{6}`,
    });
    if (!added.ok) throw new ScenarioMistake(`${title} was not registered: ${added.because}`);
    registered.set(name, added.agency);
    if (verified) await principals.verifyAgency(await person('clerk'), added.agency);
    return added.agency;
  }

  async function person(name: PersonName): Promise<Principal> {
    const known = appointed.get(name);
    if (known !== undefined) return known;
    const { role, agency } = people[name];
    const of = agency === undefined ? {} : { agency: await agencyOf(agency) };
    const added = await cloud().principals.add({
      name: `${name}${runId}`,
      roles: [role],
      ...of,
      secondFactor: true,
    });
    if (!added.ok) throw new ScenarioMistake(`${name} was not appointed: ${added.because}`);
    appointed.set(name, added.principal);
    return added.principal;
  }

  return {
    person,
    returnAddress(name) {
      const { agency } = people[name];
      if (agency === undefined) throw new ScenarioMistake(`${name} is of no agency`);
      return `records@${agencies[agency].domain}`;
    },
  };
}
