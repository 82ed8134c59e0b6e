import { expect, test } from 'vitest';
import {
  type ClipKey,
  type Ports,
  type VaultClip,
  VaultError,
} from '../../../../cloud-stub/ports.ts';
import { limits } from '../../../../device/wire/limits.ts';
import { ulidNumbered } from '../../../support/cloud/clip-samples.ts';
import { openCloudWorld } from '../../../support/cloud/cloud-world.ts';

const first = ulidNumbered(1);
const jpeg = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 1, 2, 3, 4]);

test('a clip that nothing disturbs becomes stored, byte for byte, and is answered', async () => {
  const world = await openCloudWorld();
  const porch = await world.device('porch');
  const clip = porch.clip(first);
  clip.sendAll();
  await world.pass(1000);

  expect(clip.receipt).toEqual({
    v: 1,
    clip: first,
    state: 'stored',
    next: 6,
    have: [[0, 5]],
    window: 8,
  });
  const key = { thing: porch.thing, clip: first };
  expect(await world.bytes(key)).toEqual(clip.bytes());
  expect(await world.row(key)).toMatchObject({
    possession: 'stored',
    visibility: 'visible',
    account: world.owner,
    disposition: 'complete',
    truncated: 0,
    chunks: 6,
    sizeBytes: clip.bytes().length,
    root: clip.root(),
    durationMs: 10_000,
  });
  expect(await world.entries('clip-stored')).toHaveLength(1);
});

/** A vault whose syncs wait until the test lets them through, or fail. */
class HeldVault {
  failing = false;
  #hold: Promise<void> | null = null;
  #release = (): void => {};

  readonly wrap = (ports: Ports): Ports => ({
    ...ports,
    vault: {
      ...ports.vault,
      open: async (key, dataKey) => {
        const clip = await ports.vault.open(key, dataKey);
        return { ...clip, sync: () => this.#sync(key, clip) };
      },
    },
  });

  hold(): void {
    this.#hold = new Promise((resolve) => {
      this.#release = resolve;
    });
  }

  release(): void {
    this.#hold = null;
    this.#release();
  }

  async #sync(key: ClipKey, clip: VaultClip): Promise<void> {
    await this.#hold;
    if (this.failing) throw new VaultError(key, 'the disk is full');
    await clip.sync();
  }
}

test('a receipt names nothing that is not durable [WIRE-1]', async () => {
  const vault = new HeldVault();
  const world = await openCloudWorld({ ports: vault.wrap });
  const porch = await world.device('porch');
  const clip = porch.clip(first);
  clip.init();
  await world.settle();
  vault.hold();
  clip.sendChunks();
  clip.final();
  await world.pass(5000);
  expect(porch.receipts.map(({ state, next }) => ({ state, next }))).toEqual([
    { state: 'receiving', next: 0 },
  ]);
  expect(await world.row({ thing: porch.thing, clip: first })).toMatchObject({
    possession: 'staged',
  });
  vault.release();
  await world.pass(1000);
  expect(clip.receipt?.state).toBe('stored');
});

test('a receipt comes after init, on a gap, after half a window, after 200 ms, after fin [WIRE-2]', async () => {
  const world = await openCloudWorld();
  const porch = await world.device('porch');
  const clip = porch.clip(first, { chunkCount: 12 });
  const told = () =>
    porch.receipts.splice(0).map(({ next, have, state }) => [state, next, have] as const);

  clip.init();
  await world.settle();
  expect(told()).toEqual([['receiving', 0, []]]);

  clip.chunk(0);
  await world.settle();
  expect(told()).toEqual([]);
  await world.pass(200);
  expect(told()).toEqual([['receiving', 1, [[0, 0]]]]);

  clip.chunk(3); // a gap
  await world.settle();
  expect(told()).toEqual([
    [
      'receiving',
      1,
      [
        [0, 0],
        [3, 3],
      ],
    ],
  ]);

  for (const index of [1, 2, 4, 5]) clip.chunk(index); // half a window of eight
  await world.settle();
  expect(told()).toEqual([['receiving', 6, [[0, 5]]]]);

  clip.sendChunks(6, 11);
  await world.pass(200);
  told();
  clip.final(); // one chunk is missing
  await world.settle();
  expect(told()).toEqual([['receiving', 11, [[0, 10]]]]);
  clip.chunk(11);
  await world.settle();
  expect(told().at(-1)).toEqual(['stored', 12, [[0, 11]]]);
});

test('a device that returns is told what is there and sends only the rest [WIRE-5]', async () => {
  const world = await openCloudWorld();
  const porch = await world.device('porch');
  const clip = porch.clip(first);
  clip.init();
  clip.sendChunks(0, 4);
  await world.pass(300);
  world.bus.presence(porch.thing, false);
  await world.pass(5000);
  world.bus.presence(porch.thing, true);
  clip.init();
  await world.settle();
  expect(clip.receipt).toMatchObject({ state: 'receiving', next: 4, have: [[0, 3]] });
  clip.sendChunks(4);
  clip.final();
  await world.pass(300);
  expect(clip.receipt?.state).toBe('stored');
  expect(await world.bytes({ thing: porch.thing, clip: first })).toEqual(clip.bytes());
});

test('nothing acknowledged is missing after the cloud is killed [WIRE-1, WIRE-5]', async () => {
  const world = await openCloudWorld();
  const porch = await world.device('porch');
  const clip = porch.clip(first);
  const still = ulidNumbered(99);
  clip.init();
  clip.sendChunks(0, 4);
  clip.still(still, jpeg);
  await world.pass(300);
  expect(clip.receipt).toMatchObject({ next: 4, stills: [still] });

  const reborn = await world.crash();
  const again = (await reborn.device('porch')).clip(first);
  again.init(clip.opening);
  await reborn.settle();
  expect(again.receipt).toMatchObject({ next: 4, have: [[0, 3]], stills: [still] });
  again.sendChunks(4);
  again.final(clip.makeFinal());
  await reborn.pass(300);
  expect(again.receipt).toMatchObject({ state: 'stored', stills: [still] });
  expect(await reborn.bytes({ thing: porch.thing, clip: first })).toEqual(clip.bytes());
});

test('the same bytes are acknowledged again, other bytes are refused, the clip survives [WIRE-6]', async () => {
  const world = await openCloudWorld();
  const porch = await world.device('porch');
  const clip = porch.clip(first);
  clip.init();
  clip.sendChunks(0, 3);
  await world.pass(300);
  porch.receipts.length = 0;
  clip.chunk(1);
  await world.pass(300);
  expect(clip.receipt).toMatchObject({ state: 'receiving', next: 3 });

  clip.chunk(1, Buffer.from('forged'));
  clip.chunk(1, Buffer.from('forged'));
  await world.pass(300);
  expect(clip.receipt?.reason).toMatch(/conflict/);
  expect(world.cloud.counters.refused.conflict).toBe(2);
  expect(await world.entries('clip-conflict')).toHaveLength(1);

  clip.sendChunks(3);
  clip.final();
  await world.pass(300);
  expect(clip.receipt?.state).toBe('stored');
  expect(await world.bytes({ thing: porch.thing, clip: first })).toEqual(clip.bytes());
});

test.each([
  ['at once', 0],
  ['a day later', 24 * 3_600_000],
])('fin repeated %s gets its answer again, after a restart too [WIRE-6]', async (_when, ms) => {
  const world = await openCloudWorld();
  const porch = await world.device('porch');
  const clip = porch.clip(first);
  clip.sendAll();
  await world.pass(300);
  await world.pass(ms);
  const reborn = await world.crash();
  const device = await reborn.device('porch');
  const again = device.clip(first);
  again.final(clip.makeFinal()); // signed anew: signatures are random
  await reborn.settle();
  expect(again.receipt).toMatchObject({ state: 'stored', next: 6 });
  again.init(clip.opening);
  await reborn.settle();
  expect(device.receipts.at(-1)).toMatchObject({ state: 'stored', next: 6 });
  expect(await reborn.entries('clip-stored')).toHaveLength(1);
});

test('a still after its clip was stored is stored with it, once [WIRE-10]', async () => {
  const world = await openCloudWorld();
  const porch = await world.device('porch');
  const clip = porch.clip(first);
  const still = ulidNumbered(99);
  clip.sendAll();
  await world.pass(300);
  clip.still(still, jpeg);
  clip.still(still, jpeg);
  await world.pass(300);
  expect(clip.receipt).toMatchObject({ state: 'stored', stills: [still] });
  const key = { thing: porch.thing, clip: first };
  expect(await world.cloud.footage.still(world.owner, key, still)).toEqual(jpeg);
  expect((await world.cloud.footage.find(world.owner, key))?.stills).toEqual([still]);
});

const pictureless = Buffer.from('GIF89a');
test.each([
  ['while its clip arrives', 'receiving', false],
  ['after its clip was stored', 'stored', true],
] as const)('a still that is refused is told so %s [WIRE-10]', async (_when, state, whole) => {
  const world = await openCloudWorld();
  const porch = await world.device('porch');
  const clip = porch.clip(first);
  const [good, bad, ninth] = [ulidNumbered(90), ulidNumbered(99), ulidNumbered(98)];
  if (whole) clip.sendAll();
  else clip.init();
  clip.still(good, jpeg);
  await world.pass(300);
  clip.still(bad, pictureless);
  await world.pass(300);
  expect(clip.receipt).toMatchObject({
    ...{ state, stills: [good], refusedStills: [bad] },
    reason: 'bad-still: no JPEG',
  });
  for (let n = 1; n < limits.stillsPerClipMax; n++) clip.still(ulidNumbered(90 + n), jpeg);
  await world.pass(300);
  expect(clip.receipt).not.toHaveProperty('refusedStills');
  clip.still(ninth, jpeg);
  await world.pass(300);
  expect(clip.receipt).toMatchObject({ state, refusedStills: [ninth] });
  expect(clip.receipt?.stills).toHaveLength(limits.stillsPerClipMax);
});

test('when the vault fails the device is told to wait, and nothing acknowledged is lost [WIRE-3]', async () => {
  const vault = new HeldVault();
  const world = await openCloudWorld({ ports: vault.wrap });
  const porch = await world.device('porch');
  const clip = porch.clip(first);
  clip.init();
  clip.sendChunks(0, 4);
  await world.pass(300);
  vault.failing = true;
  clip.sendChunks(4);
  await world.pass(300);
  expect(clip.receipt).toMatchObject({ state: 'receiving', window: 0, retryMs: 5000 });
  vault.failing = false;
  await world.pass(5000);
  clip.init();
  await world.settle();
  expect(clip.receipt?.next).toBeGreaterThanOrEqual(4);
  clip.sendChunks();
  clip.final();
  await world.pass(300);
  expect(clip.receipt?.state).toBe('stored');
  expect(await world.bytes({ thing: porch.thing, clip: first })).toEqual(clip.bytes());
});

test.each(['evicted', 'aborted'] as const)(
  'a clip that was %s is on record with what came of it, and is let go',
  async (disposition) => {
    const world = await openCloudWorld();
    const porch = await world.device('porch');
    const clip = porch.clip(first, { disposition });
    clip.init();
    clip.sendChunks(0, 4);
    clip.mark(3);
    clip.final(clip.makeFinal({ reason: 'spool full' }));
    await world.pass(300);
    expect(clip.receipt).toMatchObject({ state: 'stored' });
    const key = { thing: porch.thing, clip: first };
    expect(await world.row(key)).toMatchObject({
      possession: 'stored',
      disposition,
      truncated: 1,
      reason: 'spool full',
      chunks: 3,
      root: clip.root(3),
    });
    expect(await world.bytes(key)).toEqual(clip.bytes(3));
    expect(await world.entries('clip-evicted')).toHaveLength(1);
  },
);

test('a clip evicted before anything of it was sent is a row without bytes', async () => {
  const world = await openCloudWorld();
  const porch = await world.device('porch');
  const clip = porch.clip(first, { disposition: 'evicted' });
  clip.init();
  clip.final();
  await world.pass(300);
  expect(clip.receipt).toMatchObject({ state: 'stored', next: 0, have: [] });
  const key = { thing: porch.thing, clip: first };
  expect(await world.bytes(key)).toBeNull();
  expect(await world.cloud.footage.find(world.owner, key)).toMatchObject({ sizeBytes: 0 });
});

test('an eviction after the clip was stored is answered stored, and keeps the clip', async () => {
  const world = await openCloudWorld();
  const porch = await world.device('porch');
  const clip = porch.clip(first);
  clip.sendAll();
  await world.pass(300);
  porch.receipts.length = 0;
  clip.final(clip.makeFinal({ disposition: 'evicted', truncated: true, replaces: clip.finalHash }));
  await world.settle();
  expect(clip.receipt?.state).toBe('stored');
  const key = { thing: porch.thing, clip: first };
  expect(await world.row(key)).toMatchObject({ disposition: 'complete', chunks: 6 });
});

test('finals chained in order leave nothing on record, one that names another does [DEV-5]', async () => {
  const world = await openCloudWorld();
  const porch = await world.device('porch');
  const one = porch.clip(ulidNumbered(1), { seq: 0 });
  const two = porch.clip(ulidNumbered(2), { seq: 1, prev: one.finalHash });
  two.sendAll(); // the order of arrival is free
  one.sendAll();
  await world.pass(300);
  expect(await world.entries('chain-gap')).toHaveLength(0);
  porch.clip(ulidNumbered(3), { seq: 2, prev: one.finalHash }).sendAll();
  await world.pass(300);
  const [entry] = await world.entries('chain-gap');
  expect(JSON.parse(entry?.facts ?? '{}')).toMatchObject({
    because: 'does not name the final before it',
    seq: 2,
    otherSeq: 1,
  });
});

test('the chain holds through an eviction that replaced a final the cloud never saw [DEV-5]', async () => {
  const world = await openCloudWorld();
  const porch = await world.device('porch');
  const one = porch.clip(ulidNumbered(1), { seq: 0 });
  const evicted = one.makeFinal({
    disposition: 'evicted',
    truncated: true,
    replaces: one.finalHash,
  });
  one.init();
  one.final(evicted);
  porch.clip(ulidNumbered(2), { seq: 1, prev: one.finalHash }).sendAll();
  await world.pass(300);
  expect(one.receipt?.state).toBe('stored');
  expect(await world.entries('chain-gap')).toHaveLength(0);
});

test('a still whose row was cut off by a crash gets it when its clip goes on [WIRE-10]', async () => {
  const world = await openCloudWorld();
  const porch = await world.device('porch');
  const clip = porch.clip(first);
  const still = ulidNumbered(99);
  clip.init();
  clip.still(still, jpeg);
  await world.pass(300);
  await world.ports.catalogue.write((tx) => tx.deleteFrom('stills').execute());
  const reborn = await world.crash();
  const again = (await reborn.device('porch')).clip(first);
  again.init(clip.opening);
  await reborn.settle();
  expect(again.receipt?.stills).toEqual([still]);
  const key = { thing: porch.thing, clip: first };
  expect(await reborn.cloud.footage.still(reborn.owner, key, still)).toEqual(jpeg);
});

test('stopping answers what was taken and leaves nothing undone', async () => {
  const world = await openCloudWorld();
  const porch = await world.device('porch');
  const clip = porch.clip(first);
  clip.init();
  clip.sendChunks(0, 3);
  await world.cloud.stop();
  expect(clip.receipt).toMatchObject({ next: 3, have: [[0, 2]] });
  clip.chunk(3);
  await world.settle();
  expect(clip.receipt).toMatchObject({ next: 3 });
});
