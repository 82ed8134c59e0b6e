import { describe, expect, test } from 'vitest';
import { eu } from '../../../../cloud-stub/custody/profiles/eu.ts';
import { privacyFirst } from '../../../../cloud-stub/custody/profiles/privacy-first.ts';
import { ring2019 } from '../../../../cloud-stub/custody/profiles/ring-2019.ts';
import { releasedRecords } from '../../../../cloud-stub/services/legal-desk/legal-desk-export-records.ts';
import { days, hours, later, milliseconds, minutes } from '../../../../device/wire/time.ts';
import { ulidNumbered } from '../../../support/cloud/clip-samples.ts';
import { type CloudWorld, openCloudWorld } from '../../../support/cloud/cloud-world.ts';
import { ada, bea } from '../../../support/cloud/hold-office.ts';

const key = (n: number) => ({ thing: 'porch' as never, clip: ulidNumbered(n) });
const reviewer = `reviewer:${ada}`;

/** Three clips of a doorbell, one of them deleted and one still arriving, and an event. */
async function household(policy = ring2019) {
  const world = await openCloudWorld({ policy });
  const porch = await world.device('porch');
  for (const n of [0, 1]) {
    const clip = porch.clip(ulidNumbered(n), { seq: n, startedAt: world.clock.now() });
    clip.sendAll();
    await world.pass(minutes(1));
  }
  const arriving = porch.clip(ulidNumbered(2), { seq: 2, startedAt: world.clock.now() });
  arriving.init();
  arriving.sendChunks(0, 3);
  porch.event(0, ulidNumbered(90), world.clock.now());
  await world.pass(minutes(1));
  await world.cloud.footage.remove(world.owner, key(1));
  await world.cloud.account.signedIn(world.owner, { address: '192.0.2.7', client: 'a browser' });
  return { world, porch, arriving };
}

const holdAll = (world: CloudWorld) =>
  world.cloud.holds.place({
    hold: ulidNumbered(5000),
    kind: 'court-order',
    basis: ulidNumbered(7000),
    scope: {
      subjects: [{ by: 'device', thing: 'porch' as never }],
      from: null,
      to: null,
    },
    by: reviewer,
  });

const possessions = async (world: CloudWorld) =>
  Promise.all([0, 1, 2].map(async (n) => (await world.row(key(n)))?.possession));
const count = async (world: CloudWorld, table: 'events' | 'accessRecords' | 'escrows') =>
  (await world.ports.catalogue.read.selectFrom(table).selectAll().execute()).length;

describe('closing an account [DEL-5]', () => {
  test.each([ring2019, privacyFirst, eu])(
    'under $name everything unheld goes through the purge worker [RET-9]',
    async (policy) => {
      const { world, arriving } = await household(policy);
      expect(await world.cloud.account.close(world.owner)).toBe(true);
      await world.pass(minutes(2));
      expect(await possessions(world)).toEqual(['shredded', 'shredded', 'shredded']);
      const told = await world.entries('purged');
      expect(told.map(({ clip }) => clip).sort()).toEqual([0, 1, 2].map(ulidNumbered));
      expect(await count(world, 'events')).toBe(0);
      expect(await count(world, 'accessRecords')).toBe(0);
      expect(await count(world, 'escrows')).toBe(0);
      // What was still on its way runs to its end, and is dropped. [WIRE-8]
      arriving.init();
      arriving.sendChunks();
      arriving.final();
      await world.pass(minutes(2));
      expect(arriving.receipt?.state).toBe('stored');
      expect(await possessions(world)).toEqual(['shredded', 'shredded', 'shredded']);
    },
  );

  test('nobody signs in any more, and what the doorbell records is nobody’s', async () => {
    const { world, porch } = await household();
    await world.cloud.account.close(world.owner);
    expect(await world.cloud.accounts.authenticate(world.token)).toBeNull();
    expect(await world.cloud.account.view(world.owner)).toBeNull();
    expect((await world.cloud.footage.list(world.owner, { limit: 9 })).items).toEqual([]);
    expect((await world.cloud.happenings.list(world.owner, { limit: 9 })).items).toEqual([]);
    expect(await world.cloud.devices.list(world.owner)).toEqual([]);
    expect(await world.cloud.accounts.issueToken(world.owner)).toBeNull();
    await world.pass(minutes(1));
    const clip = porch.clip(ulidNumbered(3), { seq: 3, startedAt: world.clock.now() });
    clip.sendAll();
    await world.pass(minutes(1));
    expect(await world.row(key(3))).toMatchObject({ account: null, possession: 'stored' });
  });

  test('a clip of before that arrives after it is hidden and goes at once', async () => {
    const { world, porch } = await household();
    const startedAt = world.clock.now();
    await world.pass(minutes(1));
    await world.cloud.account.close(world.owner);
    await world.pass(minutes(1));
    const clip = porch.clip(ulidNumbered(3), {
      seq: 3,
      startedAt,
      clock: {
        uptimeAtStartMs: 1000 as never,
        uptimeNowMs: (1000 + minutes(2)) as never,
        syncedAtUptimeMs: 0 as never,
      },
    });
    clip.sendAll();
    await world.pass(minutes(2));
    expect(clip.receipt?.state).toBe('stored');
    expect(await world.row(key(3))).toMatchObject({
      account: world.owner,
      visibility: 'account-closed',
      possession: 'shredded',
    });
  });

  test('is accepted alike whatever is held; that waits in escrow, with a name and no more', async () => {
    const { world } = await household();
    await holdAll(world);
    expect(await world.cloud.account.close(world.owner)).toBe(true);
    expect(await world.cloud.account.close(world.owner)).toBe(false);
    await world.pass(hours(1));
    expect(await possessions(world)).toEqual(['stored', 'stored', 'stored']);
    const { read } = world.ports.catalogue;
    const account = await read
      .selectFrom('accounts')
      .selectAll()
      .where('account', '=', world.owner)
      .executeTakeFirst();
    expect(account).toMatchObject({ name: 'closed account' });
    const [escrow] = await read.selectFrom('escrows').selectAll().execute();
    expect(escrow).toMatchObject({ account: world.owner, name: 'owner', endedAt: null });
    expect(await read.selectFrom('tokens').selectAll().execute()).toEqual([]);
    // A demand that compels the subscriber's name still finds it there. [LEG-1]
    const nameOf = () =>
      releasedRecords(read, [`subscriber/${world.owner}/name`], world.ports.clock.now());
    expect(await nameOf()).toMatchObject([{ class: 'subscriber', value: 'owner' }]);
    // The event of the held doorbell stays with it; the sign-in was of no doorbell. [RET-10]
    expect([await count(world, 'events'), await count(world, 'accessRecords')]).toEqual([1, 0]);

    for (const by of [reviewer, `approver:${bea}`]) {
      await world.cloud.holds.release({ hold: ulidNumbered(5000), by, because: 'released' });
    }
    await world.pass(days(32));
    await world.cloud.sweeper.sweep();
    expect(await possessions(world)).toEqual(['shredded', 'shredded', 'shredded']);
    await world.cloud.sweeper.sweep();
    expect([await count(world, 'escrows'), await count(world, 'events')]).toEqual([0, 0]);
    expect(await nameOf()).toEqual([]);
    expect(await world.ports.identities.obtain(world.owner)).toBeNull();
    const kinds = ['account-closed', 'escrow-ended', 'identity-shredded'] as const;
    for (const kind of kinds) expect(await world.entries(kind)).toHaveLength(1);
  });

  test('is possible by a clock that was set back since the owner was last seen [RET-8]', async () => {
    let clockOffMs = 0;
    const world = await openCloudWorld({
      ports: (ports) => ({
        ...ports,
        clock: { ...ports.clock, now: () => later(ports.clock.now(), milliseconds(clockOffMs)) },
      }),
    });
    clockOffMs = hours(1);
    await world.cloud.account.signedIn(world.owner, { address: '192.0.2.7', client: 'a browser' });
    clockOffMs = 0;
    expect(await world.cloud.account.close(world.owner)).toBe(true);
    const records = await world.ports.catalogue.read
      .selectFrom('accessRecords')
      .select(['at', 'expiresAt'])
      .execute();
    const at = later(world.clock.now(), hours(1));
    expect(records).toEqual([{ at, expiresAt: at }]);
  });

  test('an event from before it that arrives after it goes like the others [RET-10]', async () => {
    const { world, porch } = await household();
    const rangAt = world.clock.now();
    await world.pass(minutes(1));
    expect(await world.cloud.account.close(world.owner)).toBe(true);
    await world.pass(minutes(1));
    porch.event(1, ulidNumbered(91), rangAt);
    await world.settle();
    expect(porch.eventReceipts.at(-1)).toBe(1);
    await world.pass(minutes(2));
    expect(await count(world, 'events')).toBe(0);
  });
});

describe('records of access [RET-10]', () => {
  test('are one an hour for the same act, and go when their window ends', async () => {
    const { world } = await household(privacyFirst);
    const { account, footage, sweeper } = world.cloud;
    await world.pass(minutes(1));
    for (let n = 0; n < 3; n++) {
      const opened = await footage.open(world.owner, key(0), {
        address: '192.0.2.7',
        client: null,
      });
      await opened?.close();
    }
    const { items } = await account.accesses(world.owner, { limit: 9 });
    expect(items.map(({ act, clip, address }) => [act, clip, address])).toEqual([
      ['footage-read', ulidNumbered(0), '192.0.2.7'],
      ['signed-in', null, '192.0.2.7'],
    ]);
    await world.pass(privacyFirst.accessWindowMs - hours(1));
    expect(await count(world, 'accessRecords')).toBe(2);
    await world.pass(hours(2));
    expect((await account.accesses(world.owner, { limit: 9 })).items).toEqual([]);
    await sweeper.sweep();
    expect(await count(world, 'accessRecords')).toBe(0);
    expect((await world.entries('access-purged')).length).toBeGreaterThan(0);
  });

  test('a held doorbell keeps its events past their window, out of the owner’s sight', async () => {
    const { world } = await household();
    await holdAll(world);
    await world.pass(ring2019.eventWindowMs + hours(2));
    await world.cloud.sweeper.sweep();
    expect(await count(world, 'events')).toBe(1);
    expect((await world.cloud.happenings.list(world.owner, { limit: 9 })).items).toEqual([]);
    for (const by of [reviewer, `approver:${bea}`]) {
      await world.cloud.holds.release({ hold: ulidNumbered(5000), by, because: 'released' });
    }
    await world.pass(days(2));
    await world.cloud.sweeper.sweep();
    expect(await count(world, 'events')).toBe(0);
  });
});
