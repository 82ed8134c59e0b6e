import { expect, test } from 'vitest';
import { serviceLimits } from '../../../../cloud-stub/services/service-limits.ts';
import { days, hours, later, milliseconds } from '../../../../device/wire/time.ts';
import { stagedClip } from '../../../support/cloud/catalogue-rows.ts';
import { ulidNumbered } from '../../../support/cloud/clip-samples.ts';
import { type CloudWorld, openCloudWorld } from '../../../support/cloud/cloud-world.ts';

const jpeg = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 1, 2, 3]);

/** `count` clips a minute apart; the last one is still arriving. */
async function withClips(count: number): Promise<CloudWorld> {
  const world = await openCloudWorld();
  const porch = await world.device('porch');
  for (let n = 0; n < count; n++) {
    await world.pass(60_000);
    const clip = porch.clip(ulidNumbered(n), {
      seq: n,
      startedAt: world.clock.now(),
      trigger: n % 2 === 0 ? 'ding' : 'motion',
    });
    clip.init();
    clip.sendChunks();
    if (n < count - 1) clip.final(clip.makeFinal(n % 2 === 0 ? {} : { triggers: [] }));
    await world.pass(300);
  }
  return world;
}

const key = (n: number) => ({ thing: 'porch' as never, clip: ulidNumbered(n) });

test('the list is newest first, page by page, and shows what is arriving', async () => {
  const world = await withClips(5);
  const { footage } = world.cloud;
  const pages: string[][] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof footage.list>> = await footage.list(world.owner, {
      limit: 2,
      ...(cursor === null ? {} : { cursor }),
    });
    pages.push(page.items.map(({ clip, state }) => `${Number(clip.slice(-2))} ${state}`));
    cursor = page.next;
  } while (cursor !== null);
  expect(pages).toEqual([['4 arriving', '3 stored'], ['2 stored', '1 stored'], ['0 stored']]);
});

test('a clip that is arriving is listed with as much as its last mark vouches for', async () => {
  const world = await openCloudWorld();
  const porch = await world.device('porch');
  const clip = porch.clip(ulidNumbered(0));
  clip.init();
  const sizes: number[] = [];
  for (const count of [0, 2, 5]) {
    clip.sendChunks(0, count);
    clip.mark(count);
    await world.pass(1000);
    const { items } = await world.cloud.footage.list(world.owner, { limit: 1 });
    sizes.push(items[0]?.sizeBytes ?? -1);
  }
  expect(sizes).toEqual([0, clip.bytes(2).length, clip.bytes(5).length]);
});

test.each([
  [{ trigger: 'ding' as const }, [4, 2, 0]],
  [{ trigger: 'motion' as const }, [3, 1]],
  [{ thing: 'elsewhere' as never }, []],
])('the list narrows to %j', async (query, expected) => {
  const world = await withClips(5);
  const { items } = await world.cloud.footage.list(world.owner, { limit: 10, ...query });
  expect(items.map(({ clip }) => Number(clip.slice(-2)))).toEqual(expected);
});

test('from is inclusive and to is exclusive', async () => {
  const world = await withClips(4);
  const { items } = await world.cloud.footage.list(world.owner, { limit: 10 });
  const [, second, third] = items;
  const page = await world.cloud.footage.list(world.owner, {
    limit: 10,
    ...(third === undefined ? {} : { from: third.recordedAt }),
    ...(second === undefined ? {} : { to: second.recordedAt }),
  });
  expect(page.items.map(({ clip }) => clip)).toEqual([third?.clip]);
});

test.each([
  [0, 1],
  [0, 999],
  [1000, 1001],
  [999, 2002],
  [0, 6015],
  [6014, 6015],
  [2500, 99_999],
])('bytes %i to %i are those of the clip', async (from, to) => {
  const world = await openCloudWorld();
  const clip = (await world.device('porch')).clip(ulidNumbered(0));
  clip.sendAll();
  await world.pass(300);
  const opened = await world.cloud.footage.open(world.owner, key(0));
  expect(opened).toMatchObject({ sizeBytes: 6015, state: 'stored', root: clip.root() });
  const parts: Uint8Array[] = [];
  for await (const part of opened?.read(from, to) ?? []) parts.push(part);
  expect(Buffer.concat(parts)).toEqual(clip.bytes().subarray(from, to));
  await opened?.close();
});

test("someone else's clip and one that never was give the same answer", async () => {
  const world = await withClips(2);
  const { account: stranger } = await world.cloud.accounts.open('stranger');
  const { footage } = world.cloud;
  for (const [account, n] of [
    [stranger, 0],
    [world.owner, 77],
  ] as const) {
    expect(await footage.find(account, key(n))).toBeNull();
    expect(await footage.open(account, key(n))).toBeNull();
    expect(await footage.still(account, key(n), ulidNumbered(9))).toBeNull();
    expect(await footage.remove(account, key(n))).toBe(false);
  }
  expect((await footage.list(stranger, { limit: 10 })).items).toEqual([]);
});

test('a delete hides the clip at once and for good, and is told [DEL-1]', async () => {
  const world = await withClips(3);
  const told: string[] = [];
  world.cloud.happenings.follow(world.owner, ({ kind }) => told.push(kind));
  const { footage } = world.cloud;
  expect(await footage.remove(world.owner, key(0))).toBe(true);
  expect(await footage.remove(world.owner, key(0))).toBe(false);
  expect(await footage.find(world.owner, key(0))).toBeNull();
  expect(await footage.open(world.owner, key(0))).toBeNull();
  expect((await footage.list(world.owner, { limit: 10 })).items).toHaveLength(2);
  expect(told).toEqual(['clip-gone']);
  expect(await world.entries('clip-deleted')).toHaveLength(1);
  // [DEL-2] ring-2019 keeps it, sealed, until its window ends; the end does not move.
  const row = await world.row(key(0));
  expect(row).toMatchObject({ possession: 'stored', deleteAt: row?.expiresAt });
});

test('a clip that still arrives can be deleted; its device is answered as ever [DEL-1]', async () => {
  const world = await withClips(1);
  const porch = await world.device('porch');
  expect(await world.cloud.footage.remove(world.owner, key(0))).toBe(true);
  const again = porch.clip(ulidNumbered(0), {
    startedAt: later(world.clock.now(), milliseconds(-300)),
  });
  again.final();
  await world.pass(300);
  expect((await world.cloud.footage.list(world.owner, { limit: 10 })).items).toEqual([]);
});

test('a clip past its window is out of sight before anything sweeps [RET-1, DEL-1]', async () => {
  const world = await withClips(2);
  world.clock.advance(days(60));
  await world.settle();
  expect(await world.cloud.footage.find(world.owner, key(0))).toBeNull();
  expect((await world.cloud.footage.list(world.owner, { limit: 10 })).items).toEqual([]);
});

test('reads are on record once per principal, clip and hour, through a restart [LOG-1]', async () => {
  const world = await openCloudWorld();
  const clip = (await world.device('porch')).clip(ulidNumbered(0));
  const still = ulidNumbered(9);
  clip.sendAll();
  clip.still(still, jpeg);
  await world.pass(300);
  await world.bytes(key(0));
  await world.bytes(key(0));
  expect(await world.cloud.footage.still(world.owner, key(0), still)).toEqual(jpeg);
  const reborn = await world.crash();
  await reborn.bytes(key(0));
  expect(await reborn.entries('clip-viewed')).toMatchObject([
    { actor: await world.ports.ledger.actor(`account:${world.owner}`), clip: ulidNumbered(0) },
  ]);
  reborn.clock.advance(hours(1));
  await reborn.bytes(key(0));
  expect(await reborn.entries('clip-viewed')).toHaveLength(2);
});

test('a shared user reads under its own name, beside the owner [LOG-1]', async () => {
  const world = await openCloudWorld();
  const clip = (await world.device('porch')).clip(ulidNumbered(0));
  clip.sendAll();
  await world.pass(300);
  const actor = `shared-user:${ulidNumbered(77)}`;
  const origin = { address: null, client: null, actor };
  await (await world.cloud.footage.open(world.owner, key(0), origin))?.close();
  await world.bytes(key(0));
  const { ledger } = world.ports;
  expect(await world.entries('clip-viewed')).toMatchObject([
    { actor: await ledger.actor(actor) },
    { actor: await ledger.actor(`account:${world.owner}`) },
  ]);
});

test('refused reads are on record once per principal, clip and hour, all alike [LOG-1, DEL-4]', async () => {
  const world = await withClips(3);
  const { footage, accounts } = world.cloud;
  const { account: stranger } = await accounts.open('stranger');
  await footage.remove(world.owner, key(1));
  await footage.open(world.owner, key(0));
  for (let turn = 0; turn < 2; turn++) {
    expect(await footage.open(stranger, key(0))).toBeNull();
    expect(await footage.still(stranger, key(0), ulidNumbered(9))).toBeNull();
    expect(await footage.open(world.owner, key(1))).toBeNull();
    expect(await footage.open(stranger, key(77))).toBeNull();
  }
  const because = 'no clip of theirs to see';
  const told = async () =>
    (await world.entries('access-refused')).map(({ actor, clip, facts }) => [
      actor,
      clip,
      (JSON.parse(facts) as { because: string }).because,
    ]);
  const [owner, other] = [
    await world.ports.ledger.actor(`account:${world.owner}`),
    await world.ports.ledger.actor(`account:${stranger}`),
  ];
  expect(await told()).toEqual([
    [other, ulidNumbered(0), because],
    [owner, ulidNumbered(1), because],
    // Nobody writes names of their own into the ledger.
    [other, null, because],
  ]);
  world.clock.advance(hours(1));
  await footage.open(stranger, key(0));
  expect(await told()).toHaveLength(4);
});

test('who asks for much that is not theirs gets one entry that says so [LOG-1]', async () => {
  const world = await withClips(1);
  const { account: stranger } = await world.cloud.accounts.open('stranger');
  const limit = serviceLimits.readRefusalsRecordedMax;
  await world.ports.catalogue.write(async (tx) => {
    for (let n = 100; n < 110 + limit; n++) {
      const recordedAt = world.clock.now();
      const claim = { claimedAt: recordedAt, recordedAt, firstReceivedAt: recordedAt };
      const clip = stagedClip(n, { ...claim, boundLowerAt: recordedAt, account: world.owner });
      await tx.insertInto('clips').values(clip).execute();
    }
  });
  for (let n = 100; n < 110 + limit; n++) {
    expect(await world.cloud.footage.open(stranger, key(n))).toBeNull();
  }
  const told = await world.entries('access-refused');
  expect(told).toHaveLength(limit);
  expect(told.at(-1)).toMatchObject({ clip: null, facts: '{"because":"and more of them"}' });
  expect(told.slice(0, -1).every(({ clip }) => clip !== null)).toBe(true);
});
