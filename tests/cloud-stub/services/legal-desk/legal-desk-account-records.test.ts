import { describe, expect, test } from 'vitest';
import type { AccessAct } from '../../../../cloud-stub/catalogue-tables-accounts.ts';
import type { Scope } from '../../../../cloud-stub/custody/holds-scope.ts';
import type { DemandFormInput } from '../../../../cloud-stub/services/legal-desk/demand-form.ts';
import { releasedRecords } from '../../../../cloud-stub/services/legal-desk/legal-desk-export-records.ts';
import { recordPages } from '../../../../cloud-stub/services/legal-desk/legal-desk-records.ts';
import type { ThingName, Ulid } from '../../../../device/wire/ids.ts';
import { days, type EpochMs, hours, isoTime, later } from '../../../../device/wire/time.ts';
import { newYear } from '../../../support/cloud/catalogue-rows.ts';
import { ulidNumbered } from '../../../support/cloud/clip-samples.ts';
import {
  type DeskOffice,
  decided,
  formOf,
  neighbour,
  openDeskOffice,
  owner,
  porch,
} from '../../../support/cloud/desk-office.ts';

const day = (n: number): EpochMs => later(newYear, days(n));
const record = (n: number): Ulid => ulidNumbered(7000 + n);

/**
 * On day 30: the owner signed in before and within days 1 to 3 and looked at the porch; the neighbour
 * signed in too.
 */
async function deskWithAccesses(): Promise<DeskOffice> {
  const office = await openDeskOffice();
  const seen: [number, Ulid, AccessAct, EpochMs, ThingName | null, EpochMs?][] = [
    [1, owner, 'signed-in', day(0), null],
    [2, owner, 'signed-in', day(2), null],
    [3, owner, 'footage-read', later(day(2), hours(1)), porch],
    [4, neighbour, 'signed-in', day(2), null],
    [5, owner, 'signed-in', day(2), null, day(20)],
  ];
  await office.catalogue.write(async (tx) => {
    for (const [n, account, act, at, thing, expiresAt = day(180)] of seen) {
      const origin = { clip: null, address: `192.0.2.${n}`, client: null };
      const times = { at, expiresAt, keptUntil: 0 as EpochMs };
      const row = { record: record(n), account, act, thing, ...origin, ...times };
      await tx.insertInto('accessRecords').values(row).execute();
    }
    for (const [fromAt, name] of [
      [day(0), 'basic'],
      [day(2), 'plus'],
      [day(9), 'none'],
    ] as const) {
      await tx
        .insertInto('plans')
        .values({ account: owner, fromAt, name, clipWindowMs: days(60) })
        .execute();
    }
  });
  await office.pass(days(30));
  return office;
}
const order = (more: Partial<DemandFormInput>): Partial<DemandFormInput> => ({
  process: 'court-order-2703d',
  classes: ['subscriber', 'non-content'],
  ...more,
});
const account = { subjects: [{ by: 'account' as const, account: owner }] };

async function releasedKeys(office: DeskOffice, more: Partial<DemandFormInput>) {
  const demand = await decided(office, formOf(office.clock.now(), more));
  const page = await office.desk.items(office.people.auditor, demand, { limit: 200 });
  return page?.items.filter(({ released }) => released).map(({ key }) => key) ?? [];
}

describe('records of an account [LEG-1, LEG-4]', () => {
  const who = ['name', 'service-length-and-types', 'session-times', 'subscriber-number'].map(
    (field) => `subscriber/${owner}/${field}`,
  );

  test('leave on an order that names it: who looked, what it had, of the time alone', async () => {
    const office = await deskWithAccesses();
    const keys = await releasedKeys(office, order(account));
    expect(keys).toEqual([
      ...[2, 3].map((n) => `access/${record(n)}`),
      expect.stringMatching(/^device\//),
      ...[day(0), day(2)].map((at) => `plan/${owner}/${at}`),
      ...who,
    ]);
  });

  test('leave on one that names its doorbell only as far as they are of the doorbell', async () => {
    const office = await deskWithAccesses();
    const subjects = [{ by: 'device', thing: porch } as const];
    expect(await releasedKeys(office, order({ subjects }))).toEqual([
      `access/${record(3)}`,
      expect.stringMatching(/^device\//),
      ...who,
    ]);
  });

  test('named twice are given once', async () => {
    const office = await deskWithAccesses();
    const subjects = [...account.subjects, { by: 'device', thing: porch } as const];
    const keys = await releasedKeys(office, order({ subjects }));
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys).toHaveLength(5 + who.length);
  });

  test('stay with a subpoena, but for session times, which are of the subscriber [LEG-2]', async () => {
    const office = await deskWithAccesses();
    const issuer = { ...(formOf(day(1)).issuer ?? never()), kind: 'grand-jury' as const };
    const subpoena = { ...account, process: 'grand-jury-subpoena' as const, issuer };
    expect(await releasedKeys(office, subpoena)).toEqual(who);
  });

  test('stand in a bag as they are', async () => {
    const office = await deskWithAccesses();
    const keys = await releasedKeys(office, order(account));
    const records = await releasedRecords(office.catalogue.read, keys, office.clock.now());
    const of = { class: 'non-content', account: owner };
    expect(records).toMatchObject([
      { ...of, thing: null, at: day(2), kind: 'signed-in', facts: { address: '192.0.2.2' } },
      { ...of, thing: porch, kind: 'footage-read', facts: { address: '192.0.2.3', clip: null } },
      { ...of, thing: porch, at: newYear, kind: 'doorbell-owned', facts: { until: null } },
      { ...of, at: day(0), kind: 'plan-changed', facts: { name: 'basic', clipWindowMs: days(60) } },
      { ...of, at: day(2), kind: 'plan-changed', facts: { name: 'plus' } },
      { field: 'name' },
      { field: 'service-length-and-types' },
      {
        field: 'session-times',
        value: `${isoTime(day(0))} from 192.0.2.1; ${isoTime(day(2))} from 192.0.2.2`,
      },
      { field: 'subscriber-number', value: owner },
    ]);
  });

  test('past their window are not there, swept or not [RET-10]', async () => {
    const office = await deskWithAccesses();
    const gone = [`access/${record(5)}`];
    expect(await releasedRecords(office.catalogue.read, gone, office.clock.now())).toEqual([]);
    await office.pass(days(160));
    const open: Scope = { ...account, from: null, to: null };
    const keys: string[] = [];
    for await (const page of recordPages(office.catalogue.read, open, office.clock.now())) {
      keys.push(...page.map(({ key }) => key));
    }
    expect(keys.filter((key) => /^access|session/.test(key))).toEqual([]);
  });
});

function never(): never {
  throw new Error('the form names an issuer');
}
