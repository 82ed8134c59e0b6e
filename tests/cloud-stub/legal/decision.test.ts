import { describe, expect, test } from 'vitest';
import type { Approval } from '../../../cloud-stub/legal/approvals.ts';
import {
  type DecisionCase,
  decide,
  type Outcome,
  withheldList,
} from '../../../cloud-stub/legal/decision.ts';
import type { Demand } from '../../../cloud-stub/legal/demand.ts';
import type { IntakeRecords } from '../../../cloud-stub/legal/intake-case.ts';
import { checkIntake } from '../../../cloud-stub/legal/intake-checks.ts';
import {
  type CheckId,
  type ProcessId,
  subscriberFields,
} from '../../../cloud-stub/legal/process-rules.ts';
import type { RecordItem } from '../../../cloud-stub/legal/scope.ts';
import type { ThingName } from '../../../device/wire/ids.ts';
import { days, later } from '../../../device/wire/time.ts';
import {
  caseOf,
  clipOf,
  consentTo,
  demandOf,
  from,
  garage,
  legalOf,
  neighbour,
  owner,
  porch,
  receivedAt,
  to,
  ulid,
} from './demand-samples.ts';

const everyone: readonly Approval[] = [
  { principal: 'reviewer-1', as: 'reviewer' },
  { principal: 'reviewer-2', as: 'reviewer' },
  { principal: 'approver-1', as: 'approver' },
  { principal: 'approver-2', as: 'approver' },
  { principal: 'lawyer-1', as: 'counsel' },
];
const record: RecordItem = {
  key: 'record',
  class: 'non-content',
  account: owner,
  thing: porch,
  at: from,
};
const name: RecordItem = { key: 'name', class: 'subscriber', account: owner, field: 'name' };
const whole: readonly RecordItem[] = [name, record, clipOf(1)];

type More = {
  readonly demand?: Partial<Demand>;
  readonly told?: Partial<IntakeRecords>;
  readonly facts?: Partial<DecisionCase>;
  readonly legal?: DecisionCase['legal'];
};
function deciding(process: ProcessId, records: readonly RecordItem[], more: More = {}) {
  const intake = caseOf(process, more.demand, more.told, more.legal);
  return decide({
    ...intake,
    checks: checkIntake(intake),
    records,
    ownerships: [{ thing: porch, account: owner, fromAt: later(from, days(-99)), untilAt: null }],
    review: { narrowed: new Set(), confirmed: new Set(), cleared: new Set() },
    approvals: everyone,
    at: receivedAt,
    ...more.facts,
  });
}
const outcomeOf = (...args: Parameters<typeof deciding>): Outcome | null => {
  const decision = deciding(...args);
  return decision.decided ? decision.outcome : null;
};
const released = (...args: Parameters<typeof deciding>): string[] => {
  const decision = deciding(...args);
  return decision.decided
    ? decision.items.filter((each) => each.released).map(({ key }) => key)
    : [];
};
const cleared = (...checks: readonly CheckId[]) => ({
  narrowed: new Set<string>(),
  confirmed: new Set<string>(),
  cleared: new Set(checks),
});
const euLegal = legalOf('eu');
const rejected = (reason: string) => ({ code: 'REJECTED', reason });

describe('what each process gives of a name, a record and a clip', () => {
  const wrong = { code: 'PARTIAL', reasons: ['wrong_class_for_process'] };
  const full = { code: 'FULL' };
  test.each<[ProcessId, string[], object]>([
    ['owner-consent', ['clip-1'], { code: 'PARTIAL', reasons: ['consent_missing'] }],
    ['administrative-subpoena', ['name'], wrong],
    ['grand-jury-subpoena', ['name'], wrong],
    ['trial-subpoena', ['name'], wrong],
    ['court-order-2703d', ['name', 'record'], wrong],
    ['search-warrant', ['name', 'record', 'clip-1'], full],
    ['emergency', ['name', 'record', 'clip-1'], full],
    ['preservation-request', [], full],
    // One that says nothing of silence is none.
    ['non-disclosure-order', [], rejected('expired_gag_ignored')],
    ['national-security-letter', ['name'], wrong],
    ['fisa-order', ['name', 'record'], wrong],
    ['foreign-demand', [], rejected('out_of_jurisdiction')],
    ['eu-production-order', [], rejected('out_of_jurisdiction')],
    ['eu-preservation-order', [], rejected('out_of_jurisdiction')],
    ['civil-subpoena', ['name'], wrong],
    ['live-intercept', [], rejected('capability_absent')],
    ['delayed-notice', [], full],
    ['backup-preservation', [], full],
  ])('%s: %j [LEG-1, LEG-2]', (process, keys, outcome) => {
    const consent = consentTo({ thing: porch, clip: ulid(1) });
    const demand = { consent };
    expect(released(process, whole, { demand })).toEqual(keys);
    expect(outcomeOf(process, whole, { demand })).toEqual(outcome);
  });
});

describe('the outcome of a warrant', () => {
  const gone = (n: number, late = false) => clipOf(n, { possession: 'shredded', late });
  const others = [clipOf(8, { account: neighbour }), clipOf(9, { latestAt: to, earliestAt: to })];
  test.each<[string, readonly RecordItem[], object]>([
    ['nothing at all', [], { code: 'NO_RECORDS', detail: 'never_had' }],
    ["only others' [LEG-4]", others, { code: 'NO_RECORDS', detail: 'never_had' }],
    ['purged', [gone(1)], { code: 'NO_RECORDS', detail: 'purged' }],
    [
      'under purge',
      [clipOf(1, { possession: 'shredding' })],
      { code: 'NO_RECORDS', detail: 'purged' },
    ],
    ['came too late', [gone(1, true)], { code: 'NO_RECORDS', detail: 'late' }],
    [
      'still arriving',
      [clipOf(1, { possession: 'staged' })],
      { code: 'NO_RECORDS', detail: 'never_had' },
    ],
    ['one there, one purged', [clipOf(1), gone(2)], { code: 'FULL' }],
    [
      'ciphertext only',
      [clipOf(1, { endToEnd: true })],
      { code: 'NO_RECORDS', detail: 'e2ee_only' },
    ],
    ['ciphertext beside a clip', [clipOf(1, { endToEnd: true }), clipOf(2)], { code: 'FULL' }],
    [
      'one of uncertain time beside another',
      [clipOf(1, { earliestAt: null }), clipOf(2)],
      { code: 'PARTIAL', reasons: ['not_particular'] },
    ],
    ['one of uncertain time alone', [clipOf(1, { earliestAt: null })], rejected('not_particular')],
  ])('%s', (_title, records, outcome) => {
    expect(outcomeOf('search-warrant', records)).toEqual(outcome);
  });

  test('a time in doubt that a person settled is given; an owner in doubt never is', () => {
    const review = { ...cleared(), confirmed: new Set(['clip-1', 'clip-2']) };
    const doubtful = clipOf(1, { earliestAt: null });
    expect(released('search-warrant', [doubtful], { facts: { review } })).toEqual(['clip-1']);
    const scope = {
      ...demandOf('search-warrant').scope,
      subjects: [{ by: 'device', thing: porch }],
    } as const;
    const ownerships = [
      { thing: porch, account: owner, fromAt: from, untilAt: later(from, days(0.1)) },
      { thing: porch, account: neighbour, fromAt: later(from, days(0.1)), untilAt: null },
    ];
    expect(
      released('search-warrant', [clipOf(2)], { demand: { scope }, facts: { review, ownerships } }),
    ).toEqual([]);
  });

  test('what the reviewer cuts out is withheld, and that is told [LEG-3]', () => {
    const review = { ...cleared(), narrowed: new Set(['clip-2']) };
    const decision = deciding('search-warrant', [clipOf(1), clipOf(2)], { facts: { review } });
    expect(decision).toMatchObject({ outcome: { code: 'PARTIAL', reasons: ['overbroad'] } });
    expect(withheldList(decision)).toEqual([
      { key: 'clip-2', class: 'content', inScope: true, released: false, because: 'narrowed' },
    ]);
  });

  test('what is gone is told by the outcome alone: never which, nor how much [LEG-2]', () => {
    const gone = [
      clipOf(2, { possession: 'shredded' }),
      clipOf(3, { possession: 'shredding' }),
      clipOf(4, { late: true }),
    ];
    const decision = deciding('search-warrant', [clipOf(1), ...gone]);
    expect(decision).toMatchObject({ outcome: { code: 'FULL' } });
    expect(withheldList(decision)).toEqual([]);
    expect(outcomeOf('search-warrant', gone)).toEqual({ code: 'NO_RECORDS', detail: 'purged' });
  });

  test('of two reasons the order in which records are found decides nothing [LEG-7]', () => {
    const facts = { review: { ...cleared(), narrowed: new Set(['clip-1']) } };
    const doubtful = clipOf(2, { earliestAt: null });
    for (const records of [
      [clipOf(1), doubtful],
      [doubtful, clipOf(1)],
    ]) {
      expect(outcomeOf('search-warrant', records, { facts })).toEqual(rejected('overbroad'));
      expect(outcomeOf('search-warrant', [...records, clipOf(3)], { facts })).toEqual({
        code: 'PARTIAL',
        reasons: ['overbroad', 'not_particular'],
      });
    }
  });

  test('a clip across the edge is whole and flagged; ciphertext says so [LEG-4, EXP-5]', () => {
    const across = clipOf(1, { earliestAt: later(from, days(-0.0001)), latestAt: from });
    const cipher = clipOf(2, { endToEnd: true });
    const told = { inScope: true, class: 'content', released: true, because: 'released' };
    expect(deciding('search-warrant', [across, cipher])).toMatchObject({
      items: [
        { ...told, key: 'clip-1', edge: true, decryptable: true },
        { ...told, key: 'clip-2', edge: false, decryptable: false },
      ],
    });
  });

  test("others' records are never told to the sender [LEG-4]", () => {
    const decision = deciding('search-warrant', [clipOf(1), ...others, record]);
    expect(withheldList(decision)).toEqual([]);
  });

  test('only what it asks is given', () => {
    expect(released('search-warrant', whole, { demand: { classes: ['content'] } })).toEqual([
      'clip-1',
    ]);
  });

  test('a letter of national security gives three of six fields, and says so', () => {
    const fields = subscriberFields.map(
      (field): RecordItem => ({ key: field, class: 'subscriber', account: owner, field }),
    );
    const demand: Partial<Demand> = { classes: ['subscriber'] };
    expect(released('national-security-letter', fields, { demand })).toEqual([
      'name',
      'address',
      'service-length-and-types',
    ]);
  });
});

describe('before anything is decided', () => {
  test.each<[string, Partial<Demand>, object]>([
    ['withdrawn', { standing: 'withdrawn' }, { code: 'WITHDRAWN' }],
    ['quashed', { standing: 'quashed' }, { code: 'QUASHED' }],
    ['challenged', { standing: 'challenged' }, { code: 'CHALLENGED' }],
    ['superseded', { standing: 'superseded' }, { code: 'SUPERSEDED' }],
    ['rejected at intake', { signedAt: null }, rejected('unsigned')],
    [
      'a question to the sender',
      { caseNumber: null },
      { code: 'CLARIFY', reason: 'case_not_open', dueAt: later(receivedAt, days(14)) },
    ],
    ['a refusal before a question', { caseNumber: null, signedAt: null }, rejected('unsigned')],
  ])('%s releases nothing [LEG-3]', (_title, demand, outcome) => {
    expect(outcomeOf('search-warrant', whole, { demand })).toEqual(outcome);
    expect(released('search-warrant', whole, { demand })).toEqual([]);
  });

  test('a question counts from its asking, however long the paper lay unread [LEG-3]', () => {
    const at = later(receivedAt, days(20));
    const demand = { caseNumber: null };
    expect(outcomeOf('search-warrant', whole, { demand, facts: { at } })).toEqual({
      code: 'CLARIFY',
      reason: 'case_not_open',
      dueAt: later(at, days(14)),
    });
  });

  test('an emergency that is not shown is denied', () => {
    expect(outcomeOf('emergency', whole, { demand: { emergency: null } })).toEqual(
      rejected('emergency_not_shown'),
    );
  });

  test('a subpoena for content alone is refused, whether there is any or not', () => {
    const demand: Partial<Demand> = { classes: ['content'] };
    for (const records of [whole, []]) {
      expect(outcomeOf('trial-subpoena', records, { demand })).toEqual(
        rejected('wrong_class_for_process'),
      );
    }
  });

  test.each<[string, Demand['consent']]>([
    ['none', null],
    ['revoked', { account: owner, clips: [], classes: [], revokedAt: receivedAt }],
  ])('consent: %s [LEG-2]', (_title, consent) => {
    expect(outcomeOf('owner-consent', whole, { demand: { consent } })).toEqual(
      rejected('consent_missing'),
    );
  });

  test("consent reaches no one else's clip, and not the same clip of another device [LEG-2]", () => {
    const demand = {
      consent: consentTo({ thing: porch, clip: ulid(1) }),
      classes: ['content'],
    } as const;
    const scope = {
      ...demandOf('owner-consent').scope,
      subjects: [owner, neighbour].map((account) => ({ by: 'account' as const, account })),
    };
    const strangers = [clipOf(1, { account: neighbour }), clipOf(1, { thing: garage })];
    expect(released('owner-consent', strangers, { demand: { ...demand, scope } })).toEqual([]);
  });

  test('European orders are obeyed under the profile eu, American ones are not [LEG-1]', () => {
    const legal = euLegal;
    expect(outcomeOf('eu-production-order', whole, { legal })).toEqual({ code: 'FULL' });
    expect(outcomeOf('eu-preservation-order', whole, { legal })).toEqual({ code: 'FULL' });
    expect(outcomeOf('search-warrant', whole, { legal })).toEqual(rejected('out_of_jurisdiction'));
  });

  test('a profile cannot allow what the statute does not reach [LEG-1]', () => {
    const policy = { subscriber: 'allow', 'non-content': 'allow', content: 'allow' } as const;
    const grants = { 'civil-subpoena': { policy, refusedAs: null } };
    const legal = { ...legalOf('ring-2019'), grants };
    expect(released('civil-subpoena', whole, { legal })).toEqual(['name', 'record']);
  });

  test("a prosecutor's European order gives subscriber information only [LEG-2]", () => {
    const issuer = demandOf('eu-production-order').issuer;
    const demand: Partial<Demand> = { issuer: issuer && { ...issuer, kind: 'prosecutor' } };
    expect(released('eu-production-order', whole, { demand, legal: euLegal })).toEqual(['name']);
  });

  test('a request to preserve footage that is gone finds no records [HLD-7]', () => {
    const gone = [name, clipOf(1, { possession: 'shredded' })];
    expect(outcomeOf('preservation-request', gone)).toEqual({
      code: 'NO_RECORDS',
      detail: 'purged',
    });
    const arriving = [clipOf(1, { possession: 'staged' })];
    expect(outcomeOf('preservation-request', arriving)).toEqual({ code: 'FULL' });
  });
});

describe('who must approve [LEG-5]', () => {
  const area = { scope: { ...demandOf('search-warrant').scope, area: 'Elm Street' } };
  const grave = { review: cleared('V10') };
  const needsOf = (
    process: ProcessId,
    approvals: readonly Approval[],
    demand: Partial<Demand> = {},
    facts: Partial<DecisionCase> = {},
  ) => {
    const decision = deciding(process, whole, { demand, facts: { ...facts, approvals } });
    return decision.decided ? [] : decision.needs;
  };
  const as = (role: Approval['as'], principal: string): Approval => ({ principal, as: role });
  const missing = (need: string, count = 1) => ({ need, missing: count });
  const pair = [as('reviewer', 'r'), as('approver', 'a')];

  test.each<[string, ProcessId, readonly Approval[], object[]]>([
    ['a warrant, reviewed and approved', 'search-warrant', pair, []],
    ['nobody yet', 'search-warrant', [], [missing('reviewer'), missing('approver')]],
    [
      'one person in two roles',
      'search-warrant',
      [as('reviewer', 'r'), as('approver', 'r')],
      [missing('approver')],
    ],
    [
      'the sender itself',
      'search-warrant',
      [as('reviewer', 'officer-1'), as('approver', 'a')],
      [missing('reviewer')],
    ],
    ['an emergency with one approver', 'emergency', pair, [missing('approver')]],
    [
      'an emergency with the same approver twice',
      'emergency',
      [...pair, as('approver', 'a')],
      [missing('approver')],
    ],
    ['an emergency with two', 'emergency', [...pair, as('approver', 'b')], []],
    // The sample names an account, and what holds a whole account is two people's.
    [
      'a preservation request for an account, reviewed',
      'preservation-request',
      [as('reviewer', 'r')],
      [missing('approver')],
    ],
    ['the same, approved too', 'preservation-request', pair, []],
    ['an order of silence, which holds nothing', 'non-disclosure-order', [as('reviewer', 'r')], []],
  ])('%s', (_title, process, approvals, needs) => {
    expect(needsOf(process, approvals)).toEqual(needs);
  });

  test.each([
    ['as many doorbells as one person may name', 3, []],
    ['one more than that', 4, [missing('approver'), { need: 'clearance', check: 'V09' }]],
  ])('a preservation request for %s [LEG-5]', (_title, count, needs) => {
    const subjects = Array.from({ length: count }, (_, n) => ({
      by: 'device' as const,
      thing: `porch-${n}` as ThingName,
    }));
    const { scope } = caseOf('preservation-request').demand;
    const demand = { scope: { ...scope, subjects } };
    expect(needsOf('preservation-request', [as('reviewer', 'r')], demand)).toEqual(needs);
  });

  test('a reverse search needs two reviewers, a lawyer and a clearance, always [LEG-8]', () => {
    expect(needsOf('search-warrant', pair, area)).toEqual([
      missing('reviewer'),
      missing('counsel'),
      { need: 'clearance', check: 'V10' },
    ]);
    expect(needsOf('search-warrant', everyone, area)).toEqual([
      { need: 'clearance', check: 'V10' },
    ]);
    expect(needsOf('search-warrant', everyone, area, grave)).toEqual([]);
  });

  test('what a check sends to a person waits for that person [LEG-3]', () => {
    const told = { jurisdictions: [] };
    expect(deciding('search-warrant', whole, { told })).toEqual({
      decided: false,
      needs: [{ need: 'clearance', check: 'V06' }],
    });
    expect(outcomeOf('search-warrant', whole, { told, facts: { review: cleared('V06') } })).toEqual(
      { code: 'FULL' },
    );
  });
});
