import { expect, test } from 'vitest';
import type { DeviceEvent } from '../../../../device/wire/messages.ts';
import { type EpochMs, epochMs, uptimeMs } from '../../../../device/wire/time.ts';
import { ulidNumbered } from '../../../support/cloud/clip-samples.ts';
import { openCloudWorld } from '../../../support/cloud/cloud-world.ts';

/** A doorbell owned by one, sold after a minute, owned by another for a minute. */
async function soldDoorbell() {
  const world = await openCloudWorld();
  const porch = await world.device('porch');
  const from = world.clock.now();
  await world.pass(60_000);
  const soldAt = world.clock.now();
  const { account: next } = await world.cloud.accounts.open('next owner');
  await world.cloud.accounts.release(world.owner, porch.thing);
  await world.cloud.accounts.claim(next, porch.thing);
  await world.pass(60_000);
  const seen = async (account: typeof next) => {
    const { items } = await world.cloud.happenings.list(account, { limit: 10 });
    return items.map(({ seq, at }) => [seq, at - soldAt]).reverse();
  };
  return {
    world,
    next,
    from,
    soldAt,
    send: (seq: number, at: EpochMs, clock: DeviceEvent['clock']) =>
      porch.event(seq, ulidNumbered(seq + 10), at, clock === undefined ? {} : { clock }),
    async hands() {
      await world.settle();
      return { former: await seen(world.owner), next: await seen(next) };
    },
  };
}

/** Its clock was never set; in this boot, `agoMs` ago, or in an earlier one. */
const unset = (agoMs: number | null): NonNullable<DeviceEvent['clock']> => ({
  boot: agoMs === null ? 1 : 2,
  uptimeAtMs: uptimeMs(500_000),
  uptimeNowMs: agoMs === null ? null : uptimeMs(500_000 + agoMs),
  syncedAtUptimeMs: null,
});
const set = (boot: number): NonNullable<DeviceEvent['clock']> => ({
  boot,
  uptimeAtMs: uptimeMs(500_000),
  uptimeNowMs: null,
  syncedAtUptimeMs: uptimeMs(100),
});

test('elapsed uptime says whose an event is, whatever the clock of the doorbell says [RET-5]', async () => {
  const { send, hands, from, soldAt } = await soldDoorbell();
  send(0, soldAt, unset(90_000));
  send(1, from, unset(30_000));
  send(2, epochMs(0), unset(10_000));
  expect(await hands()).toEqual({
    former: [[0, -30_000]],
    next: [
      [1, 30_000],
      [2, 50_000],
    ],
  });
});

test('the claim of an earlier boot counts where the clock had been set', async () => {
  const { send, hands, from, soldAt } = await soldDoorbell();
  send(0, from, set(1));
  send(1, soldAt, set(1));
  expect(await hands()).toEqual({ former: [[0, -60_000]], next: [[1, 0]] });
});

test('what nothing dates is shown to neither, if it can have been in the time of either', async () => {
  const { world, send, hands, from } = await soldDoorbell();
  send(0, from, unset(null));
  expect(await hands()).toEqual({ former: [], next: [] });
  const rows = await world.ports.catalogue.read.selectFrom('events').select('account').execute();
  expect(rows).toEqual([{ account: null }]);
});

test('what nothing dates lies between its neighbours, as events are numbered as they happen', async () => {
  const { send, hands, from, soldAt } = await soldDoorbell();
  // The ring that is sent first lies behind the one that nothing dates.
  send(1, from, set(1));
  send(3, soldAt, set(1));
  send(0, soldAt, unset(null));
  send(4, from, unset(null));
  send(2, from, unset(null));
  expect(await hands()).toEqual({
    former: [
      [0, -60_000],
      [1, -60_000],
    ],
    next: [
      [3, 0],
      [4, 60_000],
    ],
  });
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
