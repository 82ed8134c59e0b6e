/** A doorbell owned by one for a minute, sold, and owned by another for a minute; whose is what comes then? */
import type { AccountId } from '../../../cloud-stub/catalogue-tables.ts';
import type { DeviceEvent } from '../../../device/wire/messages.ts';
import { type EpochMs, uptimeMs } from '../../../device/wire/time.ts';
import { ulidNumbered } from './clip-samples.ts';
import { openCloudWorld } from './cloud-world.ts';
import type { FakeClip, FakeClipDraft } from './fake-device.ts';

type ItemClock = NonNullable<DeviceEvent['clock']>;

export async function soldDoorbell() {
  const world = await openCloudWorld();
  const porch = await world.device('porch');
  const from = world.clock.now();
  await world.pass(60_000);
  const soldAt = world.clock.now();
  const { account: next } = await world.cloud.accounts.open('next owner');
  await world.cloud.accounts.release(world.owner, porch.thing);
  await world.cloud.accounts.claim(next, porch.thing);
  await world.pass(60_000);

  async function eventsOf(account: AccountId) {
    const { items } = await world.cloud.happenings.list(account, { limit: 10 });
    return items.map(({ seq, at }) => [seq, at - soldAt]).reverse();
  }
  async function clipsOf(account: AccountId) {
    const { items } = await world.cloud.footage.list(account, { limit: 10 });
    return items.map(({ clip }) => clip).sort();
  }
  return {
    world,
    porch,
    next,
    from,
    soldAt,
    event: (seq: number, at: EpochMs, clock: DeviceEvent['clock']) =>
      porch.event(seq, ulidNumbered(seq + 10), at, clock === undefined ? {} : { clock }),
    clip(
      startedAt: EpochMs,
      { boot, uptimeAtMs, ...clock }: ItemClock,
      draft: Draft = {},
    ): FakeClip {
      const opening = { boot, startedAt, clock: { ...clock, uptimeAtStartMs: uptimeAtMs } };
      return porch.clip(ulidNumbered(100 + (draft.seq ?? 0)), { ...opening, ...draft });
    },
    async events() {
      await world.settle();
      return { former: await eventsOf(world.owner), next: await eventsOf(next) };
    },
    async clips() {
      await world.settle();
      return { former: await clipsOf(world.owner), next: await clipsOf(next) };
    },
  };
}

type Draft = Partial<Omit<FakeClipDraft, 'boot' | 'startedAt' | 'clock'>>;

/** Its clock was never set; in this boot, `agoMs` ago, or in an earlier one. */
export const unset = (agoMs: number | null): ItemClock =>
  inBoot(agoMs === null ? 1 : 2, 500_000, agoMs === null ? null : 500_000 + agoMs);

/** Of an earlier boot, whose clock had been set. */
export const set = (boot: number, uptimeAtMs = 500_000): ItemClock => ({
  ...inBoot(boot, uptimeAtMs),
  syncedAtUptimeMs: uptimeMs(100),
});

/** A clock that was never set, at that uptime of that boot; `nowMs`: the uptime when it is sent, in that same boot. */
export const inBoot = (boot: number, atMs: number, nowMs: number | null = null): ItemClock => ({
  boot,
  uptimeAtMs: uptimeMs(atMs),
  uptimeNowMs: nowMs === null ? null : uptimeMs(nowMs),
  syncedAtUptimeMs: null,
});
