import { describe, expect, test } from 'vitest';
import type { MatterFacts, MatterKind } from '../../../cloud-stub/legal/matter-facts.ts';
import { TransparencyFold } from '../../../cloud-stub/legal/transparency-fold.ts';
import { transparencyReport } from '../../../cloud-stub/legal/transparency-report.ts';
import { days, epochMs, later } from '../../../device/wire/time.ts';
import { newYear } from '../../support/cloud/catalogue-rows.ts';
import { ulidNumbered } from '../../support/cloud/clip-samples.ts';

const period = { from: newYear, to: later(newYear, days(365)) };
const day = (n: number) => later(newYear, days(n));
const none = { subscriber: 0, 'non-content': 0, content: 0 };

/** The report of what is told to it, and nothing else. */
function ledgerOf() {
  const fold = new TransparencyFold(period);
  const tell = <Kind extends MatterKind>(kind: Kind, at: number, facts: MatterFacts<Kind>): void =>
    fold.add({ kind, at, facts });
  let demands = 0;
  return {
    fold,
    tell,
    report: () => transparencyReport(fold),
    demands(
      count: number,
      { at = day(10), ...wanted }: Partial<MatterFacts<'demand-received'>> & { at?: number } = {},
      decided: Partial<MatterFacts<'demand-decided'>> | null = {},
    ): void {
      for (let n = 0; n < count; n++) {
        const demand = ulidNumbered(++demands);
        tell('demand-received', at, {
          demand,
          process: 'search-warrant',
          reportAs: 'search-warrants',
          agency: `agency:${String(n % 12).padStart(32, '0')}`,
          classes: ['content'],
          accountsNamed: 1,
          devicesNamed: 2,
          documentSha256: null,
          ...wanted,
        });
        if (decided === null) continue;
        tell('demand-decided', later(epochMs(at), days(n % 3)), {
          demand,
          outcome: 'FULL',
          reasons: [],
          released: { ...none, content: 3, subscriber: 1 },
          ...decided,
        });
      }
    },
  };
}

const rowOf = (report: ReturnType<typeof transparencyReport>, process: string) =>
  report.processes.find((row) => row.process === process);

test('an empty ledger gives a report of zeros', () => {
  const { report } = ledgerOf();
  expect(rowOf(report(), 'all')).toEqual({
    process: 'all',
    received: 0,
    outcomes: Object.fromEntries(
      [
        ...['FULL', 'PARTIAL', 'NO_RECORDS', 'REJECTED', 'CLARIFY', 'WITHDRAWN', 'QUASHED'],
        ...['CHALLENGED', 'SUPERSEDED', 'waiting'],
      ].map((outcome) => [outcome, 0]),
    ),
    contentProduced: 0,
    withoutContent: 0,
    agencies: 0,
    accountsNamed: 0,
    devicesNamed: 0,
    itemsReleased: 0,
    medianDays: null,
  });
});

test('demands are counted by kind and answer, with what they named and what left [LOG-3]', () => {
  const ledger = ledgerOf();
  ledger.demands(20);
  ledger.demands(15, {}, { outcome: 'REJECTED', reasons: ['unsigned'], released: none });
  ledger.demands(12, {}, null);
  ledger.demands(
    30,
    { reportAs: 'subpoenas', process: 'trial-subpoena' },
    {
      outcome: 'PARTIAL',
      reasons: ['overbroad'],
      released: { ...none, subscriber: 2 },
    },
  );
  const report = ledger.report();
  expect(rowOf(report, 'search-warrants')).toMatchObject({
    received: 47,
    outcomes: { FULL: 20, REJECTED: 15, waiting: 12, PARTIAL: 0 },
    contentProduced: 20,
    withoutContent: 0,
    agencies: 12,
    accountsNamed: 47,
    devicesNamed: 94,
    itemsReleased: 80,
    medianDays: 1,
  });
  expect(rowOf(report, 'all')).toMatchObject({ received: 77, outcomes: { PARTIAL: 30 } });
  expect(report.rejections).toMatchObject({ unsigned: 15, stale: 0 });
  expect(report.unreadable).toBe(0);
});

test('the last answer before the end of the period counts, and what comes after does not [LOG-3]', () => {
  const ledger = ledgerOf();
  ledger.demands(10, {}, { outcome: 'CLARIFY', reasons: ['stale'], released: none });
  for (let n = 1; n <= 10; n++) {
    const demand = ulidNumbered(n);
    const facts = { demand, reasons: [], released: none };
    ledger.tell('demand-decided', day(100), { ...facts, outcome: 'NO_RECORDS' });
    ledger.tell('demand-decided', day(365), { ...facts, outcome: 'FULL' });
  }
  ledger.demands(5, { at: day(365) });
  ledger.demands(50, { at: day(-1) });
  expect(rowOf(ledger.report(), 'search-warrants')).toMatchObject({
    received: 10,
    outcomes: { NO_RECORDS: 10, CLARIFY: 0, FULL: 0 },
  });
});

describe('small numbers [LOG-3]', () => {
  test('are not published, nor what would give them away', () => {
    const ledger = ledgerOf();
    ledger.demands(40);
    ledger.demands(3, {}, { outcome: 'REJECTED', reasons: ['stale'], released: none });
    const report = ledger.report();
    const row = rowOf(report, 'search-warrants');
    // 43 received and 40 in full would tell of three others.
    expect([row?.received, row?.outcomes['FULL']].includes(null)).toBe(true);
    expect(row?.outcomes['REJECTED']).toBeNull();
    expect(report.rejections['stale']).toBeNull();
  });

  test('hide what few demands named, however much that is', () => {
    const ledger = ledgerOf();
    ledger.demands(30);
    ledger.demands(30, { reportAs: 'subpoenas', process: 'trial-subpoena' });
    ledger.demands(2, { reportAs: 'civil', process: 'civil-subpoena', devicesNamed: 500 });
    const report = ledger.report();
    expect(rowOf(report, 'civil')).toMatchObject({
      received: null,
      accountsNamed: null,
      devicesNamed: null,
      itemsReleased: null,
      medianDays: null,
    });
    const all = rowOf(report, 'all')?.devicesNamed;
    const others = ['search-warrants', 'subpoenas'].map(
      (each) => rowOf(report, each)?.devicesNamed,
    );
    expect([all, ...others].includes(null)).toBe(true);
  });
});

test('national security is told in bands and is part of no total', () => {
  const ledger = ledgerOf();
  ledger.demands(12);
  const secret = { reportAs: 'national-security', process: 'national-security-letter' } as const;
  ledger.demands(260, { ...secret, accountsNamed: 3 });
  const report = ledger.report();
  expect(report.nationalSecurity).toEqual({ received: '250-499', accountsNamed: '750-999' });
  expect(rowOf(report, 'all')?.received).toBe(12);
  expect(JSON.stringify(report)).not.toContain('260');
});

test('holds, notices and orders of silence are counted by what became of them', () => {
  const ledger = ledgerOf();
  for (let n = 1; n <= 30; n++) {
    const hold = ulidNumbered(n);
    ledger.tell('hold-placed', day(1), {
      hold,
      kind: 'preservation-request',
      basis: ulidNumbered(500 + n),
      expiresAt: day(91),
      // As it stood before there was an entry of its own.
      ...(n <= 10 ? { ownerDeleted: 1 } : {}),
    });
    if (n > 10) ledger.tell('hold-reached', day(1), { hold, clips: 4, ownerDeleted: 1 });
    if (n <= 12) ledger.tell('hold-renewed', day(80), { hold, expiresAt: day(181) });
    ledger.tell('hold-ended', day(200), { hold, because: n <= 18 ? 'lapsed' : 'converted' });
    const demand = ulidNumbered(500 + n);
    const from = day(2);
    const silence = { demand, by: 'court-order', from, until: day(92) } as const;
    ledger.tell('silence-began', day(2), silence);
    ledger.tell('silence-ended', day(92), { demand, because: n <= 15 ? 'expired' : 'lifted' });
    ledger.tell('notice-sent', day(93), { demand, when: n <= 20 ? 'after' : 'before' });
  }
  const { holds, silences, notices } = ledger.report();
  expect(holds).toMatchObject({
    placed: 30,
    byKind: { 'preservation-request': 30 },
    renewed: 12,
    ended: 30,
    byEnding: { lapsed: 18, converted: 12, released: 0, rejected: 0 },
    ownerDeletedClips: 30,
  });
  expect(silences).toEqual({ began: 30, expired: 15, lifted: 15, withoutEnd: 0, meanDays: 90 });
  expect(notices).toEqual({ sent: 30, before: 10, after: 20 });
});

test('an emergency that could not be verified is told from one that was denied', () => {
  const ledger = ledgerOf();
  const emergency = { reportAs: 'emergency', process: 'emergency' } as const;
  ledger.demands(25, emergency);
  const rejected = { outcome: 'REJECTED', released: none } as const;
  ledger.demands(14, emergency, { ...rejected, reasons: ['unverified_sender'] });
  ledger.demands(11, emergency, { ...rejected, reasons: ['emergency_not_shown'] });
  expect(ledger.report().emergencies).toEqual({
    granted: 25,
    denied: 25,
    verificationFailed: 14,
    deniedOtherwise: 11,
    followed: 0,
    unfollowed: 0,
  });
});

test('process that followed emergencies is told, and that none did; what fell short is neither', () => {
  const ledger = ledgerOf();
  const demand = ulidNumbered(1);
  const told = (kind: string, count: number, facts: object) => {
    for (let n = 0; n < count; n++)
      ledger.fold.add({ kind, at: day(1), facts: { demand, ...facts } });
  };
  const process = ulidNumbered(2);
  told('emergency-followed', 12, { process, suffices: true });
  told('emergency-followed', 30, { process, suffices: false });
  told('emergency-unfollowed', 11, {});
  const { emergencies, unreadable } = ledger.report();
  expect([emergencies.followed, emergencies.unfollowed, unreadable]).toEqual([12, 11, 0]);
  const few = ledgerOf();
  few.fold.add({ kind: 'emergency-unfollowed', at: day(1), facts: { demand } });
  expect(few.report().emergencies.unfollowed).toBeNull();
});

test('an entry whose facts cannot be read is told, not passed over', () => {
  const ledger = ledgerOf();
  ledger.fold.add({ kind: 'demand-received', at: day(1), facts: { demand: 'x' } });
  ledger.fold.add({ kind: 'clip-viewed', at: day(1), facts: {} });
  expect(ledger.report().unreadable).toBe(1);
});
