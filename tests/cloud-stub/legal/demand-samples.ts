/** A demand that passes every check, the records it is checked against, and parts to vary. */
import type { ClipName } from '../../../cloud-stub/custody/holds.ts';
import type { Demand } from '../../../cloud-stub/legal/demand.ts';
import type { IntakeCase, IntakeRecords } from '../../../cloud-stub/legal/intake-case.ts';
import { type LegalPolicy, legalPolicies } from '../../../cloud-stub/legal/legal-policy.ts';
import {
  type ProcessId,
  type ProcessRule,
  ruleInForce,
} from '../../../cloud-stub/legal/process-rules.ts';
import { shippedRules } from '../../../cloud-stub/legal/rules/shipped-rules.ts';
import type { RecordItem } from '../../../cloud-stub/legal/scope.ts';
import type { ThingName, Ulid } from '../../../device/wire/ids.ts';
import { days, epochMs, hours, later, seconds } from '../../../device/wire/time.ts';

export const receivedAt = epochMs(Date.UTC(2026, 10, 1, 12));
export const daysAgo = (n: number) => later(receivedAt, days(-n));
export const ulid = (n: number) => `01J${String(n).padStart(23, '0')}` as Ulid;
export const porch = 'porch' as ThingName;
export const garage = 'garage' as ThingName;
export const owner = ulid(900);
export const neighbour = ulid(901);
export const from = daysAgo(10);
export const to = later(from, hours(6));

export const demandOf = (process: ProcessId, more: Partial<Demand> = {}): Demand => ({
  demand: ulid(1),
  process,
  receivedAt,
  sender: {
    principal: 'officer-1',
    agency: 'Springfield Police',
    agencyVerified: true,
    secondFactor: true,
  },
  servedOn: 'Doorbell Cloud LLC',
  issuer: {
    kind: issuerOf(process),
    name: 'A. Judge',
    title: 'Judge',
    body: 'District Court',
    jurisdiction: 'US',
  },
  signedAt: daysAgo(2),
  scope: {
    subjects: [{ by: 'account', account: owner }],
    from,
    to,
    timeZone: 'America/New_York',
    area: null,
    indoor: [],
  },
  classes: ['subscriber', 'non-content', 'content'],
  document: {
    reissuedAt: null,
    sha256: 'a'.repeat(64),
    pages: 4,
    pagesDeclared: 4,
    attachmentsMissing: [],
  },
  silence: null,
  returnAddress: 'evidence@springfield.example',
  caseNumber: '26-001234',
  renews: null,
  filters: [],
  emergency: {
    danger: 'a child was taken from the porch',
    imminent: true,
    nexus: 'the clip may show the car',
    callBack: 'passed',
    arisenAt: later(receivedAt, hours(-1)),
  },
  consent: null,
  standing: 'open',
  ...more,
});

export const intakeRecords: IntakeRecords = {
  entity: 'Doorbell Cloud LLC',
  jurisdictions: ['US'],
  agencyDomains: ['springfield.example'],
  caseNumberPattern: /^\d{2}-\d{6}$/,
  casesClosed: new Set(['25-000001']),
  documents: new Map([['b'.repeat(64), ulid(77)]]),
  emergenciesUnfollowed: 0,
  renewed: { renewals: 0, expiresAt: later(receivedAt, days(1)) },
  indoor: new Set(),
  clips: { total: 3, purged: 0, endToEndEncrypted: 0 },
};

export const legalOf = (name: string): LegalPolicy => {
  const legal = legalPolicies.get(name);
  if (legal === undefined) throw new Error(`no legal policy ${name}`);
  return legal;
};
export const ruleOf = (process: ProcessId): ProcessRule => {
  const rule = ruleInForce(shippedRules, process, receivedAt);
  if (rule === null) throw new Error(`no rule for ${process}`);
  return rule;
};

export const caseOf = (
  process: ProcessId,
  more: Partial<Demand> = {},
  records: Partial<IntakeRecords> = {},
  legal = legalOf('ring-2019'),
): IntakeCase => ({
  demand: demandOf(process, more),
  rule: ruleOf(process),
  legal,
  records: { ...intakeRecords, ...records },
});

export const clipOf = (
  n: number,
  more: Partial<Extract<RecordItem, { class: 'content' }>> = {},
): Extract<RecordItem, { class: 'content' }> => ({
  key: `clip-${n}`,
  class: 'content',
  clip: ulid(n),
  thing: porch,
  account: owner,
  earliestAt: later(from, hours(1)),
  latestAt: later(from, hours(1)),
  durationMs: seconds(20),
  possession: 'stored',
  late: false,
  endToEnd: false,
  ...more,
});

export const consentTo = (...clips: readonly ClipName[]): Demand['consent'] => ({
  account: owner,
  clips,
  classes: [],
  revokedAt: null,
});

/** One whose kind the row accepts for everything it reaches. */
function issuerOf(process: ProcessId) {
  const { beyond, subscriber } = ruleOf(process).issuers;
  return beyond.at(-1) ?? subscriber.at(-1) ?? 'judge';
}
