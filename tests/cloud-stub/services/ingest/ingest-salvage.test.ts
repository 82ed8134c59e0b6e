import { expect, test } from 'vitest';
import type { Policy } from '../../../../cloud-stub/custody/policy.ts';
import { ring2019 } from '../../../../cloud-stub/custody/profiles/ring-2019.ts';
import { VaultError } from '../../../../cloud-stub/ports.ts';
import { markSignedBytes, verifySignature } from '../../../../device/wire/codec.ts';
import type { Mark } from '../../../../device/wire/messages.ts';
import { days, epochMs, hours, later, uptimeMs } from '../../../../device/wire/time.ts';
import { ulidNumbered } from '../../../support/cloud/clip-samples.ts';
import { type CloudWorld, openCloudWorld } from '../../../support/cloud/cloud-world.ts';
import type { FakeDevice } from '../../../support/cloud/fake-device.ts';

const first = ulidNumbered(1);
const purgesAtOnce: Policy = { ...ring2019, userDelete: { kind: 'purge' } };

async function halfSent(world: CloudWorld) {
  const porch = await world.device('porch');
  world.bus.presence(porch.thing, true);
  const clip = porch.clip(first);
  const key = { thing: porch.thing, clip: first };
  clip.init();
  clip.sendChunks(0, 4);
  clip.mark(3);
  await world.pass(1000);
  return { porch, clip, key };
}

test('a clip is salvaged a minute after the link was lost, up to its last good mark [WIRE-7]', async () => {
  const world = await openCloudWorld();
  const { porch, clip, key } = await halfSent(world);
  world.bus.presence(porch.thing, false);
  await world.pass(59_000);
  expect(await world.row(key)).toMatchObject({ possession: 'staged' });
  await world.pass(2000);
  expect(await world.row(key)).toMatchObject({
    possession: 'stored',
    truncated: 1,
    final: null,
    reason: 'the device fell silent',
    chunks: 3,
    root: clip.root(3),
    sizeBytes: clip.bytes(3).length,
    markedChunks: 3,
  });
  // What the device signed of exactly this is kept. [DEV-5]
  const { markedRoot, markedSig } = (await world.row(key)) ?? {};
  expect(markedRoot).toBe(clip.root(3));
  expect(isMark(porch, { clip: key.clip, chunks: 3, root: clip.root(3) }, markedSig)).toBe(true);
  expect(await world.bytes(key)).toEqual(clip.bytes(3));
  expect(await world.cloud.footage.find(world.owner, key)).toMatchObject({
    state: 'stored',
    truncated: true,
    unfinished: true,
  });
  expect(await world.entries('clip-salvaged')).toHaveLength(1);
});

test('of a clip that was given up, the mark that vouches for what is kept is kept with it [DEV-5]', async () => {
  const world = await openCloudWorld();
  const { porch, clip, key } = await halfSent(world);
  const given = { disposition: 'aborted', reason: 'flash-failed', chunks: 9 } as const;
  clip.final(clip.makeFinal(given));
  await world.pass(500);
  const row = await world.row(key);
  expect(row).toMatchObject({ possession: 'stored', chunks: 3, markedChunks: 3 });
  const { markedSig } = row ?? {};
  expect(isMark(porch, { clip: key.clip, chunks: 3, root: clip.root(3) }, markedSig)).toBe(true);
});

const isMark = (
  { publicKey }: FakeDevice,
  of: Pick<Mark, 'clip' | 'chunks' | 'root'>,
  sig: string | null | undefined,
): boolean => verifySignature(markSignedBytes({ v: 1, ...of }), sig ?? '', publicKey);

test('where the broker tells nothing of links, a minute without a word is enough [WIRE-7]', async () => {
  const world = await openCloudWorld();
  const porch = await world.device('porch');
  const clip = porch.clip(first);
  const key = { thing: porch.thing, clip: first };
  clip.init();
  clip.sendChunks(0, 4);
  clip.mark(4);
  await world.pass(50_000);
  porch.event(0, ulidNumbered(50), world.clock.now());
  await world.pass(50_000);
  expect(await world.row(key)).toMatchObject({ possession: 'staged' });
  await world.pass(15_000);
  expect(await world.row(key)).toMatchObject({ possession: 'stored', chunks: 4 });
});

test('a device that stays linked has a day to go on with its clip [WIRE-7]', async () => {
  const world = await openCloudWorld();
  const { key } = await halfSent(world);
  await world.pass(hours(23.9));
  expect(await world.row(key)).toMatchObject({ possession: 'staged' });
  await world.pass(hours(0.2));
  expect(await world.row(key)).toMatchObject({ possession: 'stored', truncated: 1 });
});

test('a clip whose session could not begin is on record as unfinished when nothing more comes [WIRE-7]', async () => {
  const world = await openCloudWorld({
    ports: (ports) => ({
      ...ports,
      vault: {
        ...ports.vault,
        open: (key) => Promise.reject(new VaultError(key, 'there is no room for it')),
      },
    }),
  });
  const porch = await world.device('porch');
  porch.clip(first).init();
  await world.settle();
  const key = { thing: porch.thing, clip: first };
  expect(await world.row(key)).toMatchObject({ possession: 'staged' });
  await world.pass(61_000);
  expect(await world.row(key)).toMatchObject({
    possession: 'stored',
    chunks: 0,
    truncated: 1,
    reason: 'the device fell silent',
  });
});

test('what was arriving when the cloud was killed is salvaged after its restart [WIRE-7]', async () => {
  const world = await openCloudWorld();
  const { clip, key } = await halfSent(world);
  const reborn = await world.crash();
  await reborn.pass(61_000);
  expect(await reborn.row(key)).toMatchObject({ possession: 'stored', chunks: 3 });
  expect(await reborn.bytes(key)).toEqual(clip.bytes(3));
});

test('a salvaged clip grows to its whole; its expiry stays, both roots are on record [WIRE-7]', async () => {
  const world = await openCloudWorld();
  const { porch, clip, key } = await halfSent(world);
  world.bus.presence(porch.thing, false);
  await world.pass(61_000);
  const salvaged = await world.row(key);
  await world.pass(hours(30));
  world.bus.presence(porch.thing, true);
  clip.init();
  await world.settle();
  expect(clip.receipt).toMatchObject({ state: 'receiving', next: 4 });
  clip.sendChunks(4);
  clip.final();
  await world.pass(1000);
  expect(clip.receipt?.state).toBe('stored');
  expect(await world.row(key)).toMatchObject({
    truncated: 0,
    reason: null,
    chunks: 6,
    root: clip.root(),
    storedAt: salvaged?.storedAt,
    expiresAt: salvaged?.expiresAt,
    recordedAt: salvaged?.recordedAt,
  });
  expect(await world.bytes(key)).toEqual(clip.bytes());
  const [completed] = await world.entries('clip-completed');
  expect(JSON.parse(completed?.facts ?? '{}')).toMatchObject({
    root: clip.root(),
    rootBefore: clip.root(3),
  });
});

test('a salvaged clip that goes on a little and falls silent again is salvaged again [WIRE-7]', async () => {
  const world = await openCloudWorld();
  const { porch, clip, key } = await halfSent(world);
  world.bus.presence(porch.thing, false);
  await world.pass(61_000);
  world.bus.presence(porch.thing, true);
  clip.init();
  clip.sendChunks(4, 5);
  clip.mark(5);
  await world.pass(1000);
  world.bus.presence(porch.thing, false);
  await world.pass(61_000);
  expect(await world.row(key)).toMatchObject({ possession: 'stored', chunks: 5, truncated: 1 });
  expect(await world.entries('clip-salvaged')).toHaveLength(2);
});

test('a device that comes back, says nothing new and falls silent again changes nothing', async () => {
  const world = await openCloudWorld();
  const { porch, clip, key } = await halfSent(world);
  world.bus.presence(porch.thing, false);
  await world.pass(61_000);
  const salvaged = await world.row(key);
  world.bus.presence(porch.thing, true);
  clip.init();
  await world.pass(1000);
  world.bus.presence(porch.thing, false);
  await world.pass(61_000);
  expect(await world.row(key)).toEqual(salvaged);
  expect(await world.entries('clip-salvaged')).toHaveLength(1);
});

test('a clip of which no mark was good is a row without bytes, with the reason', async () => {
  const world = await openCloudWorld();
  const porch = await world.device('porch');
  const clip = porch.clip(first);
  const key = { thing: porch.thing, clip: first };
  clip.init();
  clip.chunk(0);
  clip.mark(1, { root: '0'.repeat(64) });
  await world.pass(70_000);
  expect(world.cloud.counters.refused['mark-root-differs']).toBe(1);
  expect(await world.row(key)).toMatchObject({ possession: 'stored', chunks: 0, truncated: 1 });
  expect(await world.bytes(key)).toBeNull();
});

test('completing a clip that was deleted meanwhile does not bring it back [WIRE-7, DEL-1]', async () => {
  const world = await openCloudWorld();
  const { porch, clip, key } = await halfSent(world);
  world.bus.presence(porch.thing, false);
  await world.pass(61_000);
  expect(await world.cloud.footage.remove(world.owner, key)).toBe(true);
  const deleted = await world.row(key);
  world.bus.presence(porch.thing, true);
  clip.init();
  await world.settle();
  expect(clip.receipt).toMatchObject({ state: 'receiving', next: 0, have: [] }); // [DEL-4]
  clip.sendAll();
  await world.pass(1000);
  expect(clip.receipt?.state).toBe('stored');
  expect(await world.row(key)).toMatchObject({
    visibility: 'user-deleted',
    deleteAt: deleted?.deleteAt,
    chunks: 6,
  });
  expect(await world.cloud.footage.find(world.owner, key)).toBeNull();
});

/** What a device hears that sends the whole clip, from its opening on. */
async function heard(
  world: CloudWorld,
  porch: FakeDevice,
  other: Uint8Array | null = null,
): Promise<readonly object[]> {
  porch.receipts.length = 0;
  const clip = porch.clip(first);
  clip.init();
  await world.settle();
  clip.sendChunks(0, 4);
  await world.settle();
  clip.mark(4);
  clip.chunk(4, other ?? clip.chunks[4]);
  clip.chunk(5);
  clip.final();
  await world.pass(1000);
  return [...porch.receipts];
}

test('a purged clip sent again runs the whole transfer and leaves nothing [WIRE-8, RET-4]', async () => {
  const fresh = await openCloudWorld();
  const asNew = await heard(fresh, await fresh.device('porch'));

  const world = await openCloudWorld({ policy: purgesAtOnce });
  const porch = await world.device('porch');
  const key = { thing: porch.thing, clip: first };
  await heard(world, porch);
  await world.cloud.footage.remove(world.owner, key);
  await world.pass(1000);
  expect(await world.row(key)).toMatchObject({ possession: 'shredded' });

  expect(await heard(world, porch)).toEqual(asNew);
  expect(await world.row(key)).toMatchObject({ possession: 'shredded' });
  expect(await world.ports.keys.find(key)).toBeNull();
  expect(await world.cloud.footage.find(world.owner, key)).toBeNull();
});

test.each([
  ['the same bytes', null],
  ['other bytes for a chunk', Buffer.from('other')],
])(
  'on the wire a clip that a delete sealed sounds like one that it purged: %s [DEL-4]',
  async (_what, other) => {
    const told = await Promise.all(
      [ring2019, purgesAtOnce].map(async (policy) => {
        const world = await openCloudWorld({ policy });
        const porch = await world.device('porch');
        await heard(world, porch);
        await world.cloud.footage.remove(world.owner, { thing: porch.thing, clip: first });
        await world.pass(1000);
        const answers = await heard(world, porch, other);
        expect(await world.entries('clip-completed')).toEqual([]);
        const { refused } = world.cloud.counters;
        return { answers, refused };
      }),
    );
    expect(told[0]).toEqual(told[1]);
  },
);

test('a clip purged while it arrives goes on arriving as if nothing had happened [DEL-1, WIRE-8]', async () => {
  const world = await openCloudWorld({ policy: purgesAtOnce });
  const porch = await world.device('porch');
  const clip = porch.clip(first);
  const key = { thing: porch.thing, clip: first };
  clip.init();
  clip.sendChunks(0, 4);
  await world.pass(300);
  await world.ports.catalogue.write((tx) =>
    tx
      .updateTable('clips')
      .set({
        visibility: 'user-deleted',
        userDeletedAt: world.clock.now(),
        deleteAt: world.clock.now(),
      })
      .where('clip', '=', first)
      .execute(),
  );
  await world.cloud.sweeper.purge(key);
  expect(await world.row(key)).toMatchObject({ possession: 'shredded' });
  clip.sendChunks(4);
  await world.pass(300);
  clip.init();
  await world.pass(300);
  clip.sendChunks(4);
  clip.final();
  await world.pass(300);
  expect(clip.receipt).toMatchObject({ state: 'stored', next: 6 });
  expect(await world.row(key)).toMatchObject({ possession: 'shredded' });
});

test('a clip that arrives past its window is answered stored and dropped [WIRE-8, RET-4]', async () => {
  const world = await openCloudWorld();
  const porch = await world.device('porch');
  const recordedAt = later(world.clock.now(), days(-61));
  const clip = porch.clip(first, {
    startedAt: recordedAt,
    clock: { uptimeAtStartMs: uptimeMs(5000), uptimeNowMs: null, syncedAtUptimeMs: uptimeMs(1000) },
  });
  const key = { thing: porch.thing, clip: first };
  clip.sendAll();
  await world.pass(1000);
  expect(clip.receipt?.state).toBe('stored');
  expect(await world.row(key)).toMatchObject({ possession: 'shredded', recordedAt });
  expect(await world.entries('clip-late')).toHaveLength(1);
  expect(await world.cloud.footage.find(world.owner, key)).toBeNull();
});

test('a clock that was never set makes no clip late [RET-4]', async () => {
  const world = await openCloudWorld();
  const porch = await world.device('porch');
  const clip = porch.clip(first, {
    startedAt: epochMs(0),
    clock: { uptimeAtStartMs: uptimeMs(5000), uptimeNowMs: null, syncedAtUptimeMs: null },
  });
  const key = { thing: porch.thing, clip: first };
  clip.sendAll();
  await world.pass(1000);
  expect(await world.row(key)).toMatchObject({ possession: 'stored', visibility: 'visible' });
});
