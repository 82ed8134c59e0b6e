import { describe, expect, test } from 'vitest';
import type { ExportRow } from '../../../../cloud-stub/catalogue-tables-exports.ts';
import type { LegalDesk } from '../../../../cloud-stub/services/legal-desk/legal-desk.ts';
import { deskLimits } from '../../../../cloud-stub/services/legal-desk/legal-desk-limits.ts';
import { openLegalDesk } from '../../../../cloud-stub/services/legal-desk/legal-desk-office.ts';
import type { Ulid } from '../../../../device/wire/ids.ts';
import { days, type EpochMs, isoTime, later } from '../../../../device/wire/time.ts';
import {
  type DeskOffice,
  decided,
  formOf,
  given,
  neighbour,
  openDeskOffice,
  owner,
  paper,
  porchClip,
} from '../../../support/cloud/desk-office.ts';
import { ToldExports } from '../../../support/cloud/told-exports.ts';

async function decidedWarrant(more: Partial<ReturnType<typeof formOf>> = {}) {
  const exports = new ToldExports();
  const office = await openDeskOffice({ exports });
  await office.add(porchClip(1, 1), porchClip(2, 2));
  await office.pass(days(3));
  const demand = await decided(office, formOf(office.clock.now(), more));
  return { exports, office, demand };
}
/** The same, and whoever was told of it needs no time. */
async function waivedWarrant(more: Partial<ReturnType<typeof formOf>> = {}) {
  const scene = await decidedWarrant(more);
  await waive(scene.office.desk);
  return scene;
}
async function waive(desk: LegalDesk): Promise<void> {
  for (const { notice } of await desk.notices(owner)) {
    expect(await desk.waiveChallenge(owner, notice)).toBe(true);
  }
}
const seal = ({ desk, people }: DeskOffice, demand: Ulid) => desk.seal(people.custodian, demand);

describe('an order to the export', () => {
  test('names what was released and the four people who stand for it [EXP-4, LEG-5]', async () => {
    const { exports, office, demand } = await waivedWarrant();
    given(await seal(office, demand));
    const [order] = [...exports.orders.values()];
    expect(order?.clips.map(({ clip }) => clip)).toEqual([
      porchClip(1, 1).clip,
      porchClip(2, 2).clip,
    ]);
    expect(order?.records.map((each) => each.class)).toEqual([
      ...['non-content', 'subscriber', 'subscriber', 'subscriber'],
    ]);
    expect(Object.values(order?.people ?? {}).map(({ name }) => name)).toEqual([
      ...['Officer Olin', 'Rhea', 'Abel', 'Cleo'],
    ]);
    expect(order?.documents).toMatchObject([{ name: 'served-paper.pdf' }]);
  });

  test('is the same one when the seal fails and is asked for again', async () => {
    const { exports, office, demand } = await waivedWarrant();
    exports.faults.push(new Error('the authority is away'), 'lease-over');
    await expect(seal(office, demand)).rejects.toThrow('the authority is away');
    expect(await seal(office, demand)).toMatchObject({
      ...{ because: 'export', detail: expect.stringMatching(/^lease-over: it took longer/) },
    });
    given(await seal(office, demand));
    expect(exports.orders.size).toBe(1);
  });
});

describe('[LEG-6] nothing is sealed before the owner is told', () => {
  test('unless a court says so: then what was released is sealed in silence', async () => {
    const at = (day: number) => isoTime(later(porchClip(1, 0).recordedAt, days(day)));
    const silence = {
      ...{ by: 'court-order' as const, namesProcess: true },
      ...{ from: at(2), expiresAt: at(90) },
    };
    const { office, demand } = await waivedWarrant({ silence });
    expect(await office.desk.notices(owner)).toEqual([]);
    given(await seal(office, demand));
    given(await office.desk.deliver(office.people.custodian, demand));
    expect(await office.desk.notices(owner)).toEqual([]);
    await office.pass(days(87));
    expect(await office.desk.notices(owner)).toMatchObject([{ released: { content: 2 } }]);
  });

  test('not even in the moment between the end of a silence and the notice', async () => {
    const exports = new ToldExports();
    const office = await openDeskOffice({ exports });
    await office.add(porchClip(1, 1));
    await office.pass(days(3));
    // A clock that is ahead of the desk's timers, as after a machine has slept.
    let ahead = days(0);
    const clock = { ...office.clock, now: () => later(office.clock.now(), ahead) };
    const world = { ...office.world, ports: { ...office.world.ports, clock } };
    const desk = await openLegalDesk(world);
    const from = isoTime(clock.now());
    const expiresAt = isoTime(later(clock.now(), days(30)));
    const silence = { by: 'court-order' as const, namesProcess: true, from, expiresAt };
    const demand = await decided({ ...office, desk }, formOf(clock.now(), { silence }));
    ahead = days(31);
    expect(await desk.seal(office.people.custodian, demand)).toMatchObject({
      because: 'owner-not-told',
    });
    await desk.look();
    await waive(desk);
    given(await desk.seal(office.people.custodian, demand));
    await desk.stop();
  });

  test('nor while the owner, told, may still challenge', async () => {
    const { office, demand } = await decidedWarrant();
    const { desk, people } = office;
    const [notice] = await desk.notices(owner);
    const by = later(office.clock.now(), days(14));
    expect(notice?.challengeBy).toBe(by);
    const refusal = {
      because: 'time-to-challenge',
      detail: `the owner was told and has until ${isoTime(by)} to challenge it, or to waive that`,
    };
    expect(await seal(office, demand)).toMatchObject(refusal);
    await office.pass(days(14) - 1);
    expect(await seal(office, demand)).toMatchObject(refusal);
    expect((await desk.show(people.reviewer, demand))?.challengeBy).toBe(by);
    await office.pass(1);
    expect(await desk.waiveChallenge(owner, notice?.notice ?? demand)).toBe(false);
    given(await seal(office, demand));
    given(await desk.deliver(people.custodian, demand));
    const refused = await office.told('demand-refused');
    expect(refused.map(({ facts }) => facts['because'])).toEqual([
      ...['time-to-challenge', 'time-to-challenge'],
    ]);
  });

  test('unless the owner waives it: once, of a notice of its own, until it is delivered', async () => {
    const { office, demand } = await decidedWarrant();
    const { desk, people } = office;
    const [told] = await desk.notices(owner);
    const notice = told?.notice ?? demand;
    expect(await desk.waiveChallenge(neighbour, notice)).toBe(false);
    expect(await desk.waiveChallenge(owner, demand)).toBe(false);
    expect(await desk.waiveChallenge(owner, notice)).toBe(true);
    expect(await desk.waiveChallenge(owner, notice)).toBe(false);
    given(await seal(office, demand));
    // Whoever waived may still go to a court, as long as nothing has left.
    expect(await desk.challenge(owner, notice, 'on second thought')).toBe(true);
    expect(await desk.deliver(people.custodian, demand)).toMatchObject({ because: 'challenged' });
    expect(await office.told('challenge-waived')).toHaveLength(1);
  });

  test('and while the owner challenges, neither is anything handed over', async () => {
    const { exports, office, demand } = await waivedWarrant();
    given(await seal(office, demand));
    const [notice] = await office.desk.notices(owner);
    await office.desk.challenge(owner, notice?.notice ?? demand, 'mine');
    expect(await office.desk.deliver(office.people.custodian, demand)).toMatchObject({
      because: 'challenged',
    });
    expect(exports.handedOver).toEqual([]);
    given(await office.desk.endChallenge(office.people.reviewer, demand, { upheld: false }));
    given(await office.desk.deliver(office.people.custodian, demand));
    expect(exports.handedOver).toHaveLength(1);
  });
});

describe('a bag', () => {
  test('is not delivered before it is sealed, and once it is, once', async () => {
    const { exports, office, demand } = await waivedWarrant();
    const { desk, people } = office;
    expect(await desk.deliver(people.custodian, demand)).toMatchObject({ because: 'stage' });
    given(await seal(office, demand));
    expect(given(await desk.deliver(people.custodian, demand)).stage).toBe('delivered');
    expect(await desk.deliver(people.custodian, demand)).toMatchObject({ because: 'stage' });
    expect(exports.handedOver).toHaveLength(1);
    expect(exports.handedOver[0]?.[1]).toBe(`custodian:${people.custodian.principal}`);
  });

  test('whose handing over a crash cut off is handed over at the next start', async () => {
    const { exports, office, demand } = await waivedWarrant();
    const { custodian } = office.people;
    const sealed = given(await seal(office, demand));
    const id = [...exports.orders.keys()][0] ?? demand;
    exports.deliveryFaults.push(new Error('killed'));
    await expect(office.desk.deliver(custodian, demand)).rejects.toThrow('killed');
    expect(sealed.stage).toBe('decided');
    expect((await office.desk.show(custodian, demand))?.stage).toBe('delivered');
    await office.catalogue.write((tx) =>
      tx
        .insertInto('exports')
        .values(sealedRow(id, demand, office.clock.now()))
        .execute(),
    );
    await office.reopen();
    expect(exports.handedOver).toEqual([[id, `custodian:${custodian.principal}`]]);
    await office.catalogue.write((tx) =>
      tx.updateTable('exports').set({ deliveredAt: office.clock.now() }).execute(),
    );
    await office.reopen();
    expect(exports.handedOver).toHaveLength(1);
  });

  test('of a demand that is withdrawn goes at once', async () => {
    const { exports, office, demand } = await waivedWarrant();
    given(await seal(office, demand));
    given(await office.desk.withdraw(office.people['agency-officer'], demand));
    expect(exports.removed).toEqual([[[...exports.orders.keys()][0], 'withdrawn']]);
  });

  test('of a demand that another of its sender supersedes goes at once [LEG-3]', async () => {
    const { exports, office, demand } = await waivedWarrant();
    given(await seal(office, demand));
    const { desk, people, clock } = office;
    const officer = people['agency-officer'];
    const form = formOf(clock.now(), { supersedes: demand });
    const newer = given(await desk.submit(officer, form, paper('narrower')));
    expect(await desk.show(people.auditor, demand)).toMatchObject({
      ...{ stage: 'closed', outcome: { code: 'SUPERSEDED' } },
    });
    expect(exports.removed).toEqual([[[...exports.orders.keys()][0], 'superseded']]);
    // What both name stays held: by the newer one's intake, and until two people let go of the older.
    const held = await office.holds.ofBasis(newer.demand);
    expect(held.map(({ kind, ended }) => [kind, ended])).toEqual([['intake', null]]);
    expect(await desk.submit(officer, form, paper('again'))).toMatchObject({ because: 'stage' });
    const foreign = formOf(clock.now(), { supersedes: owner });
    expect(await desk.submit(officer, foreign, paper('of nobody'))).toMatchObject({
      ...{ because: 'malformed', invalid: [{ where: 'supersedes' }] },
    });
  });

  test('is for its agency alone, and only when it was handed over', async () => {
    const { office, demand } = await waivedWarrant();
    given(await seal(office, demand));
    expect(await office.desk.openBag(office.people['agency-officer'], demand)).toBeNull();
    expect(await office.desk.openBag(office.people.reviewer, demand)).toBeNull();
    const refused = await office.told('demand-refused');
    expect(refused.map(({ facts }) => facts['act'])).toEqual(['open-bag', 'open-bag']);
  });
});

test('an agency has room for so many open demands, and more are refused and told', async () => {
  const office = await openDeskOffice();
  await office.pass(days(3));
  const { desk, people, clock } = office;
  const form = formOf(clock.now(), { from: null });
  const { demand } = given(await desk.submit(people['agency-officer'], form, paper()));
  const row = await office.catalogue.read
    .selectFrom('demands')
    .selectAll()
    .where('demand', '=', demand)
    .executeTakeFirstOrThrow();
  await office.catalogue.write(async (tx) => {
    for (let n = 1; n < deskLimits.openDemandsMax; n++) {
      const id = `${demand.slice(0, 20)}${String(n).padStart(6, '0')}` as Ulid;
      await tx
        .insertInto('demands')
        .values({ ...row, demand: id, lookAt: null })
        .execute();
    }
  });
  expect(await desk.submit(people['agency-officer'], form, paper())).toMatchObject({
    because: 'too-many',
  });
});

/** As exports leave it once a bag is sealed. */
const sealedRow = (id: Ulid, demand: Ulid, at: EpochMs): ExportRow => ({
  ...{ export: id, demand, state: 'sealed', sealOrder: '{}', orderSha256: 'a'.repeat(64) },
  ...{ leasedAt: at, ledgerSize: 1, checkpointNote: null, sealAskedAt: at, sealedAt: at },
  ...{ expiresAt: later(at, days(90)), deliveredAt: null, removedAt: null },
  ...{ items: 1, files: 1, sizeBytes: 1, tagManifestSha256: 'b'.repeat(64) },
});
