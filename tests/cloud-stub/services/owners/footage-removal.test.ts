import { describe, expect, test } from 'vitest';
import { type Policy, policySchema } from '../../../../cloud-stub/custody/policy.ts';
import { eu } from '../../../../cloud-stub/custody/profiles/eu.ts';
import { privacyFirst } from '../../../../cloud-stub/custody/profiles/privacy-first.ts';
import { ring2019 } from '../../../../cloud-stub/custody/profiles/ring-2019.ts';
import { days, hours, later, minutes } from '../../../../device/wire/time.ts';
import { storedClip } from '../../../support/cloud/catalogue-rows.ts';
import { clipNumbered, thingNamed, ulidNumbered } from '../../../support/cloud/clip-samples.ts';
import { type CloudWorld, openCloudWorld } from '../../../support/cloud/cloud-world.ts';
import { ada } from '../../../support/cloud/hold-office.ts';

const porch = thingNamed('porch');
const key = (n: number) => ({ thing: porch, clip: ulidNumbered(n) });
const afterGrace: Policy = policySchema.parse({
  ...ring2019,
  name: 'a day of grace',
  userDelete: { kind: 'grace', graceMs: days(1) },
});

/** Two clips that are stored and one that is still arriving. */
async function household(policy: Policy = ring2019) {
  const world = await openCloudWorld({ policy });
  const device = await world.device('porch');
  for (const n of [0, 1]) {
    device.clip(ulidNumbered(n), { seq: n, startedAt: world.clock.now() }).sendAll();
    await world.pass(minutes(1));
  }
  const arriving = device.clip(ulidNumbered(2), { seq: 2, startedAt: world.clock.now() });
  arriving.init();
  arriving.sendChunks(0, 3);
  await world.pass(minutes(1));
  return { world, arriving };
}
const listed = async (world: CloudWorld) =>
  (await world.cloud.footage.list(world.owner, { limit: 9 })).items.map(({ clip }) => clip);
const possessions = (world: CloudWorld) =>
  Promise.all([0, 1, 2].map(async (n) => (await world.row(key(n)))?.possession));

describe('what deleting does [DEL-1, DEL-2]', () => {
  test.each([
    [privacyFirst, days(0), 'shredded'],
    [eu, days(0), 'shredded'],
    [afterGrace, days(1), 'stored'],
    [ring2019, null, 'stored'],
  ] as const)(
    'under $name every clip is out of sight at once, its bytes go as the profile says',
    async (policy, afterMs, possession) => {
      const { world, arriving } = await household(policy);
      const { footage } = world.cloud;
      const at = world.clock.now();
      expect(await footage.removeMany(world.owner, [key(0), key(2)])).toBe(2);
      expect(await listed(world)).toEqual([ulidNumbered(1)]);
      expect(await footage.open(world.owner, key(0))).toBeNull();
      arriving.sendChunks(3);
      arriving.final();
      await world.pass(minutes(2));
      const rows = [await world.row(key(0)), await world.row(key(2))];
      for (const row of rows) {
        expect(row).toMatchObject({ visibility: 'user-deleted', userDeletedAt: at, possession });
        const deleteAt = afterMs === null ? row?.expiresAt : later(at, afterMs);
        expect(row?.deleteAt).toBe(deleteAt);
      }
      expect(await listed(world)).toEqual([ulidNumbered(1)]);
      await world.pass(days(1) + hours(1));
      const wanted = afterMs === null ? 'stored' : 'shredded';
      expect(await possessions(world)).toEqual([wanted, 'stored', wanted]);
    },
  );

  test('it never lengthens a life: a grace ends with the window', async () => {
    const { world } = await household(afterGrace);
    const { expiresAt = null } = (await world.row(key(0))) ?? {};
    await world.pass(afterGrace.clipWindowMs - hours(2));
    await world.cloud.footage.remove(world.owner, key(0));
    expect(await world.row(key(0))).toMatchObject({ deleteAt: expiresAt });
  });

  test('the answer is the same whether anything preserves them [DEL-4]', async () => {
    const answers = [];
    for (const isHeld of [false, true]) {
      const { world } = await household(privacyFirst);
      if (isHeld) {
        await world.cloud.holds.place({
          hold: ulidNumbered(5000),
          kind: 'litigation',
          basis: ulidNumbered(5000),
          scope: { subjects: [{ by: 'device', thing: porch }], from: null, to: null },
          by: `reviewer:${ada}`,
        });
      }
      const { footage } = world.cloud;
      const answer = [
        await footage.removeMany(world.owner, [key(0), key(0), key(7)]),
        await footage.removeAll(world.owner, {}),
        await footage.removeAll(world.owner, {}),
        await listed(world),
      ];
      await world.pass(minutes(5));
      expect(await possessions(world)).toEqual(
        isHeld ? ['stored', 'stored', 'stored'] : ['shredded', 'shredded', 'shredded'],
      );
      answers.push(answer);
    }
    expect(answers[0]).toEqual([1, 2, 0, []]);
    expect(answers[1]).toEqual(answers[0]);
  });

  test('two who delete at once hide a clip once, and nobody deletes for another', async () => {
    const { world } = await household();
    const { footage, accounts } = world.cloud;
    const stranger = await accounts.open('stranger');
    expect(await footage.removeMany(stranger.account, [key(0)])).toBe(0);
    expect(await footage.removeAll(stranger.account, {})).toBe(0);
    const both = await Promise.all([
      footage.removeAll(world.owner, {}),
      footage.removeMany(world.owner, [key(0), key(1)]),
    ]);
    expect(both.reduce((a, b) => a + b)).toBe(3);
    expect(await world.entries('clip-deleted')).toHaveLength(3);
  });

  test('all is all, however many there are', async () => {
    const world = await openCloudWorld();
    await world.device('porch');
    const recordedAt = later(world.clock.now(), -hours(1) as never);
    await world.ports.catalogue.write(async (tx) => {
      for (let n = 0; n < 450; n++) {
        const row = storedClip(n, {
          ...clipNumbered(n),
          account: world.owner,
          claimedAt: recordedAt,
          recordedAt,
          boundLowerAt: recordedAt,
          firstReceivedAt: recordedAt,
          storedAt: recordedAt,
          expiresAt: later(recordedAt, days(60)),
          deleteAt: later(recordedAt, days(60)),
        });
        await tx.insertInto('clips').values(row).execute();
      }
    });
    expect(await world.cloud.footage.removeAll(world.owner, { thing: thingNamed('gate') })).toBe(0);
    expect(await world.cloud.footage.removeAll(world.owner, {})).toBe(450);
    expect(await listed(world)).toEqual([]);
    expect(await world.entries('clip-deleted')).toHaveLength(450);
  });
});
