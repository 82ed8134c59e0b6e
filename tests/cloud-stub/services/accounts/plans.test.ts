import { describe, expect, test } from 'vitest';
import { eu } from '../../../../cloud-stub/custody/profiles/eu.ts';
import { days, hours, later, minutes } from '../../../../device/wire/time.ts';
import { ulidNumbered } from '../../../support/cloud/clip-samples.ts';
import { type CloudWorld, openCloudWorld } from '../../../support/cloud/cloud-world.ts';
import type { FakeClip, FakeDevice } from '../../../support/cloud/fake-device.ts';

const keyOf = (clip: FakeClip) => ({ thing: 'porch' as never, clip: clip.clip });
const windowOf = async (world: CloudWorld, clip: FakeClip): Promise<number> => {
  const row = await world.row(keyOf(clip));
  return (row?.expiresAt ?? 0) - (row?.recordedAt ?? 0);
};

/** Recorded now. */
async function uploaded(world: CloudWorld, porch: FakeDevice, n: number): Promise<FakeClip> {
  const clip = porch.clip(ulidNumbered(n), { seq: n, startedAt: world.clock.now() });
  clip.sendAll();
  await world.pass(300);
  return clip;
}

describe('a plan [RET-3]', () => {
  test("is the profile's own until one is chosen", async () => {
    const world = await openCloudWorld();
    expect(await world.cloud.plans.current(world.owner)).toEqual({
      fromAt: 0,
      name: 'ring-2019',
      clipWindowMs: days(60),
    });
  });

  test('touches only clips recorded later, also where an earlier one arrives after it', async () => {
    const world = await openCloudWorld();
    const porch = await world.device('porch');
    const before = await uploaded(world, porch, 0);
    const arriving = porch.clip(ulidNumbered(1), { seq: 1, startedAt: world.clock.now() });
    arriving.init();
    await world.pass(minutes(1));
    expect(await world.cloud.plans.change(world.owner, 'short', days(7))).toEqual({ ok: true });
    arriving.sendChunks();
    arriving.final();
    await world.pass(minutes(1));
    const after = await uploaded(world, porch, 2);
    const windows = [before, arriving, after].map((clip) => windowOf(world, clip));
    expect(await Promise.all(windows)).toEqual([days(60), days(60), days(7)]);
    expect((await world.entries('plan-changed')).map(({ facts }) => JSON.parse(facts))).toEqual([
      { plan: 'short', clipWindowMs: days(7), windowBeforeMs: days(60) },
    ]);
  });

  test('is a window of 1 to 180 days, and one at a time', async () => {
    const world = await openCloudWorld();
    const { plans } = world.cloud;
    for (const window of [days(0.9), days(181)]) {
      await expect(plans.change(world.owner, 'odd', window as never)).rejects.toThrow('CHECK');
    }
    expect(await plans.change(world.owner, 'long', days(180))).toEqual({ ok: true });
    const again = await plans.change(world.owner, 'longer', days(180));
    expect(again).toEqual({ ok: false, because: 'too-soon' });
    expect(await plans.change(ulidNumbered(9), 'none', days(1))).toEqual({
      ok: false,
      because: 'no-such-account',
    });
  });
});

describe('a plan that lapses', () => {
  test('takes everything out of sight, and the bytes as the profile says [RET-3]', async () => {
    const world = await openCloudWorld({ policy: eu });
    const porch = await world.device('porch');
    const clip = await uploaded(world, porch, 0);
    const arriving = porch.clip(ulidNumbered(1), { seq: 1, startedAt: world.clock.now() });
    arriving.init();
    await world.pass(hours(1));
    const lapsedAt = world.clock.now();
    expect(await world.cloud.plans.lapse(world.owner)).toEqual({ ok: true });
    expect((await world.cloud.footage.list(world.owner, { limit: 9 })).items).toEqual([]);
    await world.pass(hours(1));
    const later1 = await uploaded(world, porch, 2);
    arriving.sendChunks();
    arriving.final();
    await world.pass(minutes(1));
    const graceEnds = later(lapsedAt, days(7));
    for (const [each, deleteAt] of [
      [clip, graceEnds],
      [arriving, graceEnds],
    ] as const) {
      expect(await world.row(keyOf(each))).toMatchObject({
        visibility: 'plan-lapsed',
        planLapsedAt: lapsedAt,
        possession: 'stored',
        deleteAt,
      });
    }
    expect(await world.row(keyOf(later1))).toMatchObject({ visibility: 'plan-lapsed' });
    expect((await world.cloud.footage.list(world.owner, { limit: 9 })).items).toEqual([]);
    await world.pass(days(7) + hours(3));
    await world.cloud.sweeper.sweep();
    for (const each of [clip, arriving, later1]) {
      expect(await world.row(keyOf(each))).toMatchObject({ possession: 'shredded' });
    }
  });

  test('takes with it what was recorded under it and arrives later', async () => {
    const world = await openCloudWorld({ policy: eu });
    const porch = await world.device('porch');
    const startedAt = world.clock.now();
    await world.pass(minutes(1));
    const lapsedAt = world.clock.now();
    await world.cloud.plans.lapse(world.owner);
    await world.pass(minutes(1));
    await world.cloud.plans.change(world.owner, 'again', days(30));
    await world.pass(minutes(1));
    const clock = { uptimeAtStartMs: 1000, uptimeNowMs: 1000 + minutes(3), syncedAtUptimeMs: 0 };
    const late = porch.clip(ulidNumbered(0), { startedAt, clock: clock as never });
    late.sendAll();
    await world.pass(minutes(1));
    expect(await world.row(keyOf(late))).toMatchObject({
      visibility: 'plan-lapsed',
      planLapsedAt: lapsedAt,
      deleteAt: later(lapsedAt, days(7)),
    });
  });

  test('and is taken up again keeps what is recorded from then on, and brings nothing back', async () => {
    const world = await openCloudWorld({ policy: eu });
    const porch = await world.device('porch');
    const clip = await uploaded(world, porch, 0);
    await world.cloud.plans.lapse(world.owner);
    await world.pass(minutes(1));
    expect(await world.cloud.plans.change(world.owner, 'again', days(30))).toEqual({ ok: true });
    await world.pass(minutes(1));
    const after = await uploaded(world, porch, 1);
    const { items } = await world.cloud.footage.list(world.owner, { limit: 9 });
    expect(items.map((each) => each.clip)).toEqual([after.clip]);
    expect(await world.row(keyOf(clip))).toMatchObject({ visibility: 'plan-lapsed' });
  });
});
