// Written as a user of the project writes it: the same story as fixtures/scenarios/hold-after-owner-deleted.yaml.
import path from 'node:path';
import { expect, test } from 'vitest';
import { ring2019 } from '../../../cloud-stub/custody/profiles/ring-2019.ts';
import { makeUlid, type ThingName } from '../../../device/wire/ids.ts';
import { days } from '../../../device/wire/time.ts';
import {
  clipsSeenBy,
  openTestWorld,
  recordRing,
  testScenarios,
} from '../../../tools/scenario/vitest.ts';

const porch = 'porch' as ThingName;

test('a hold reaches footage that its owner has deleted, and its owner sees nothing of it', async () => {
  const world = await openTestWorld();
  const alice = await world.openAccount('alice');
  await world.installDoorbell(porch, { owner: 'alice' });
  await recordRing(world, porch, 'visit');
  const visit = world.clips.get('visit');
  expect((await clipsSeenBy(world, 'alice')).map(({ clip }) => clip)).toEqual([visit.clip]);

  expect(await world.cloud().footage.remove(alice, visit)).toBe(true);
  await world.time.advance(days(3));
  const hold = makeUlid(world.time.clock.now(), (count) => new Uint8Array(count));
  const scope = { subjects: [{ by: 'device', thing: porch } as const], from: null, to: null };
  const { principal } = await world.office.person('reviewer');
  const by = `reviewer:${principal}`;
  const placed = await world
    .cloud()
    .holds.place({ hold, kind: 'litigation', basis: hold, scope, by });
  expect(placed).toMatchObject({ ok: true, held: 1 });

  await world.time.advance(days(100));
  expect(await clipsSeenBy(world, 'alice')).toEqual([]);
  expect(await world.record(visit)).toMatchObject({
    possession: 'stored',
    visibility: 'user-deleted',
  });
});

test('a profile of one’s own is a profile', async () => {
  const world = await openTestWorld({
    profile: { ...ring2019, name: 'a-week', clipWindowMs: days(7) },
  });
  await world.openAccount('alice');
  await world.installDoorbell(porch, { owner: 'alice' });
  await recordRing(world, porch, 'visit');
  await world.time.advance(days(8));
  expect(await world.record(world.clips.get('visit'))).toMatchObject({ possession: 'shredded' });
});

testScenarios([
  path.join(import.meta.dirname, '../../../fixtures/scenarios/process-live-intercept.yaml'),
]);
