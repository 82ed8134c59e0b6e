import { describe, expect, test } from 'vitest';
import type { Demand } from '../../../cloud-stub/legal/demand.ts';
import type { IntakeRecords } from '../../../cloud-stub/legal/intake-case.ts';
import { checkIntake, intakeChecks } from '../../../cloud-stub/legal/intake-checks.ts';
import {
  type CheckId,
  checkIds,
  type ProcessId,
  processIds,
} from '../../../cloud-stub/legal/process-rules.ts';
import { days, hours, later, milliseconds } from '../../../device/wire/time.ts';
import {
  caseOf,
  daysAgo,
  demandOf,
  from,
  garage,
  porch,
  receivedAt,
  ruleOf,
  to,
  ulid,
} from './demand-samples.ts';

const sample = demandOf('search-warrant');
const { sender, issuer, scope, document, emergency } = sample;
const silence: NonNullable<Demand['silence']> = {
  by: 'court-order',
  namesProcess: true,
  from: daysAgo(1),
  expiresAt: later(receivedAt, days(90)),
};
const device = (name: string) => ({ by: 'device' as const, thing: name as typeof porch });
const after = (ms: number) => later(receivedAt, milliseconds(ms));

type Variation = Partial<Demand>;
type Told = Partial<IntakeRecords>;
type Row = readonly [CheckId, ProcessId, string, Variation, Told, string | null, string | null];

/** Check, process, what is varied, action and reason of its failure; null: it passes. */
const rows: readonly Row[] = [
  ['V01', 'search-warrant', 'a verified agency, two factors', {}, {}, null, null],
  [
    'V01',
    'search-warrant',
    'an agency that nobody verified',
    { sender: { ...sender, agencyVerified: false } },
    {},
    'reject',
    'unverified_sender',
  ],
  [
    'V01',
    'search-warrant',
    'a password alone',
    { sender: { ...sender, secondFactor: false } },
    {},
    'reject',
    'unverified_sender',
  ],
  ['V02', 'search-warrant', 'the exact entity', {}, {}, null, null],
  [
    'V02',
    'search-warrant',
    'nearly the entity',
    { servedOn: 'Doorbell Cloud, LLC' },
    {},
    'reject',
    'wrong_entity',
  ],
  ['V03', 'search-warrant', 'a judge', {}, {}, null, null],
  ['V03', 'search-warrant', 'nobody', { issuer: null }, {}, 'reject', 'wrong_issuer'],
  [
    'V03',
    'search-warrant',
    'a prosecutor',
    { issuer: issuer && { ...issuer, kind: 'prosecutor' } },
    {},
    'reject',
    'wrong_issuer',
  ],
  [
    'V03',
    'search-warrant',
    'a judge without a court',
    { issuer: issuer && { ...issuer, body: ' ' } },
    {},
    'reject',
    'wrong_issuer',
  ],
  [
    'V03',
    'eu-production-order',
    'a prosecutor, for what a prosecutor may have',
    { issuer: issuer && { ...issuer, kind: 'prosecutor' } },
    {},
    null,
    null,
  ],
  [
    'V04',
    'search-warrant',
    'signed at the instant of receipt',
    { signedAt: receivedAt },
    {},
    null,
    null,
  ],
  ['V04', 'search-warrant', 'unsigned', { signedAt: null }, {}, 'reject', 'unsigned'],
  ['V04', 'search-warrant', 'signed tomorrow', { signedAt: after(1) }, {}, 'reject', 'unsigned'],
  [
    'V05',
    'search-warrant',
    'on its last millisecond',
    { signedAt: later(daysAgo(14), milliseconds(1)) },
    {},
    null,
    null,
  ],
  ['V05', 'search-warrant', 'after 14 days', { signedAt: daysAgo(14) }, {}, 'reject', 'stale'],
  ['V06', 'search-warrant', 'a court that reaches us', {}, {}, null, null],
  [
    'V06',
    'search-warrant',
    'a court elsewhere',
    {},
    { jurisdictions: ['EU'] },
    'review',
    'out_of_jurisdiction',
  ],
  ['V07', 'search-warrant', 'an account', {}, {}, null, null],
  [
    'V07',
    'search-warrant',
    'nobody',
    { scope: { ...scope, subjects: [] } },
    {},
    'reject',
    'not_particular',
  ],
  [
    'V07',
    'search-warrant',
    'an area, which V10 takes up',
    { scope: { ...scope, subjects: [], area: 'Elm Street' } },
    {},
    null,
    null,
  ],
  ['V08', 'search-warrant', 'a closed range with its zone', {}, {}, null, null],
  ...(
    [
      ['no beginning', { ...scope, from: null }],
      ['no end', { ...scope, to: null }],
      ['an end before its beginning', { ...scope, from: to, to: from }],
      ['an empty range', { ...scope, to: from }],
      ['no zone', { ...scope, timeZone: null }],
    ] as const
  ).map(
    ([title, changed]): Row => [
      'V08',
      'search-warrant',
      title,
      { scope: changed },
      {},
      'clarify',
      'not_particular',
    ],
  ),
  [
    'V08',
    'grand-jury-subpoena',
    'no range, for subscriber information alone',
    { scope: { ...scope, from: null, to: null }, classes: ['subscriber'] },
    {},
    null,
    null,
  ],
  ['V09', 'search-warrant', 'six hours of one account', {}, {}, null, null],
  [
    'V09',
    'search-warrant',
    '48 hours of three devices',
    {
      scope: {
        ...scope,
        to: later(from, hours(48)),
        subjects: [device('a'), device('b'), device('c'), device('c')],
      },
    },
    {},
    null,
    null,
  ],
  [
    'V09',
    'search-warrant',
    'a millisecond over 48 hours',
    { scope: { ...scope, to: later(from, milliseconds(hours(48) + 1)) } },
    {},
    'review',
    'overbroad',
  ],
  [
    'V09',
    'search-warrant',
    'four devices',
    { scope: { ...scope, subjects: ['a', 'b', 'c', 'd'].map(device) } },
    {},
    'review',
    'overbroad',
  ],
  [
    'V09',
    'search-warrant',
    'a camera indoors that it does not name',
    { scope: { ...scope, indoor: [porch] } },
    { indoor: new Set([porch, garage]) },
    'review',
    'overbroad',
  ],
  [
    'V09',
    'search-warrant',
    'a camera indoors that it names',
    { scope: { ...scope, indoor: [garage] } },
    { indoor: new Set([garage]) },
    null,
    null,
  ],
  ['V10', 'search-warrant', 'no area', {}, {}, null, null],
  [
    'V10',
    'search-warrant',
    'an area, an account beside it',
    { scope: { ...scope, area: 'POLYGON((0 0, 0 1, 1 1, 0 0))' } },
    {},
    'counsel',
    'reverse_search',
  ],
  ['V11', 'search-warrant', 'all three classes', {}, {}, null, null],
  ['V11', 'grand-jury-subpoena', 'one class', { classes: ['subscriber'] }, {}, null, null],
  [
    'V11',
    'grand-jury-subpoena',
    'content too',
    { classes: ['subscriber', 'content'] },
    {},
    'narrow',
    'wrong_class_for_process',
  ],
  ['V11', 'preservation-request', 'nothing is disclosed', {}, {}, null, null],
  ['V12', 'search-warrant', 'four of four pages', {}, {}, null, null],
  ...(
    [
      ['no hash', { ...document, sha256: null }],
      ['what is no hash', { ...document, sha256: 'A'.repeat(64) }],
      ['a page missing', { ...document, pages: 3 }],
      ['a page too many', { ...document, pages: 5 }],
      ['no affidavit', { ...document, attachmentsMissing: ['affidavit'] }],
    ] as const
  ).map(
    ([title, changed]): Row => [
      'V12',
      'search-warrant',
      title,
      { document: changed },
      {},
      'clarify',
      'incomplete_document',
    ],
  ),
  ['V13', 'search-warrant', 'no silence claimed', {}, {}, null, null],
  ['V13', 'search-warrant', 'an order that binds', { silence }, {}, null, null],
  [
    'V13',
    'national-security-letter',
    'a statute without an end',
    { silence: { ...silence, by: 'statute', expiresAt: null } },
    {},
    null,
    null,
  ],
  ...(
    [
      ['search-warrant', 'a line in the letter', { ...silence, by: 'letter' }],
      ['search-warrant', 'a statute that is none of its', { ...silence, by: 'statute' }],
      ['search-warrant', "another process's order", { ...silence, namesProcess: false }],
      ['search-warrant', 'an order without an end', { ...silence, expiresAt: null }],
      ['search-warrant', 'an order that just ended', { ...silence, expiresAt: receivedAt }],
      ['preservation-request', 'an order for a mere request [HLD-5]', silence],
      ['emergency', 'an order for an emergency', silence],
    ] as const
  ).map(
    ([process, title, claim]): Row => [
      'V13',
      process,
      title,
      { silence: claim },
      {},
      'no-gag',
      'expired_gag_ignored',
    ],
  ),
  ['V14', 'search-warrant', 'a new document', {}, {}, null, null],
  [
    'V14',
    'search-warrant',
    'its own document again',
    {},
    { documents: new Map([[document.sha256 ?? '', sample.demand]]) },
    null,
    null,
  ],
  [
    'V14',
    'search-warrant',
    "another demand's document",
    { document: { ...document, sha256: 'b'.repeat(64) } },
    {},
    'link',
    'duplicate',
  ],
  [
    'V15',
    'search-warrant',
    "the agency's domain",
    { returnAddress: 'X@Springfield.Example' },
    {},
    null,
    null,
  ],
  ...[
    'x@springfield.example.evil.example',
    'x@evilspringfield.example',
    'x@springfield.example@evil.example',
    'x@evil.example@springfield.example',
    'springfield.example',
    '',
  ].map(
    (returnAddress): Row => [
      'V15',
      'search-warrant',
      `'${returnAddress}'`,
      { returnAddress },
      {},
      'reject',
      'unverified_sender',
    ],
  ),
  ['V16', 'emergency', 'danger, now, how it helps, called back', {}, {}, null, null],
  [
    'V16',
    'emergency',
    'a day old to the millisecond',
    { emergency: emergency && { ...emergency, arisenAt: daysAgo(1) } },
    {},
    null,
    null,
  ],
  ...(
    [
      ['nothing stated', null],
      ['no danger', { danger: ' ' }],
      ['nothing imminent', { imminent: false }],
      ['no nexus', { nexus: '' }],
      ['a call back that failed', { callBack: 'failed' }],
      ['no call back', { callBack: 'not-made' }],
      ['facts older than a day', { arisenAt: later(daysAgo(1), milliseconds(-1)) }],
      ['facts of tomorrow', { arisenAt: after(1) }],
    ] as const
  ).map(
    ([title, changed]): Row => [
      'V16',
      'emergency',
      title,
      { emergency: changed === null || emergency === null ? null : { ...emergency, ...changed } },
      {},
      'deny',
      'emergency_not_shown',
    ],
  ),
  ['V17', 'search-warrant', 'an open case', {}, {}, null, null],
  [
    ...([
      'V17',
      'search-warrant',
      'a form of numbers that is on record and cannot be tried',
    ] as const),
    ...([{}, { caseNumberPattern: null }, 'review', 'case_not_open'] as const),
  ],
  ...([null, '', '1234', '26-001234; DROP', '25-000001'] as const).map(
    (caseNumber): Row => [
      'V17',
      'search-warrant',
      `the case '${caseNumber}'`,
      { caseNumber },
      {},
      'clarify',
      'case_not_open',
    ],
  ),
  ['V16', 'emergency', 'one after others, which process followed', {}, {}, null, null],
  [
    ...(['V16', 'emergency', 'one after others, which no process followed', {}] as const),
    ...([{ emergenciesUnfollowed: 2 }, 'review', 'emergency_not_shown'] as const),
  ],
  ['V18', 'preservation-request', 'no renewal', { renews: null }, { renewed: null }, null, null],
  ['V18', 'preservation-request', 'the first renewal [HLD-5]', { renews: ulid(5) }, {}, null, null],
  ...(
    [
      ['the second renewal [HLD-5]', { renewals: 1, expiresAt: after(1) }],
      ['a hold that just lapsed [HLD-5]', { renewals: 0, expiresAt: receivedAt }],
      ['a hold that never was', null],
    ] as const
  ).map(
    ([title, renewed]): Row => [
      'V18',
      'preservation-request',
      title,
      { renews: ulid(5) },
      { renewed },
      'reject',
      'renewals_used_up',
    ],
  ),
  [
    'V19',
    'search-warrant',
    'a red car',
    { filters: [{ wanted: 'a red car', kind: 'plain' }] },
    {},
    null,
    null,
  ],
  ...(
    [
      { wanted: 'those who marched', kind: 'protected-activity' },
      { wanted: 'those without papers', kind: 'status' },
    ] as const
  ).map(
    (filter): Row => [
      'V19',
      'search-warrant',
      filter.wanted,
      { filters: [filter] },
      {},
      'review',
      'protected_activity',
    ],
  ),
  ['V20', 'search-warrant', 'all is there and readable', {}, {}, null, null],
  [
    'V20',
    'search-warrant',
    'some is purged',
    {},
    { clips: { total: 3, purged: 1, endToEndEncrypted: 0 } },
    'inform',
    null,
  ],
  [
    'V20',
    'search-warrant',
    'some is for the owner only',
    {},
    { clips: { total: 3, purged: 0, endToEndEncrypted: 1 } },
    'inform',
    null,
  ],
];

describe('the intake checks [LEG-3]', () => {
  test.each(rows)('%s, %s: %s', (check, process, _title, demand, records, action, reason) => {
    const finding = intakeChecks[check](caseOf(process, demand, records));
    expect(finding).toEqual(
      action === null
        ? { passed: true }
        : { passed: false, action, reason, because: expect.stringMatching(/\S/) },
    );
  });

  test('each is tried both ways', () => {
    for (const check of checkIds) {
      const outcomes = rows.filter(([id]) => id === check).map(([, , , , , action]) => action);
      expect([check, outcomes.includes(null), outcomes.some((each) => each !== null)]).toEqual([
        check,
        true,
        true,
      ]);
    }
  });

  test.each(processIds)(
    '%s gets all twenty, and those its row requires bind [LEG-3]',
    (process) => {
      const results = checkIntake(caseOf(process, { classes: [] }));
      expect(results.map(({ check }) => check)).toEqual(checkIds);
      const binding = results.filter(({ outcome }) => outcome !== 'not-applicable');
      expect(binding.map(({ check }) => check)).toEqual(
        checkIds.filter((check) => ruleOf(process).requires.includes(check)),
      );
    },
  );

  test('a failure is told whole, beside what passed', () => {
    const results = checkIntake(caseOf('search-warrant', { signedAt: null }));
    expect(results.filter(({ outcome }) => outcome === 'failed')).toEqual([
      {
        check: 'V04',
        outcome: 'failed',
        action: 'reject',
        reason: 'unsigned',
        because: 'signature or date is missing',
      },
    ]);
  });
});
