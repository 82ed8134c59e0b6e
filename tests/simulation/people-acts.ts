/** What people ask of a cloud in a life, while its clips arrive. Only what it answered counts. */
import type { Cloud } from '../../cloud-stub/cloud.ts';
import { days } from '../../device/wire/time.ts';
import { ulidNumbered } from '../support/cloud/clip-samples.ts';
import { ada, bea } from '../support/cloud/hold-office.ts';
import type { Acts } from './acts.ts';
import type { MortalBell } from './mortal-bell.ts';
import { clipName, isFault } from './mortal-ports.ts';
import type { Household, Life } from './story.ts';

export const ownerActs: Acts = [
  ['delete', 3, removeOne],
  ['delete-all', 1, removeAll],
  ['hold', 1, placeHold],
  ['release-hold', 1, releaseOne],
  ['plan', 1, changePlan],
  ['revoke', 1, revoke],
  ['enrol', 2, enrol],
  ['sold', 1, sell],
  ['account-closed', 1, closeAccount],
];

/** A cloud that dies or cannot write meanwhile may have done it or not. False: nobody knows. */
export async function ask(life: Life, act: (cloud: Cloud) => Promise<void>): Promise<boolean> {
  const cloud = life.cloud.running();
  if (cloud === null) return false;
  try {
    await life.time.advanceWhile(act(cloud));
    return true;
  } catch (error) {
    if (!isFault(error)) throw error;
    return false;
  }
}

async function removeOne(life: Life, bell: MortalBell): Promise<void> {
  await ask(life, async (cloud) => {
    const { account } = life.ownerOf(bell);
    const { items } = await cloud.footage.list(account, { limit: 50 });
    if (items.length === 0) return;
    const clip = life.chance.pick(items);
    const key = { thing: clip.thing, clip: clip.clip };
    life.hidden.add(clipName(key));
    if (await cloud.footage.remove(account, key)) life.removed.push({ ...key, account });
  });
}

async function removeAll(life: Life, bell: MortalBell): Promise<void> {
  const { account } = life.ownerOf(bell);
  await ask(life, async (cloud) => {
    const { items } = await cloud.footage.list(account, { limit: 200 });
    for (const key of items) life.hidden.add(clipName(key));
    // More may have come since; what it says of receipts cannot be judged any more.
    life.mute(account);
    await cloud.footage.removeAll(account, {});
    for (const { thing, clip } of items) life.removed.push({ thing, clip, account });
  });
}

async function placeHold(life: Life, bell: MortalBell): Promise<void> {
  await ask(life, async (cloud) => {
    const n = life.chance.between(1, 1_000_000);
    const hold = ulidNumbered(n);
    const placed = await cloud.holds.place({
      ...{ hold, kind: 'litigation', basis: ulidNumbered(2_000_000 + n), by: `reviewer:${ada}` },
      scope: { subjects: [{ by: 'device', thing: bell.thing }], from: null, to: null },
    });
    if (placed.ok) life.holds.add(hold);
  });
}

async function releaseOne(life: Life): Promise<void> {
  const [hold] = life.holds;
  if (hold === undefined) return;
  // Asked for, it may be over whatever is answered.
  life.holds.delete(hold);
  for (const by of [`reviewer:${ada}`, `approver:${bea}`]) {
    await ask(life, async (cloud) => {
      await cloud.holds.release({ hold, because: 'released', by });
    });
  }
}

async function changePlan(life: Life, bell: MortalBell): Promise<void> {
  await ask(life, async (cloud) => {
    const window = days(life.chance.between(1, 2));
    await cloud.plans.change(life.ownerOf(bell).account, 'other', window);
  });
}

async function revoke(life: Life, bell: MortalBell): Promise<void> {
  await ask(life, async (cloud) => {
    await cloud.registry.revoke(bell.thing, 'stolen, as it seemed');
  });
}

/** A doorbell that was revoked is found again and gets another certificate. */
export async function enrol(life: Life, bell: MortalBell): Promise<void> {
  const certificate = await bell.renewCertificate();
  await ask(life, async (cloud) => {
    await cloud.registry.enrol(bell.thing, certificate);
  });
}

/** To the other household; what it recorded before stays where it is. */
async function sell(life: Life, bell: MortalBell): Promise<void> {
  if (!life.cloudClockIsRight) return;
  const from = life.ownerOf(bell);
  const to = life.households.find((each) => each !== from);
  if (to === undefined) return;
  await ask(life, async (cloud) => {
    await cloud.accounts.release(from.account, bell.thing);
  });
  await settle(life, bell, to);
}

/** Whoever the cloud says owns it now does; if nobody does, `wanted` claims it. */
export async function settle(life: Life, bell: MortalBell, wanted: Household): Promise<void> {
  await ask(life, async (cloud) => {
    await cloud.accounts.claim(wanted.account, bell.thing);
  });
  await life.learnOwners();
}

async function closeAccount(life: Life, bell: MortalBell): Promise<void> {
  const household = life.ownerOf(bell);
  if (household.closures >= 1) return;
  household.closures++;
  const { account } = household;
  life.mute(account);
  life.closing.add(account);
  const closed = await ask(life, async (cloud) => {
    await cloud.account.close(account);
  });
  if (closed) life.closed.add(account);
  await life.reopen(household);
}
