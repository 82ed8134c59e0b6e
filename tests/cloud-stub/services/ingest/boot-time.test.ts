import { expect, test } from 'vitest';
import { epochMs, seconds } from '../../../../device/wire/time.ts';
import { ulidNumbered } from '../../../support/cloud/clip-samples.ts';
import { openCloudWorld } from '../../../support/cloud/cloud-world.ts';
import { inBoot, set, soldDoorbell, unset } from '../../../support/cloud/sold-doorbell.ts';

const theClip = ulidNumbered(100);
const ofNobody = { former: [], next: [] };
const ofFormer = { former: [theClip], next: [] };
const ofNext = { former: [], next: [theClip] };

test('a clip that nothing dates is shown to neither, if it can have been in the time of either [RET-5]', async () => {
  const { world, porch, clip, clips, from, soldAt } = await soldDoorbell();
  const claims = [epochMs(0), from, soldAt, world.clock.now()];
  for (const [seq, at] of claims.entries()) clip(at, unset(null), { seq }).sendAll();
  expect(await clips()).toEqual(ofNobody);
  // Kept like any other: it is of this doorbell, and late it cannot be called.
  for (const seq of claims.keys()) {
    const row = await world.row({ thing: porch.thing, clip: ulidNumbered(100 + seq) });
    expect(row).toMatchObject({ account: null, possession: 'stored', boundLowerAt: null });
  }
});

test('a clip that nothing dates is of the only owner there was', async () => {
  const world = await openCloudWorld();
  const porch = await world.device('porch');
  await world.pass(60_000);
  const { uptimeAtMs, boot, ...clock } = unset(null);
  const clip = porch.clip(theClip, {
    boot,
    startedAt: epochMs(0),
    clock: { ...clock, uptimeAtStartMs: uptimeAtMs },
  });
  clip.sendAll();
  await world.settle();
  const { items } = await world.cloud.footage.list(world.owner, { limit: 10 });
  expect(items).toMatchObject([{ clip: theClip, recordedAt: world.clock.now() }]);
});

test('an event that was dated by uptime dates all of its boot, clips and events alike', async () => {
  const told = await soldDoorbell();
  // Boot 1 began 100 s before the sale, by an event that came while it lasted.
  told.event(0, epochMs(0), inBoot(1, 100_000, 160_000));
  for (const [seq, uptimeAtMs] of [99_000, 101_000].entries()) {
    told.clip(epochMs(0), inBoot(1, uptimeAtMs), { seq }).sendAll();
    told.event(seq + 1, told.soldAt, inBoot(1, uptimeAtMs));
  }
  expect(await told.clips()).toEqual({ former: [theClip], next: [ulidNumbered(101)] });
  expect(await told.events()).toEqual({
    former: [[1, -1000]],
    next: [
      [0, 0],
      [2, 1000],
    ],
  });
});

test('what nothing dates was between the boots before and after, as far as those are dated', async () => {
  for (const [name, hands] of [
    ['before', ofFormer],
    ['after', ofNext],
    ['neither', ofNobody],
  ] as const) {
    const { event, clip, clips, soldAt } = await soldDoorbell();
    // Boot 3 began a second before the sale, or boot 1 lasted until a second after it.
    if (name === 'before') event(9, epochMs(0), inBoot(3, 0, 61_000));
    if (name === 'after') event(1, epochMs(soldAt + seconds(1)), set(1));
    clip(soldAt, inBoot(2, 500_000)).sendAll();
    expect(await clips(), name).toEqual(hands);
  }
});

test('a clock that was set too far ahead dates nothing', async () => {
  const ahead = await soldDoorbell();
  const startedAt = epochMs(ahead.world.clock.now() + seconds(1));
  ahead.clip(startedAt, set(1)).sendAll();
  ahead.event(0, startedAt, set(1));
  expect(await ahead.clips()).toEqual(ofNobody);
  expect(await ahead.events()).toEqual(ofNobody);
});

test('a firmware that tells no uptimes is believed where it can be right', async () => {
  const old = await soldDoorbell();
  old.event(0, old.from, undefined);
  old.event(1, old.soldAt, undefined);
  old.event(2, epochMs(0), undefined);
  expect(await old.events()).toEqual({ former: [[0, -60_000]], next: [[1, 0]] });
});

test('the first event of a boot that is dated by its clock dates what had come of that boot before', async () => {
  const { world, event, events, clip, clips, soldAt } = await soldDoorbell();
  // The clock was set 20 s after the sale, at an uptime of 120 s: what was recorded before came first.
  for (const [seq, uptimeAtMs] of [99_000, 101_000].entries()) {
    const sent = clip(epochMs(0), inBoot(1, uptimeAtMs), { seq });
    if (seq === 0) sent.sendAll();
    else sent.init();
    event(seq, epochMs(0), inBoot(1, uptimeAtMs));
  }
  expect([await clips(), await events()]).toEqual([ofNobody, ofNobody]);
  event(2, epochMs(soldAt + seconds(20)), set(1, 120_000));
  expect(await clips()).toEqual({ former: [theClip], next: [ulidNumbered(101)] });
  expect(await events()).toEqual({
    former: [[0, -1000]],
    next: [
      [1, 1000],
      [2, 20_000],
    ],
  });
  expect(await world.entries('clip-dated')).toHaveLength(2);
  expect(await world.row({ thing: 'porch' as never, clip: ulidNumbered(101) })).toMatchObject({
    recordedAt: soldAt + 1000,
  });
});
