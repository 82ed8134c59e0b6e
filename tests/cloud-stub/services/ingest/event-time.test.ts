import { expect, test } from 'vitest';
import { epochMs } from '../../../../device/wire/time.ts';
import { ulidNumbered } from '../../../support/cloud/clip-samples.ts';
import { openCloudWorld } from '../../../support/cloud/cloud-world.ts';
import { set, soldDoorbell, unset } from '../../../support/cloud/sold-doorbell.ts';

test('elapsed uptime says whose an event is, whatever the clock of the doorbell says [RET-5]', async () => {
  const { event, events, from, soldAt } = await soldDoorbell();
  event(0, soldAt, unset(90_000));
  event(1, from, unset(30_000));
  event(2, epochMs(0), unset(10_000));
  expect(await events()).toEqual({
    former: [[0, -30_000]],
    next: [
      [1, 30_000],
      [2, 50_000],
    ],
  });
});

test('the claim of an earlier boot counts where the clock had been set', async () => {
  const { event, events, from, soldAt } = await soldDoorbell();
  event(0, from, set(1));
  event(1, soldAt, set(1));
  expect(await events()).toEqual({ former: [[0, -60_000]], next: [[1, 0]] });
});

test('what nothing dates is shown to neither, if it can have been in the time of either', async () => {
  const { world, event, events, from } = await soldDoorbell();
  event(0, from, unset(null));
  expect(await events()).toEqual({ former: [], next: [] });
  const rows = await world.ports.catalogue.read.selectFrom('events').select('account').execute();
  expect(rows).toEqual([{ account: null }]);
});

test('what nothing dates is of the only owner there was', async () => {
  const world = await openCloudWorld();
  const porch = await world.device('porch');
  await world.pass(60_000);
  porch.event(0, ulidNumbered(10), epochMs(0), { clock: unset(null) });
  await world.settle();
  const { items } = await world.cloud.happenings.list(world.owner, { limit: 10 });
  expect(items).toMatchObject([{ seq: 0, at: world.clock.now() }]);
});
