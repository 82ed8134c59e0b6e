import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type ChallengeTerm,
  mayDisclose,
  type NoticeFacts,
  type NoticeState,
  noticeState,
  type Silence,
} from '../../../cloud-stub/legal/notices.ts';
import { type ProcessId, processIds } from '../../../cloud-stub/legal/process-rules.ts';
import { days, type EpochMs, later, milliseconds } from '../../../device/wire/time.ts';
import { demandOf, receivedAt, ruleOf } from './demand-samples.ts';

/** Days after the demand came; it is decided on day 1, disclosed on day 2. */
const day = (n: number): EpochMs => later(receivedAt, days(n));
const order = (fromDay: number, toDay: number | null, more: Partial<Silence> = {}): Silence => ({
  by: 'court-order',
  from: day(fromDay),
  expiresAt: toDay === null ? null : day(toDay),
  liftedAt: null,
  ...more,
});
const factsOf = (process: ProcessId, more: Partial<NoticeFacts> = {}): NoticeFacts => ({
  demand: demandOf(process),
  rule: ruleOf(process),
  orders: [],
  releaseDecidedAt: day(1),
  disclosedAt: null,
  sentAt: null,
  ...more,
});
const term: ChallengeTerm = { days: 14, answerDueAt: null, isAnswered: false };
const due = (n: number): NoticeState => ({ state: 'due', since: day(n) });
const silenced = (n: number | null): NoticeState => ({
  state: 'silenced',
  until: n === null ? null : day(n),
});

describe('when the owner is told [LEG-6]', () => {
  test.each<[string, ProcessId, Partial<NoticeFacts>, number, NoticeState]>([
    ['of a warrant, once it is decided', 'search-warrant', {}, 1, due(1)],
    [
      'of nothing, while nothing is decided',
      'search-warrant',
      { releaseDecidedAt: null },
      9,
      { state: 'none', because: 'nothing-to-tell' },
    ],
    ['under an order', 'search-warrant', { orders: [order(0, 30)] }, 5, silenced(30)],
    ['when it ends, by itself', 'search-warrant', { orders: [order(0, 30)] }, 30, due(30)],
    [
      'when a second order takes over from the first',
      'search-warrant',
      { orders: [order(20, 60), order(0, 30)] },
      5,
      silenced(60),
    ],
    [
      'between two orders with a gap',
      'search-warrant',
      { orders: [order(0, 10), order(20, 30)] },
      15,
      due(10),
    ],
    [
      'when an order comes while the notice is overdue',
      'search-warrant',
      { orders: [order(5, 30)] },
      6,
      silenced(30),
    ],
    [
      'when the court lifts it',
      'search-warrant',
      { orders: [order(0, 90, { liftedAt: day(12) })] },
      12,
      due(12),
    ],
    ['at the latest after a year', 'search-warrant', { orders: [order(0, 800)] }, 365, due(365)],
    [
      'of a letter of national security: when a court lifts its silence',
      'national-security-letter',
      { orders: [order(0, null, { by: 'statute' })] },
      900,
      silenced(null),
    ],
    [
      'a statute that does not silence this process',
      'search-warrant',
      { orders: [order(0, null, { by: 'statute' })] },
      1,
      due(1),
    ],
    [
      'of an emergency not before it is disclosed',
      'emergency',
      {},
      1,
      { state: 'none', because: 'nothing-to-tell' },
    ],
    [
      'of an emergency three days after',
      'emergency',
      { disclosedAt: day(2) },
      4,
      { state: 'waiting', until: day(5) },
    ],
    [
      'of an emergency, which no order silences',
      'emergency',
      { disclosedAt: day(2), orders: [order(0, 90)] },
      5,
      due(5),
    ],
    [
      'of consent, which the owner gave',
      'owner-consent',
      {},
      1,
      { state: 'none', because: 'process-gives-none' },
    ],
    [
      'once',
      'search-warrant',
      { sentAt: day(1), orders: [order(2, 30)] },
      5,
      { state: 'sent', at: day(1) },
    ],
  ])('%s', (_title, process, more, n, state) => {
    expect(noticeState(factsOf(process, more), day(n))).toEqual(state);
  });

  test.each<[string, NonNullable<NoticeFacts['demand']['silence']>['by'], boolean, NoticeState]>([
    ['an order served with it', 'court-order', true, silenced(30)],
    ['an order that names another process', 'court-order', false, due(1)],
    ['a line in the letter', 'letter', true, due(1)],
  ])('by the claim of the demand itself: %s', (_title, by, namesProcess, state) => {
    const silence = { by, namesProcess, from: day(0), expiresAt: day(30) };
    const demand = demandOf('search-warrant', { silence });
    expect(noticeState(factsOf('search-warrant', { demand }), day(1))).toEqual(state);
  });

  test('an order is in force to its last millisecond', () => {
    const facts = factsOf('search-warrant', { orders: [order(0, 30)] });
    expect(noticeState(facts, later(day(30), milliseconds(-1)))).toEqual(silenced(30));
  });
});

describe('whether footage may leave [LEG-6]', () => {
  test.each<[string, ProcessId, Partial<NoticeFacts>, boolean, string]>([
    ['the owner is not told yet', 'search-warrant', {}, false, 'owner-not-told'],
    ['the owner was told long ago', 'search-warrant', { sentAt: day(-13) }, true, 'owner-had-time'],
    ['an order silences it', 'search-warrant', { orders: [order(0, 30)] }, true, 'silenced'],
    ['the order has ended', 'search-warrant', { orders: [order(0, 1)] }, false, 'owner-not-told'],
    ['an emergency', 'emergency', {}, true, 'no-notice-before'],
    ['nothing is decided', 'emergency', { releaseDecidedAt: null }, false, 'not-decided'],
  ])('%s', (_title, process, more, may, because) => {
    expect(mayDisclose(factsOf(process, more), term, day(1))).toEqual({ may, because });
  });

  const told = factsOf('search-warrant', { sentAt: day(2) });
  const until = (n: number) => ({ may: false, because: 'time-to-challenge', until: day(n) });
  test.each<[string, Partial<ChallengeTerm>, number, object]>([
    ['the day the owner is told', {}, 2, until(16)],
    ['to the last day', {}, 15, until(16)],
    ['not after it', {}, 16, { may: true, because: 'owner-had-time' }],
    ['not beyond the day the issuer set', { answerDueAt: day(5) }, 4, until(5)],
    ['on that day', { answerDueAt: day(5) }, 5, { may: true, because: 'owner-had-time' }],
    [
      'where that day is over',
      { answerDueAt: day(1) },
      2,
      { may: true, because: 'owner-had-time' },
    ],
    ['where that day is later', { answerDueAt: day(30) }, 15, until(16)],
    [
      'once the owner has answered',
      { isAnswered: true },
      3,
      { may: true, because: 'owner-answered' },
    ],
    ['under a profile that grants none', { days: 0 }, 2, { may: true, because: 'owner-had-time' }],
  ])('while the owner may challenge: %s', (_title, more, n, verdict) => {
    expect(mayDisclose(told, { ...term, ...more }, day(n))).toEqual(verdict);
  });

  test('an order that comes after the notice takes none of the time', () => {
    const facts = { ...told, orders: [order(3, 90)] };
    expect(mayDisclose(facts, term, day(4))).toEqual(until(16));
  });
});

describe('the laws of notice', () => {
  const anyOrder = fc
    .record({
      from: fc.integer({ min: 0, max: 60 }),
      length: fc.integer({ min: 0, max: 400 }),
      liftedAfter: fc.option(fc.integer({ min: 0, max: 60 }), { nil: null }),
      by: fc.constantFrom('court-order' as const, 'statute' as const),
    })
    .map(({ from, length, liftedAfter, by }) =>
      order(from, from + length, {
        by,
        liftedAt: liftedAfter === null ? null : day(from + liftedAfter),
      }),
    );

  test('no notice while a court silences it; on the first day that none does, it is due [I15]', () => {
    fc.assert(
      fc.property(
        fc.array(anyOrder, { maxLength: 4 }),
        fc.integer({ min: 1, max: 900 }),
        (orders, n) => {
          const isSilenced = orders.some(
            ({ by, from, expiresAt, liftedAt }) =>
              by === 'court-order' &&
              from <= day(n) &&
              day(n) < (expiresAt ?? 0) &&
              (liftedAt === null || day(n) < liftedAt) &&
              day(n) < later(from, days(365)),
          );
          const { state } = noticeState(factsOf('search-warrant', { orders }), day(n));
          expect(state).toBe(isSilenced ? 'silenced' : 'due');
        },
      ),
    );
  });

  test('what silenced a preservation request silences no later disclosure [HLD-5, I15]', () => {
    const rule = ruleOf('preservation-request');
    expect(rule.gag.accepts).toBe('none');
    fc.assert(
      fc.property(fc.constantFrom(...processIds), anyOrder, (process, silence) => {
        if (ruleOf(process).gag.accepts !== 'none') return;
        const facts = factsOf(process, { orders: [silence], disclosedAt: day(2) });
        expect(noticeState(facts, day(20)).state).not.toBe('silenced');
      }),
    );
  });
});
