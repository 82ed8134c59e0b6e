/** Purges that come in the middle of what the ingest asks of a slow disk, and disks that fail there. */
import { expect, test } from 'vitest';
import { ring2019 } from '../../../../cloud-stub/custody/profiles/ring-2019.ts';
import { type ClipKey, type Ports, VaultError } from '../../../../cloud-stub/ports.ts';
import { limits } from '../../../../device/wire/limits.ts';
import { ulidNumbered } from '../../../support/cloud/clip-samples.ts';
import { type CloudWorld, openCloudWorld } from '../../../support/cloud/cloud-world.ts';

const first = ulidNumbered(1);

/** A key vault whose next answer, once `hold` was called, waits for `release`. */
function slowKeys() {
  let held: Promise<void> | null = null;
  let release = (): void => {};
  let reached = (): void => {};
  const wait = async (): Promise<void> => {
    const waiting = held;
    held = null;
    if (waiting === null) return;
    reached();
    await waiting;
  };
  return {
    ports: (ports: Ports): Ports => ({
      ...ports,
      keys: {
        ...ports.keys,
        async obtain(key) {
          const dataKey = await ports.keys.obtain(key);
          await wait();
          return dataKey;
        },
        async find(key) {
          const dataKey = await ports.keys.find(key);
          await wait();
          return dataKey;
        },
      },
    }),
    /** Resolves when somebody waits for it. */
    hold(): Promise<void> {
      held = new Promise((resolve) => {
        release = resolve;
      });
      return new Promise((resolve) => {
        reached = resolve;
      });
    },
    release: () => release(),
  };
}

/** A vault whose syncs, while it is slow, end when and as the test says, in the order in which they were asked for. */
function slowVault() {
  const syncs: { readonly succeed: () => void; readonly fail: () => void }[] = [];
  const vault = {
    isSlow: false,
    syncs,
    ports: (ports: Ports): Ports => ({
      ...ports,
      vault: {
        ...ports.vault,
        async open(key, dataKey) {
          const clip = await ports.vault.open(key, dataKey);
          const sync = async (): Promise<void> => {
            await clip.sync();
            if (!vault.isSlow) return;
            await new Promise<void>((resolve, reject) => {
              const fail = () => reject(new VaultError(key, 'input/output error'));
              syncs.push({ succeed: resolve, fail });
            });
          };
          return { ...clip, sync };
        },
      },
    }),
  };
  return vault;
}

async function leftOf({ ports }: CloudWorld): Promise<readonly ClipKey[]> {
  const left: ClipKey[] = [];
  for await (const key of ports.vault.list()) left.push(key);
  for await (const key of ports.keys.list()) left.push(key);
  return left;
}

test('a clip purged while its session opens leaves nothing, and goes on for its device [RET-7, WIRE-8]', async () => {
  const keys = slowKeys();
  const policy = { ...ring2019, userDelete: { kind: 'purge' } as const };
  const before = await openCloudWorld({ policy, ports: keys.ports });
  const porch = await before.device('porch');
  const clip = porch.clip(first);
  const key = { thing: porch.thing, clip: first };
  clip.init();
  clip.sendChunks(0, 4);
  await before.pass(1000);

  const world = await before.crash();
  const again = (await world.device('porch')).clip(first);
  const opening = keys.hold();
  again.init();
  await opening;
  expect(await world.cloud.footage.remove(world.owner, key)).toBe(true);
  await world.settle();
  expect(await world.row(key)).toMatchObject({ possession: 'shredded' });
  keys.release();
  await world.settle();
  again.sendAll();
  await world.pass(1000);
  expect(again.receipt?.state).toBe('stored');
  expect(await leftOf(world)).toEqual([]);
});

test('a still that comes while its stored clip is purged leaves nothing [RET-7, WIRE-10]', async () => {
  const keys = slowKeys();
  const policy = { ...ring2019, userDelete: { kind: 'purge' } as const };
  const world = await openCloudWorld({ policy, ports: keys.ports });
  const porch = await world.device('porch');
  const clip = porch.clip(first);
  const key = { thing: porch.thing, clip: first };
  clip.sendAll();
  await world.pass(1000);
  expect(clip.receipt?.state).toBe('stored');

  const asked = keys.hold();
  clip.still(ulidNumbered(7), Buffer.from('ffd8ffe000104a464946ffd9', 'hex'));
  await asked;
  expect(await world.cloud.footage.remove(world.owner, key)).toBe(true);
  await world.settle();
  expect(await world.row(key)).toMatchObject({ possession: 'shredded' });
  keys.release();
  await world.pass(1000);
  expect(await leftOf(world)).toEqual([]);
  expect(await world.ports.catalogue.read.selectFrom('stills').selectAll().execute()).toEqual([]);
});

test('a still that outlives its session is no word that its clip is stored [WIRE-1, WIRE-10, DEV-4]', async () => {
  const vault = slowVault();
  const world = await openCloudWorld({ ports: vault.ports });
  const porch = await world.device('porch');
  const clip = porch.clip(first);
  const key = { thing: porch.thing, clip: first };
  const still = ulidNumbered(7);
  clip.init();
  clip.sendChunks(0, 4);
  await world.pass(1000);

  vault.isSlow = true;
  clip.chunk(4);
  await world.pass(300);
  clip.still(still, Buffer.from('ffd8ffe000104a464946ffd9', 'hex'));
  await world.settle();
  const [ofChunk, ofStill] = vault.syncs;
  vault.isSlow = false;
  ofChunk?.fail();
  await world.settle();
  expect(clip.receipt).toMatchObject({ state: 'receiving', window: 0 });
  clip.final(); // and the device takes the next `stored` for the answer to it
  ofStill?.succeed();
  await world.settle();
  expect(await world.row(key)).toMatchObject({ possession: 'staged' });
  expect(porch.receipts.filter(({ state }) => state !== 'receiving')).toEqual([]);
  expect(clip.receipt).toMatchObject({ window: 0 });

  await world.pass(5000);
  clip.init();
  await world.settle();
  expect(clip.receipt).toMatchObject({ state: 'receiving', stills: [still] });
  clip.sendChunks();
  clip.final();
  await world.pass(1000);
  expect(clip.receipt).toMatchObject({ state: 'stored', stills: [still] });
  expect(await world.bytes(key)).toEqual(clip.bytes());
});

/** A catalogue whose next write fails, once `isFull` was set. */
function fullCatalogue() {
  const disk = {
    isFull: false,
    ports: (ports: Ports): Ports => ({
      ...ports,
      catalogue: {
        ...ports.catalogue,
        write(work) {
          if (!disk.isFull) return ports.catalogue.write(work);
          disk.isFull = false;
          return Promise.reject(new Error('no space left on device'));
        },
      },
    }),
  };
  return disk;
}

test('a still is acknowledged once it is on record, however often it comes [WIRE-1, WIRE-10]', async () => {
  const disk = fullCatalogue();
  const world = await openCloudWorld({ ports: disk.ports });
  const porch = await world.device('porch');
  const clip = porch.clip(first);
  const key = { thing: porch.thing, clip: first };
  const still = ulidNumbered(7);
  const jpeg = Buffer.from('ffd8ffe000104a464946ffd9', 'hex');
  clip.init();
  await world.settle();
  disk.isFull = true;
  clip.still(still, jpeg);
  await world.settle();
  expect(disk.isFull).toBe(false);
  expect(clip.receipt?.stills).toBeUndefined();
  clip.still(still, jpeg);
  clip.sendChunks();
  clip.final();
  await world.pass(1000);
  expect(clip.receipt).toMatchObject({ state: 'stored', stills: [still] });
  expect(await world.cloud.footage.find(world.owner, key)).toMatchObject({ stills: [still] });
  expect(world.cloud.counters.stills).toBe(1);
});

test('a still that is sent again and again is named once [WIRE-6, WIRE-10]', async () => {
  const world = await openCloudWorld();
  const clip = (await world.device('porch')).clip(first);
  const still = ulidNumbered(7);
  clip.init();
  for (let n = 0; n <= limits.stillsPerClipMax; n++) {
    clip.still(still, Buffer.from('ffd8ffe000104a464946ffd9', 'hex'));
  }
  await world.settle();
  expect(clip.receipt?.stills).toEqual([still]);
});

test('a clip whose session could not begin begins with the next word of its device [WIRE-5]', async () => {
  const disk = fullCatalogue();
  const before = await openCloudWorld({ ports: disk.ports });
  const porch = await before.device('porch');
  const clip = porch.clip(first);
  clip.init();
  clip.sendChunks(0, 2);
  clip.still(ulidNumbered(7), Buffer.from('ffd8ffe000104a464946ffd9', 'hex'));
  await before.pass(1000);

  const world = await before.crash();
  const again = (await world.device('porch')).clip(first);
  disk.isFull = true;
  again.init();
  await world.settle();
  expect(world.cloud.counters.refused['handler-failed']).toBe(1);
  again.sendAll();
  await world.pass(1000);
  expect(again.receipt?.state).toBe('stored');
});
