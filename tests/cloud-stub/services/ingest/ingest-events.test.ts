import { expect, test } from 'vitest';
import { serviceLimits } from '../../../../cloud-stub/services/service-limits.ts';
import { days, epochMs, later } from '../../../../device/wire/time.ts';
import { ulidNumbered } from '../../../support/cloud/clip-samples.ts';
import { openCloudWorld } from '../../../support/cloud/cloud-world.ts';

test('events are durable before they are acknowledged, in order and once [WIRE-10]', async () => {
  const world = await openCloudWorld();
  const porch = await world.device('porch');
  const told: number[] = [];
  world.cloud.happenings.follow(world.owner, (happening) => {
    if (happening.kind === 'event') told.push(happening.event.seq);
  });
  const at = world.clock.now();
  porch.event(0, ulidNumbered(10), at);
  porch.event(1, ulidNumbered(11), at);
  porch.event(1, ulidNumbered(11), at); // sent again: its receipt was lost
  await world.settle();
  expect(porch.eventReceipts.at(-1)).toBe(1);
  expect(told).toEqual([0, 1]);
  const { items } = await world.cloud.happenings.list(world.owner, { limit: 10 });
  expect(items.map(({ seq, id }) => [seq, id])).toEqual([
    [1, ulidNumbered(11)],
    [0, ulidNumbered(10)],
  ]);
});

test('a gap holds the receipt back until what is missing comes [WIRE-10]', async () => {
  const world = await openCloudWorld();
  const porch = await world.device('porch');
  const at = world.clock.now();
  porch.event(1, ulidNumbered(11), at);
  await world.settle();
  expect(porch.eventReceipts).toEqual([]); // nothing up to here is durable
  porch.event(2, ulidNumbered(12), at);
  porch.event(0, ulidNumbered(10), at);
  await world.settle();
  expect(porch.eventReceipts).toEqual([2]);
});

test('a gap that the device itself has passed over is put on record and left behind', async () => {
  const world = await openCloudWorld();
  const porch = await world.device('porch');
  const at = world.clock.now();
  const again = async (seq: number, id: number): Promise<void> => {
    porch.event(seq, ulidNumbered(id), at);
    await world.settle();
  };
  await again(500, 10); // it served another cloud before
  for (let round = 0; round < serviceLimits.eventGapRounds - 1; round++) {
    await world.pass(3_000);
    await again(500, 10);
    await again(500, 10); // the network's doing, and no round of its own
  }
  await world.pass(60_000);
  await again(501, 11); // a new one tells nothing of those before
  expect(porch.eventReceipts).toEqual([]);
  await again(500, 10);
  expect(porch.eventReceipts).toEqual([501]);
  const [entry] = await world.entries('chain-gap');
  expect(JSON.parse(entry?.facts ?? '{}')).toMatchObject({ events: { from: 0, to: 499 } });
});

test('what a doorbell no longer holds when it boots is not waited for [WIRE-10]', async () => {
  const world = await openCloudWorld();
  const porch = await world.device('porch');
  const at = world.clock.now();
  const data = { boot: 7, acknowledgedUpTo: 497 };
  porch.event(500, ulidNumbered(13), at, { kind: 'boot', data });
  await world.settle();
  expect(porch.eventReceipts.at(-1)).toBe(497); // another cloud has them
  porch.event(499, ulidNumbered(12), at);
  await world.settle();
  expect(porch.eventReceipts.at(-1)).toBe(497); // 498 is still on its flash
  porch.event(498, ulidNumbered(11), at);
  await world.settle();
  expect(porch.eventReceipts.at(-1)).toBe(500);
  const gaps = (await world.entries('chain-gap')).map(({ facts }) => JSON.parse(facts));
  expect(gaps).toEqual([
    { events: { from: 0, to: 497 }, because: 'acknowledged before, not by this cloud' },
  ]);
  // Nothing is missing when it boots here again.
  const next = { boot: 8, acknowledgedUpTo: 500 };
  porch.event(501, ulidNumbered(14), at, { kind: 'boot', data: next });
  await world.settle();
  expect(porch.eventReceipts.at(-1)).toBe(501);
  expect(await world.entries('chain-gap')).toHaveLength(1);
});

test.each([
  ['of an event that says it beside a boot', 'health', 499],
  ['of a boot that speaks of itself and what comes after', 'boot', 500],
  ['of a boot whose number is none', 'boot', 'all'],
] as const)('the word %s closes no gap', async (_whose, kind, acknowledgedUpTo) => {
  const world = await openCloudWorld();
  const porch = await world.device('porch');
  const data = { acknowledgedUpTo };
  porch.event(500, ulidNumbered(13), world.clock.now(), { kind, data });
  await world.settle();
  expect(porch.eventReceipts).toEqual([]);
});

test('a ring lost again and again is not passed over; one gap passed passes no other [WIRE-10]', async () => {
  const world = await openCloudWorld();
  const porch = await world.device('porch');
  const at = world.clock.now();
  const round = async (...numbers: readonly number[]): Promise<void> => {
    await world.pass(3_000);
    for (const seq of numbers) porch.event(seq, ulidNumbered(10 + seq), at);
    await world.settle();
  };
  await round(0, 2);
  for (let lost = 0; lost < 5; lost++) await round(2);
  await round(1, 2);
  expect(porch.eventReceipts.at(-1)).toBe(2);
  // Number 3 was never made; number 5 was lost when the doorbell had long been repeating number 4.
  await round(4);
  for (let n = 0; n < serviceLimits.eventGapRounds - 1; n++) await round(4);
  await round(6, 4);
  expect(porch.eventReceipts.at(-1)).toBe(4);
  await round(5, 6);
  expect(porch.eventReceipts.at(-1)).toBe(6);
  expect(await world.entries('chain-gap')).toHaveLength(1);
});

test('a ring that comes after it was passed over is taken in, for a day [WIRE-10, RET-10]', async () => {
  const world = await openCloudWorld();
  const porch = await world.device('porch');
  const at = world.clock.now();
  const send = async (seq: number): Promise<void> => {
    await world.pass(3_000);
    porch.event(seq, ulidNumbered(10 + seq), at);
    await world.settle();
  };
  const here = async (): Promise<readonly number[]> => {
    const rows = await world.ports.catalogue.read
      .selectFrom('events')
      .select('seq')
      .orderBy('seq')
      .execute();
    return rows.map(({ seq }) => seq);
  };
  await send(0);
  for (let n = 0; n <= serviceLimits.eventGapRounds; n++) await send(3);
  expect(porch.eventReceipts.at(-1)).toBe(3);
  await send(1);
  expect(await here()).toEqual([0, 1, 3]);
  expect(porch.eventReceipts.at(-1)).toBe(3);
  world.clock.advance(serviceLimits.eventLateMsMax);
  await send(2);
  expect(await here()).toEqual([0, 1, 3]);
});

test('another event under a number that is taken changes nothing [WIRE-9]', async () => {
  const world = await openCloudWorld();
  const porch = await world.device('porch');
  const at = world.clock.now();
  porch.event(0, ulidNumbered(10), at);
  await world.settle();
  porch.event(0, ulidNumbered(99), at, { kind: 'boot' });
  await world.settle();
  expect(world.cloud.counters.refused['event-conflict']).toBe(1);
  const { items } = await world.cloud.happenings.list(world.owner, { limit: 10 });
  expect(items.map(({ kind }) => kind)).toEqual(['ding']);
});

test('what was acknowledged is there after the cloud is killed [WIRE-10]', async () => {
  const world = await openCloudWorld();
  const porch = await world.device('porch');
  for (let seq = 0; seq < 20; seq++) porch.event(seq, ulidNumbered(seq), world.clock.now());
  await world.settle();
  const upTo = porch.eventReceipts.at(-1) ?? -1;
  expect(upTo).toBe(19);
  const reborn = await world.crash();
  const { items } = await reborn.cloud.happenings.list(reborn.owner, { limit: 100 });
  expect(items).toHaveLength(20);
  const again = await reborn.device('porch');
  again.event(19, ulidNumbered(19), world.clock.now());
  await reborn.settle();
  expect(again.eventReceipts).toEqual([19]);
});

test.each([
  ['long before it was enrolled', 0],
  ['in the future', 4e12],
])(
  'an event of a clock that stands %s is found by the owner, with its claim kept',
  async (_when, at) => {
    const world = await openCloudWorld();
    const porch = await world.device('porch');
    porch.event(0, ulidNumbered(10), epochMs(at));
    await world.settle();
    const now = world.clock.now();
    const { items } = await world.cloud.happenings.list(world.owner, { limit: 10 });
    expect(items).toMatchObject([{ at: now, receivedAt: now }]);
    const row = await world.ports.catalogue.read
      .selectFrom('events')
      .select('message')
      .executeTakeFirst();
    expect(JSON.parse(row?.message ?? '{}')).toMatchObject({ at });
  },
);

test('an event belongs to who owned the device then, and leaves sight with its window [RET-10]', async () => {
  const world = await openCloudWorld();
  const porch = await world.device('porch');
  await world.pass(10);
  porch.event(0, ulidNumbered(10), world.clock.now());
  await world.pass(1000);
  const { account: next } = await world.cloud.accounts.open('next owner');
  expect(await world.cloud.accounts.release(world.owner, porch.thing)).toEqual({ ok: true });
  expect(await world.cloud.accounts.claim(next, porch.thing)).toEqual({ ok: true });
  await world.pass(10);
  porch.event(1, ulidNumbered(11), world.clock.now());
  await world.settle();
  const seqsOf = async (account: typeof next) =>
    (await world.cloud.happenings.list(account, { limit: 10 })).items.map(({ seq }) => seq);
  expect(await seqsOf(world.owner)).toEqual([0]);
  expect(await seqsOf(next)).toEqual([1]);
  const row = await world.ports.catalogue.read
    .selectFrom('events')
    .select(['receivedAt', 'expiresAt'])
    .executeTakeFirstOrThrow();
  expect(row.expiresAt).toBe(later(row.receivedAt, days(60)));
});

test('pages and "since" name each event once', async () => {
  const world = await openCloudWorld();
  const porch = await world.device('porch');
  for (let seq = 0; seq < 7; seq++) {
    porch.event(seq, ulidNumbered(seq), world.clock.now());
    if (seq % 3 === 0) await world.pass(100);
  }
  await world.settle();
  const { happenings } = world.cloud;
  const seen: number[] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof happenings.list>> = await happenings.list(world.owner, {
      limit: 3,
      ...(cursor === null ? {} : { cursor }),
    });
    seen.push(...page.items.map(({ seq }) => seq));
    cursor = page.next;
  } while (cursor !== null);
  expect(seen).toEqual([6, 5, 4, 3, 2, 1, 0]);
  const [third] = (await happenings.list(world.owner, { limit: 10 })).items.slice(4);
  const since = await happenings.since(world.owner, third?.cursor ?? '', 10);
  expect(since.map(({ seq }) => seq)).toEqual([3, 4, 5, 6]);
  expect(await happenings.since(world.owner, 'nonsense', 2)).toHaveLength(2);
});
