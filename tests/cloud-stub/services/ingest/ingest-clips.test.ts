import { describe, expect, test } from 'vitest';
import type { Policy } from '../../../../cloud-stub/custody/policy.ts';
import { ring2019 } from '../../../../cloud-stub/custody/profiles/ring-2019.ts';
import type { Vault } from '../../../../cloud-stub/ports.ts';
import { encode } from '../../../../device/wire/codec.ts';
import { days, later, milliseconds, seconds, uptimeMs } from '../../../../device/wire/time.ts';
import { topics } from '../../../../device/wire/topics.ts';
import { sampleBytes, ulidNumbered } from '../../../support/cloud/clip-samples.ts';
import { type CloudWorld, openCloudWorld } from '../../../support/cloud/cloud-world.ts';
import { ada, holdNumbered } from '../../../support/cloud/hold-office.ts';

const first = ulidNumbered(1);
const still = ulidNumbered(90);
const jpeg = Buffer.concat([
  Buffer.from('ffd8ffe0', 'hex'),
  sampleBytes(500, 'still'),
  Buffer.from('ffd9', 'hex'),
]);
const purgesAtOnce: Policy = { ...ring2019, userDelete: { kind: 'purge' } };

describe('what its owner deleted while it arrived', () => {
  /** Half of a clip is sent, deleted, and the cloud knows of it from its records alone. */
  async function deletedHalfway(policy: Policy) {
    const before = await openCloudWorld({ policy });
    const clip = (await before.device('porch')).clip(first);
    clip.init();
    clip.sendChunks(0, 4);
    await before.pass(1000);
    const key = { thing: (await before.device('porch')).thing, clip: first };
    await before.cloud.footage.remove(before.owner, key);
    await before.pass(1000);
    const world = await before.crash();
    const porch = await world.device('porch');
    return { world, porch, clip: porch.clip(first) };
  }

  test.each([
    ['sealed', ring2019],
    ['purged', purgesAtOnce],
  ])(
    '%s: without a new opening nothing goes on with it, and nothing is said [DEL-4, WIRE-8]',
    async (_, policy) => {
      const { world, porch, clip } = await deletedHalfway(policy);
      clip.chunk(4);
      clip.mark(4);
      await world.pass(1000);
      expect(porch.receipts).toEqual([]);
      expect(world.cloud.counters.refused['after-final']).toBe(2);
    },
  );

  test.each([
    ['sealed', ring2019],
    ['purged', purgesAtOnce],
  ])(
    '%s: a still of it is acknowledged and dropped, and the clip is not called stored [DEL-4, WIRE-8, WIRE-10]',
    async (_, policy) => {
      const { world, porch, clip } = await deletedHalfway(policy);
      clip.still(still, jpeg);
      await world.pass(1000);
      expect(porch.receipts).toEqual([
        expect.objectContaining({ state: 'receiving', next: 0, have: [], stills: [still] }),
      ]);
      const rows = await world.ports.catalogue.read.selectFrom('stills').selectAll().execute();
      expect(rows).toEqual([]);
    },
  );
});

test('a still that comes while its clip is being closed waits for that, and is kept [WIRE-10]', async () => {
  const slowly = (world: CloudWorld['ports']): CloudWorld['ports'] => {
    const vault: Vault = {
      ...world.vault,
      async open(key, dataKey) {
        const clip = await world.vault.open(key, dataKey);
        const close = async (): Promise<void> => {
          await new Promise<void>((resolve) => {
            world.clock.setTimer('slow disk', seconds(2), resolve);
          });
          await clip.close();
        };
        return { ...clip, close };
      },
    };
    return { ...world, vault };
  };
  const world = await openCloudWorld({ ports: slowly });
  const porch = await world.device('porch');
  const clip = porch.clip(first);
  clip.sendAll();
  await world.pass(500);
  expect(clip.receipt).toMatchObject({ state: 'stored' });
  clip.still(still, jpeg);
  await world.pass(5000);
  expect(clip.receipt).toMatchObject({ state: 'stored', stills: [still] });
  expect(world.cloud.counters.refused['handler-failed'] ?? 0).toBe(0);
});

test('less kept than declared is marked truncated, whatever its final says [WIRE-7]', async () => {
  const world = await openCloudWorld();
  const porch = await world.device('porch');
  const clip = porch.clip(first);
  clip.init();
  clip.sendChunks(0, 3);
  clip.mark(3);
  await world.pass(500);
  clip.final(clip.makeFinal({ disposition: 'aborted', reason: 'flash-failed', truncated: false }));
  await world.pass(500);
  expect(await world.row({ thing: porch.thing, clip: first })).toMatchObject({
    ...{ possession: 'stored', chunks: 3, truncated: 1, reason: 'flash-failed' },
  });
});

test('a continuing hold takes a salvaged clip that reaches into its span only once it is whole [HLD-3]', async () => {
  const world = await openCloudWorld();
  const porch = await world.device('porch');
  world.bus.presence(porch.thing, true);
  const clip = porch.clip(first);
  const key = { thing: porch.thing, clip: first };
  clip.init();
  clip.sendChunks(0, 2);
  clip.mark(2);
  await world.pass(1000);
  world.bus.presence(porch.thing, false);
  await world.pass(70_000);
  const { recordedAt } = (await world.row(key)) ?? { recordedAt: world.clock.now() };
  const hold = holdNumbered(1);
  // The two fragments that came are over by then; the ten seconds of the whole clip are not.
  const span = { from: later(recordedAt, seconds(6)), to: null };
  const placed = await world.cloud.holds.place({
    ...{ hold, kind: 'litigation', basis: hold, by: `reviewer:${ada}` },
    scope: { subjects: [{ by: 'device', thing: porch.thing }], ...span },
  });
  expect(placed).toMatchObject({ ok: true, held: 0 });
  clip.sendAll();
  await world.pass(1000);
  expect(await world.cloud.holds.clipsOf(hold)).toEqual([key]);
});

test('footage is of who owned the doorbell when it was recorded, not when it arrives [LEG-4, RET-5]', async () => {
  const world = await openCloudWorld();
  const porch = await world.device('porch');
  const recordedBefore = milliseconds(days(2));
  await world.pass(days(3));
  await world.cloud.accounts.release(world.owner, porch.thing);
  await world.pass(days(1));
  const { account: next } = await world.cloud.accounts.open('next');
  await world.cloud.accounts.claim(next, porch.thing);
  const uptimeAtStartMs = uptimeMs(1000);
  const clock = {
    uptimeAtStartMs,
    uptimeNowMs: uptimeMs(1000 + recordedBefore),
    syncedAtUptimeMs: null,
  };
  porch.clip(first, { clock }).sendAll();
  await world.pass(1000);
  const key = { thing: porch.thing, clip: first };
  expect((await world.row(key))?.account).toBe(world.owner);
  expect(await world.cloud.footage.find(next, key)).toBeNull();
  expect(await world.cloud.footage.find(world.owner, key)).not.toBeNull();
});

test('the uptime of a later boot says nothing of a clip of an earlier one [RET-5]', async () => {
  const world = await openCloudWorld();
  const porch = await world.device('porch');
  porch.clip(ulidNumbered(2), { seq: 1, boot: 2 }).sendAll();
  await world.pass(1000);
  const startedAt = later(world.clock.now(), days(-1));
  const clock = {
    ...{ uptimeAtStartMs: uptimeMs(5000), uptimeNowMs: uptimeMs(9000) },
    syncedAtUptimeMs: uptimeMs(1000),
  };
  porch.clip(first, { seq: 0, boot: 1, startedAt, clock }).sendAll();
  await world.pass(1000);
  expect(await world.row({ thing: porch.thing, clip: first })).toMatchObject({
    ...{ recordedAt: startedAt, boundLowerAt: later(startedAt, seconds(-4)) },
  });
});

test('an event whose window ended is not kept anew when it is sent again [RET-10]', async () => {
  const world = await openCloudWorld();
  const porch = await world.device('porch');
  const at = world.clock.now();
  porch.event(0, ulidNumbered(10), at);
  await world.pass(1000);
  await world.pass(days(61));
  const events = () => world.ports.catalogue.read.selectFrom('events').selectAll().execute();
  await world.cloud.sweeper.sweep();
  expect(await events()).toEqual([]);
  porch.event(0, ulidNumbered(10), at);
  await world.pass(1000);
  expect(porch.eventReceipts).toEqual([0, 0]);
  expect(await events()).toEqual([]);
});

test('a mark well signed for another clip changes nothing, though of the same bytes [WIRE-9]', async () => {
  const world = await openCloudWorld();
  const porch = await world.device('porch');
  const clip = porch.clip(first);
  clip.init();
  clip.sendChunks(0, 3);
  await world.pass(500);
  const mark = clip.makeMark(3, { clip: ulidNumbered(2) });
  porch.send(topics.mark(porch.thing, first), encode(mark));
  await world.pass(2000);
  expect(world.cloud.counters.refused.malformed).toBe(1);
  expect(await world.row({ thing: porch.thing, clip: first })).toMatchObject({ markedChunks: 0 });
});
