import { describe, expect, test } from 'vitest';
import type { HoldKind } from '../../../../cloud-stub/custody/holds-policy.ts';
import type { Subject } from '../../../../cloud-stub/custody/holds-scope.ts';
import { ring2019 } from '../../../../cloud-stub/custody/profiles/ring-2019.ts';
import type { Placement } from '../../../../cloud-stub/services/holds/hold-placing.ts';
import { days, hours, later, milliseconds, uptimeMs } from '../../../../device/wire/time.ts';
import { thingNamed, ulidNumbered } from '../../../support/cloud/clip-samples.ts';
import { type CloudWorld, openCloudWorld } from '../../../support/cloud/cloud-world.ts';
import type { FakeDevice } from '../../../support/cloud/fake-device.ts';
import { ada, holdNumbered } from '../../../support/cloud/hold-office.ts';

/** A hold on the porch, of no particular time. */
const holding = (kind: HoldKind, wanted: Partial<Placement> = {}): Placement => ({
  hold: holdNumbered(1),
  kind,
  basis: ulidNumbered(7001),
  scope: { subjects: [{ by: 'device', thing: thingNamed('porch') }], from: null, to: null },
  by: `reviewer:${ada}`,
  ...wanted,
});

/** Recorded `ago` before it is sent, in the boot that sends it: its time is exact. */
function recorded(world: CloudWorld, device: FakeDevice, n: number, ago: number) {
  const startedAt = later(world.clock.now(), milliseconds(-ago));
  const uptimeNowMs = uptimeMs(days(200));
  const clock = {
    uptimeAtStartMs: uptimeMs(uptimeNowMs - ago),
    uptimeNowMs,
    syncedAtUptimeMs: uptimeMs(0),
  };
  return device.clip(ulidNumbered(n), { seq: n, startedAt, clock });
}

const holdsOf = (world: CloudWorld, n: number) =>
  world.ports.catalogue.read
    .selectFrom('holdAttachments')
    .select('hold')
    .where('clip', '=', ulidNumbered(n))
    .orderBy('hold')
    .execute();

describe('a clip that is stored under a hold placed before [HLD-3]', () => {
  test.each<[HoldKind, boolean]>([
    ['court-order', true],
    ['litigation', true],
    ['search-warrant', false],
    ['preservation-request', false],
    ['eu-preservation', false],
    ['backup-preservation', false],
    ['intake', false],
  ])('%s: attached at its commit is %s', async (kind, attaches) => {
    const world = await openCloudWorld();
    const porch = await world.device('porch');
    recorded(world, porch, 1, 1000).sendAll();
    await world.pass(1000);
    expect(await world.cloud.holds.place(holding(kind))).toMatchObject({ ok: true, held: 1 });
    recorded(world, porch, 2, 1000).sendAll();
    await world.pass(1000);
    expect(await holdsOf(world, 2)).toEqual(attaches ? [{ hold: holdNumbered(1) }] : []);
    const captured = await world.entries('hold-captured');
    expect(captured.map(({ clip }) => clip)).toEqual(attaches ? [ulidNumbered(2)] : []);
    expect((await world.row({ thing: porch.thing, clip: ulidNumbered(2) }))?.keptUntil).toBe(
      attaches ? null : 0,
    );
  });

  test('is recorded before the hold, and uploaded after: its own time decides', async () => {
    const world = await openCloudWorld();
    const porch = await world.device('porch');
    const from = world.clock.now();
    const { subjects } = holding('court-order').scope;
    const scope = { subjects, from: later(from, days(-2)), to: later(from, days(-1)) };
    await world.cloud.holds.place(holding('court-order', { scope }));
    recorded(world, porch, 1, days(1.5)).sendAll();
    recorded(world, porch, 2, days(2.5)).sendAll();
    recorded(world, porch, 3, days(0.5)).sendAll();
    await world.pass(1000);
    expect(await Promise.all([1, 2, 3].map((n) => holdsOf(world, n)))).toEqual([
      [{ hold: holdNumbered(1) }],
      [],
      [],
    ]);
  });

  test('past its window it is kept, unseen, and on the wire like any other [WIRE-8, RET-4]', async () => {
    const world = await openCloudWorld();
    const porch = await world.device('porch');
    await world.cloud.holds.place(holding('court-order'));
    const late = recorded(world, porch, 1, days(61));
    const key = { thing: porch.thing, clip: late.clip };
    late.sendAll();
    await world.pass(1000);
    expect(late.receipt?.state).toBe('stored');
    expect(await world.row(key)).toMatchObject({ possession: 'stored', visibility: 'expired' });
    expect(await world.cloud.footage.find(world.owner, key)).toBeNull();
    for (const by of [`reviewer:${ulidNumbered(8001)}`, `approver:${ulidNumbered(8002)}`]) {
      await world.cloud.holds.release({ hold: holdNumbered(1), because: 'released', by });
    }
    await world.pass(days(30) - 60_000);
    expect(await world.row(key)).toMatchObject({ possession: 'stored' });
    await world.pass(120_000);
    expect(await world.row(key)).toMatchObject({ possession: 'shredded' });
  });

  test('after the hold has ended nothing attaches', async () => {
    const world = await openCloudWorld();
    const porch = await world.device('porch');
    await world.cloud.holds.place(holding('litigation'));
    for (const by of [`reviewer:${ulidNumbered(1)}`, `approver:${ulidNumbered(2)}`]) {
      await world.cloud.holds.release({ hold: holdNumbered(1), because: 'released', by });
    }
    recorded(world, porch, 1, 1000).sendAll();
    await world.pass(1000);
    expect(await holdsOf(world, 1)).toEqual([]);
  });

  test('by account: what its device recorded while the account owned it, and no longer', async () => {
    const world = await openCloudWorld();
    const porch = await world.device('porch');
    const { account: other } = await world.cloud.accounts.open('other');
    const by = (subject: Subject, n: number) =>
      holding('court-order', {
        hold: holdNumbered(n),
        scope: { subjects: [subject], from: null, to: null },
      });
    await world.cloud.holds.place(by({ by: 'account', account: world.owner }, 1));
    await world.cloud.holds.place(by({ by: 'account', account: other }, 2));
    await world.cloud.holds.place(
      by({ by: 'device-of-account', thing: porch.thing, account: other }, 3),
    );
    await world.cloud.holds.place(
      by({ by: 'device-of-account', thing: thingNamed('gate'), account: other }, 4),
    );
    await world.pass(hours(1));
    await world.cloud.accounts.release(world.owner, porch.thing);
    await world.cloud.accounts.claim(other, porch.thing);
    await world.pass(hours(1));
    // Sent when the other owns the device; whose it is was settled when it was recorded.
    recorded(world, porch, 1, hours(1.5)).sendAll();
    recorded(world, porch, 2, hours(0.5)).sendAll();
    await world.pass(1000);
    expect(await holdsOf(world, 1)).toEqual([{ hold: holdNumbered(1) }]);
    expect(await holdsOf(world, 2)).toEqual([2, 3].map((n) => ({ hold: holdNumbered(n) })));
  });
});

test.each<[HoldKind, string]>([
  ['litigation', 'stored'],
  ['search-warrant', 'shredded'],
])(
  'a clip deleted while it arrives, under a %s placed before: %s [HLD-3, DEL-2, DEL-4]',
  async (kind, possession) => {
    const world = await openCloudWorld({ policy: { ...ring2019, userDelete: { kind: 'purge' } } });
    const porch = await world.device('porch');
    recorded(world, porch, 1, 1000).sendAll();
    await world.pass(1000);
    expect(await world.cloud.holds.place(holding(kind))).toMatchObject({ ok: true });
    const clip = recorded(world, porch, 2, 0);
    const key = { thing: porch.thing, clip: clip.clip };
    clip.init();
    clip.sendChunks(0, 3);
    await world.pass(1000);
    expect(await world.cloud.footage.remove(world.owner, key)).toBe(true);
    await world.pass(1000);
    clip.sendChunks(3);
    clip.final();
    await world.pass(1000);
    expect(clip.receipt?.state).toBe('stored');
    expect(await world.row(key)).toMatchObject({ possession });
    expect(await world.cloud.footage.find(world.owner, key)).toBeNull();
    const held = possession === 'stored' ? [{ hold: holdNumbered(1) }] : [];
    expect(await holdsOf(world, 2)).toEqual(held);
  },
);

describe('a clip that arrives while a hold is placed [HLD-2]', () => {
  test('is held whole, whatever the kind', async () => {
    const world = await openCloudWorld();
    const porch = await world.device('porch');
    const clip = recorded(world, porch, 1, 0);
    const key = { thing: porch.thing, clip: clip.clip };
    clip.init();
    clip.sendChunks(0, 3);
    await world.pass(1000);
    expect(await world.cloud.holds.place(holding('search-warrant'))).toMatchObject({ held: 1 });
    clip.sendChunks(3);
    clip.final();
    await world.pass(1000);
    expect(await world.row(key)).toMatchObject({ possession: 'stored', keptUntil: null });
    expect(await world.bytes(key)).toEqual(clip.bytes());
    await world.pass(days(62));
    expect(await world.row(key)).toMatchObject({ possession: 'stored' });
    expect(await world.cloud.footage.find(world.owner, key)).toBeNull();
  });

  test('is held when it falls silent: what is salvaged, and what comes later', async () => {
    const world = await openCloudWorld();
    const porch = await world.device('porch');
    world.bus.presence(porch.thing, true);
    await world.cloud.holds.place(holding('court-order'));
    const clip = recorded(world, porch, 1, 0);
    const key = { thing: porch.thing, clip: clip.clip };
    clip.init();
    clip.sendChunks(0, 4);
    clip.mark(3);
    await world.pass(1000);
    world.bus.presence(porch.thing, false);
    await world.pass(61_000);
    expect(await world.row(key)).toMatchObject({ possession: 'stored', chunks: 3 });
    expect(await holdsOf(world, 1)).toHaveLength(1);
    world.bus.presence(porch.thing, true);
    clip.init();
    clip.sendChunks(3);
    clip.final();
    await world.pass(1000);
    expect(await world.row(key)).toMatchObject({ chunks: 6, keptUntil: null });
    expect(await world.entries('hold-captured')).toHaveLength(1);
  });
});
