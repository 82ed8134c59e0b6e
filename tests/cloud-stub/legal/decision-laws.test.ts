/** The laws of decisions over random demands, records, owners and approvals. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Subject } from '../../../cloud-stub/custody/holds-scope.ts';
import type { Approval } from '../../../cloud-stub/legal/approvals.ts';
import { type DecisionCase, decide, withheldList } from '../../../cloud-stub/legal/decision.ts';
import type { Demand } from '../../../cloud-stub/legal/demand.ts';
import { checkIntake } from '../../../cloud-stub/legal/intake-checks.ts';
import { legalPolicies } from '../../../cloud-stub/legal/legal-policy.ts';
import {
  checkIds,
  dataClasses,
  issuerKinds,
  processIds,
  subscriberFields,
} from '../../../cloud-stub/legal/process-rules.ts';
import type { Ownership, RecordItem } from '../../../cloud-stub/legal/scope.ts';
import { days, hours, later, milliseconds } from '../../../device/wire/time.ts';
import {
  clipOf,
  consentTo,
  daysAgo,
  demandOf,
  from,
  garage,
  intakeRecords,
  neighbour,
  owner,
  porch,
  receivedAt,
  ruleOf,
  to,
  ulid,
} from './demand-samples.ts';

/** Demands that pass are rare where everything is arbitrary: most of each is as it should be. */
const mostly = <const Usual, const Other>(usual: Usual, other: fc.Arbitrary<Other>) =>
  fc.oneof({ arbitrary: fc.constant(usual), weight: 5 }, { arbitrary: other, weight: 1 });
const givingContent = [
  'search-warrant',
  'emergency',
  'owner-consent',
  'eu-production-order',
] as const;

const anyAccount = fc.constantFrom(owner, neighbour);
const anyThing = fc.constantFrom(porch, garage);
const anyBool = fc.boolean();
const anyAt = fc.integer({ min: -2, max: 8 }).map((n) => later(from, hours(n)));

const anySubject: fc.Arbitrary<Subject> = fc.oneof(
  anyAccount.map((account) => ({ by: 'account' as const, account })),
  anyThing.map((thing) => ({ by: 'device' as const, thing })),
  fc.record({
    by: fc.constant('device-of-account' as const),
    thing: anyThing,
    account: anyAccount,
  }),
);

const anyClip = fc
  .record({
    n: fc.integer({ min: 1, max: 3 }),
    account: fc.option(anyAccount, { nil: null }),
    thing: anyThing,
    at: anyAt,
    isVouched: mostly(true, fc.constant(false)),
    durationMs: fc.integer({ min: 0, max: hours(3) }).map(milliseconds),
    possession: mostly('stored' as const, fc.constantFrom('staged', 'shredding', 'shredded')),
    endToEnd: anyBool,
  })
  .map(({ n, at, isVouched, ...more }) =>
    clipOf(n, { ...more, latestAt: at, earliestAt: isVouched ? at : null }),
  );
const anyRecord = fc.record({
  class: fc.constant('non-content' as const),
  account: fc.option(anyAccount, { nil: null }),
  thing: fc.option(anyThing, { nil: null }),
  at: anyAt,
});
const anyIdentity = fc.record({
  class: fc.constant('subscriber' as const),
  account: anyAccount,
  field: fc.constantFrom(...subscriberFields),
});
const anyRecords: fc.Arbitrary<readonly RecordItem[]> = fc
  .array(fc.oneof(anyClip, anyRecord, anyIdentity), { maxLength: 8 })
  .map((items) => items.map((item, n) => ({ ...item, key: `k${n}` })));

const anyOwnerships: fc.Arbitrary<readonly Ownership[]> = fc.array(
  fc.record({
    thing: anyThing,
    account: anyAccount,
    fromAt: anyAt,
    untilAt: fc.option(anyAt, { nil: null }),
  }),
  { maxLength: 4 },
);

const anyDemand: fc.Arbitrary<Demand> = fc
  .record({
    process: fc.oneof(fc.constantFrom(...givingContent), fc.constantFrom(...processIds)),
    classes: mostly([...dataClasses], fc.subarray([...dataClasses])),
    subjects: fc.array(anySubject, { maxLength: 3 }),
    issuerKind: mostly(null, fc.constantFrom(...issuerKinds)),
    signedDaysAgo: mostly(2, fc.constantFrom(-1, 0, 13, 14, 40, null)),
    area: mostly(null, fc.constant('Elm Street')),
    consent: mostly(consentTo({ thing: porch, clip: ulid(1) }), fc.constant(null)),
    isImminent: mostly(true, fc.constant(false)),
    standing: mostly('open', fc.constantFrom('withdrawn', 'quashed')),
  })
  .map(({ process, classes, subjects, issuerKind, signedDaysAgo, area, isImminent, ...more }) => {
    const plain = demandOf(process);
    return {
      ...plain,
      ...more,
      classes,
      signedAt: signedDaysAgo === null ? null : daysAgo(signedDaysAgo),
      scope: { ...plain.scope, subjects, area },
      issuer: plain.issuer && { ...plain.issuer, kind: issuerKind ?? plain.issuer.kind },
      emergency: plain.emergency && { ...plain.emergency, imminent: isImminent },
    };
  });

const anyApprovals: fc.Arbitrary<readonly Approval[]> = fc.oneof(
  fc.constant([
    { principal: 'r1', as: 'reviewer' },
    { principal: 'r2', as: 'reviewer' },
    { principal: 'a1', as: 'approver' },
    { principal: 'a2', as: 'approver' },
    { principal: 'l', as: 'counsel' },
  ] as const),
  fc.array(
    fc.record({
      principal: fc.constantFrom('r1', 'a1', 'a2', 'officer-1'),
      as: fc.constantFrom('reviewer', 'approver', 'counsel'),
    }),
    { maxLength: 5 },
  ),
);

const anyCase: fc.Arbitrary<DecisionCase> = fc
  .record({
    demand: anyDemand,
    legal: fc.constantFrom(...legalPolicies.values()),
    records: anyRecords,
    ownerships: anyOwnerships,
    approvals: anyApprovals,
    cleared: fc.subarray([...checkIds]),
    confirmed: fc.subarray(['k0', 'k1', 'k2']),
    narrowed: fc.subarray(['k0', 'k1']),
  })
  .map(({ cleared, confirmed, narrowed, ...facts }) => {
    const rule = ruleOf(facts.demand.process);
    const { demand, legal } = facts;
    return {
      ...facts,
      rule,
      at: receivedAt,
      checks: checkIntake({ demand, rule, legal, records: intakeRecords }),
      review: {
        cleared: new Set(cleared),
        confirmed: new Set(confirmed),
        narrowed: new Set(narrowed),
      },
    };
  });

const releasedBy = (facts: DecisionCase) => {
  const decision = decide(facts);
  if (!decision.decided) return [];
  const keys = new Set(decision.items.filter((each) => each.released).map(({ key }) => key));
  return facts.records.filter(({ key }) => keys.has(key));
};

/** Naive: does the paper name this account's or this device's records? */
const isNamed = ({ demand, ownerships }: DecisionCase, item: RecordItem): boolean =>
  demand.scope.subjects.some((subject) => {
    const hasIts = {
      account: subject.by !== 'device' && item.account === subject.account,
      thing:
        subject.by !== 'account' && item.class !== 'subscriber' && item.thing === subject.thing,
      owner: ownerships.some(
        ({ thing, account, fromAt, untilAt }) =>
          subject.by === 'device' &&
          thing === subject.thing &&
          account === item.account &&
          fromAt < to &&
          (untilAt ?? Number.POSITIVE_INFINITY) > from,
      ),
    };
    const isIdentity = item.class === 'subscriber';
    if (subject.by === 'account') return hasIts.account;
    if (subject.by === 'device') return hasIts.owner && (isIdentity || hasIts.thing);
    return hasIts.account && (isIdentity || hasIts.thing);
  });

describe('the laws of decisions', () => {
  test('what leaves is of a class that statute and policy give, named, and of the time [LEG-4, I11]', () => {
    fc.assert(
      fc.property(anyCase, (facts) => {
        const { rule, legal, demand } = facts;
        const policy = legal.grants[demand.process]?.policy ?? rule.policy;
        for (const item of releasedBy(facts)) {
          expect(rule.compels[item.class]).not.toBe('never');
          expect(policy[item.class]).toBe('allow');
          expect(demand.classes).toContain(item.class);
          expect(isNamed(facts, item)).toBe(true);
          if (item.class === 'non-content') {
            expect(item.at >= from && item.at < to).toBe(true);
          } else if (item.class === 'content') {
            // A time in doubt may be as early as its bound, where a person has confirmed it.
            const isConfirmed = facts.review.confirmed.has(item.key);
            const beginsAt = isConfirmed ? (item.earliestAt ?? from) : item.latestAt;
            expect(beginsAt < to && item.latestAt + item.durationMs >= from).toBe(true);
            expect(item.possession).toBe('stored');
          }
        }
      }),
      { numRuns: 1500 },
    );
  });

  test('a device that two accounts owned within the range gives neither of them away [LEG-4, I11]', () => {
    fc.assert(
      fc.property(anyCase, (facts) => {
        const { demand } = facts;
        const subjects = [{ by: 'device' as const, thing: porch }];
        const ownerships: Ownership[] = [
          { thing: porch, account: owner, fromAt: daysAgo(90), untilAt: later(from, hours(2)) },
          { thing: porch, account: neighbour, fromAt: later(from, hours(2)), untilAt: null },
        ];
        const scope = { ...demand.scope, subjects };
        expect(releasedBy({ ...facts, demand: { ...demand, scope }, ownerships })).toEqual([]);
      }),
    );
  });

  test('content leaves on a warrant in force, an emergency two approved, or consent to it [LEG-2, I12]', () => {
    fc.assert(
      fc.property(anyCase, (facts) => {
        const { demand, approvals } = facts;
        const clips = releasedBy(facts).filter((item) => item.class === 'content');
        if (clips.length === 0) return;
        const signed = demand.signedAt ?? Number.NEGATIVE_INFINITY;
        const isJudge = demand.issuer?.kind === 'judge' || demand.issuer?.kind === 'magistrate';
        const isFresh = signed <= receivedAt && signed + days(14) > receivedAt;
        const isWarrant = demand.process === 'search-warrant' && isJudge && isFresh;
        const isEuropean = demand.process === 'eu-production-order' && facts.legal.name === 'eu';
        const approvers = approvals
          .filter(({ as, principal }) => as === 'approver' && principal !== 'officer-1')
          .map(({ principal }) => principal);
        const isEmergency =
          demand.process === 'emergency' &&
          demand.emergency?.imminent === true &&
          new Set(approvers).size >= 2;
        const isConsent =
          demand.process === 'owner-consent' &&
          clips.every(
            (clip) =>
              clip.account === owner &&
              demand.consent?.clips.some(
                (each) => each.clip === clip.clip && each.thing === clip.thing,
              ),
          );
        expect(demand.standing).toBe('open');
        expect(isWarrant || (isEuropean && isJudge) || isEmergency || isConsent).toBe(true);
      }),
      { numRuns: 1500 },
    );
  });

  test('these laws are not about nothing: content, records and names do leave', () => {
    const found = new Map<string, number>();
    for (const facts of fc.sample(anyCase, { numRuns: 3000, seed: 7 })) {
      for (const item of releasedBy(facts)) {
        const kind = `${facts.demand.process} ${item.class}`;
        found.set(kind, (found.get(kind) ?? 0) + 1);
      }
    }
    expect([...found.keys()]).toEqual(
      expect.arrayContaining([
        'search-warrant content',
        'emergency content',
        'owner-consent content',
        'eu-production-order content',
        'court-order-2703d non-content',
        'grand-jury-subpoena subscriber',
      ]),
    );
  });

  test('how an owner answered a voluntary request changes nothing [LEG-7, I13]', () => {
    const anyAnswer = fc.constantFrom('shared', 'declined', 'ignored', 'opted-out', 'never-asked');
    fc.assert(
      fc.property(anyCase, anyAnswer, (facts, answer) => {
        const portal = { voluntaryResponse: answer };
        const told: DecisionCase = {
          ...facts,
          ...portal,
          demand: Object.assign({}, facts.demand, portal),
          records: facts.records.map((item) => Object.assign({}, item, portal)),
          ownerships: facts.ownerships.map((each) => Object.assign({}, each, portal)),
        };
        expect(decide(told)).toEqual(decide(facts));
      }),
    );
  });

  test('the order in which records are found changes nothing [I13]', () => {
    fc.assert(
      fc.property(anyCase, (facts) => {
        const there = decide(facts);
        const back = decide({ ...facts, records: facts.records.toReversed() });
        if (!there.decided || !back.decided) {
          expect(back).toEqual(there);
          return;
        }
        expect(back.items.toReversed()).toEqual(there.items);
        expect(back.outcome).toEqual(there.outcome);
      }),
    );
  });

  test('each record is told once, with why; the sender is told of none beyond its scope [LEG-3]', () => {
    fc.assert(
      fc.property(anyCase, (facts) => {
        const decision = decide(facts);
        if (!decision.decided) return;
        expect(decision.items.map(({ key }) => key)).toEqual(facts.records.map(({ key }) => key));
        const told = new Set(withheldList(decision).map(({ key }) => key));
        for (const item of facts.records) {
          if (told.has(item.key)) expect(isNamed(facts, item)).toBe(true);
        }
      }),
    );
  });
});
