/** What people ask of a cloud in a life, while its clips arrive. Only what it answered counts. */
import type { AccountId, ClipRow } from '../../cloud-stub/catalogue-tables.ts';
import type { Cloud } from '../../cloud-stub/cloud.ts';
import { later, milliseconds } from '../../device/wire/time.ts';
import { ulidNumbered } from '../support/cloud/clip-samples.ts';
import { ada, bea } from '../support/cloud/hold-office.ts';
import type { Acts } from './acts.ts';
import { type Ending, leaseTermMs, slackMs, windowMaxMs, windowMinMs } from './custody-law.ts';
import type { MortalBell } from './mortal-bell.ts';
import { clipName, isFault } from './mortal-ports.ts';
import { look } from './owner-sight.ts';
import type { Household, Life } from './story.ts';
import { isGoing } from './witness.ts';

export const ownerActs: Acts = [
  ['delete', 3, removeOne],
  ['delete-all', 1, removeAll],
  ['hold', 1, placeHold],
  ['release-hold', 1, releaseOne],
  ['lease', 1, lease],
  ['hold-while-deleting', 2, holdWhileDeleting],
  ['plan', 2, changePlan],
  ['plan-lapses', 1, lapsePlan],
  ['sweep', 1, sweep],
  ['revoke', 1, revoke],
  ['enrol', 2, enrol],
  ['sold', 2, sell],
  ['account-closed', 1, closeAccount],
];

/** What owners ask of their doorbells, and see of their clips. */
export const requestActs: Acts = [
  ['look', 3, (life) => look(life)],
  ['snapshot', 1, (life, bell) => request(life, bell, 'snapshot')],
  ['reboot', 1, (life, bell) => request(life, bell, 'reboot')],
];

/** Nobody waits for the doorbell's answer: it may come in a minute, or never. */
async function request(life: Life, bell: MortalBell, what: 'snapshot' | 'reboot'): Promise<void> {
  const cloud = life.cloud.running();
  if (cloud === null) return;
  const asked = cloud.devices[what](life.ownerOf(bell).account, bell.thing);
  asked.catch((error: unknown) => {
    if (!isFault(error)) life.tell(`${what}: ${error}`);
  });
}

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

/** Whatever comes of it, from now on these clips may end. */
async function asEnding(
  { endings, time }: Life,
  what: Pick<Ending, 'by' | 'account' | 'only'>,
  act: () => Promise<void>,
): Promise<void> {
  const ending: Ending = { ...what, from: time.clock.now(), until: null };
  endings.push(ending);
  try {
    await act();
  } finally {
    ending.until = time.clock.now();
  }
}

async function removeOne(life: Life, bell: MortalBell): Promise<void> {
  await ask(life, (cloud) => removeOf(life, cloud, life.ownerOf(bell).account));
}

async function removeOf(life: Life, cloud: Cloud, account: AccountId): Promise<void> {
  const { items } = await cloud.footage.list(account, { limit: 50 });
  if (items.length === 0) return;
  const { thing, clip } = life.chance.pick(items);
  const key = { thing, clip };
  await asEnding(life, { by: 'userDelete', account, only: clipName(key) }, async () => {
    if (await cloud.footage.remove(account, key)) life.removed.push({ ...key, account });
  });
}

async function removeAll(life: Life, bell: MortalBell): Promise<void> {
  await ask(life, (cloud) => removeAllOf(life, cloud, life.ownerOf(bell).account));
}

async function removeAllOf(life: Life, cloud: Cloud, account: AccountId): Promise<void> {
  const { items } = await cloud.footage.list(account, { limit: 200 });
  await asEnding(life, { by: 'userDelete', account }, async () => {
    await cloud.footage.removeAll(account, {});
  });
  for (const { thing, clip } of items) life.removed.push({ thing, clip, account });
}

async function placeHold(life: Life, bell: MortalBell): Promise<void> {
  await ask(life, (cloud) => place(life, cloud, bell));
}

async function place(life: Life, cloud: Cloud, bell: MortalBell): Promise<void> {
  const { chance, committed, bells } = life;
  const { account } = life.ownerOf(bell);
  const n = chance.between(1, 1_000_000);
  const hold = ulidNumbered(n);
  const kind = chance.pick(['litigation', 'litigation', 'search-warrant'] as const);
  const isDevices = chance.happens(0.6);
  const isMeant = (row: ClipRow): boolean =>
    isDevices ? row.thing === bell.thing : row.account === account;
  const those = (): readonly ClipRow[] =>
    bells.flatMap(({ thing }) => committed.clipsOf(thing)).filter(isMeant);
  const before = new Set(those().map(clipName));
  const subject = isDevices
    ? ({ by: 'device', thing: bell.thing } as const)
    : ({ by: 'account', account } as const);
  const placed = await cloud.holds.place({
    ...{ hold, kind, basis: ulidNumbered(2_000_000 + n), by: `reviewer:${ada}` },
    scope: { subjects: [subject], from: null, to: null },
  });
  if (!placed.ok) return;
  const gone = new Set(those().filter(isGoing).map(clipName));
  life.holds.set(hold, {
    keeps(row) {
      const name = clipName(row);
      return isMeant(row) && !gone.has(name) && (kind === 'litigation' || before.has(name));
    },
  });
}

/** An export at work keeps what it has listed, until it ends or shows no more sign of life. */
async function lease(life: Life, { thing }: MortalBell): Promise<void> {
  const { chance, committed, cloud, time } = life;
  const kept = committed.clipsOf(thing).filter(({ possession }) => possession === 'stored');
  if (kept.length === 0) return;
  const clips = kept.filter(() => chance.happens(0.5)).map(({ clip }) => ({ thing, clip }));
  const id = ulidNumbered(4_000_000 + chance.between(1, 1_000_000));
  const from = time.clock.now();
  await ask(life, async ({ leases }) => {
    const absent = await cloud.storage.catalogue.write((tx) => leases.take(tx, id, id, clips));
    if (absent !== null) return;
    const names = new Set(clips.map(clipName));
    const endsAt = later(from, milliseconds(leaseTermMs - slackMs(life)));
    life.leases.push({
      keeps: (row) => names.has(clipName(row)) && time.clock.now() < endsAt,
    });
  });
}

/** [HLD-6] Whichever comes first: what is acknowledged as held is there. */
async function holdWhileDeleting(life: Life, bell: MortalBell): Promise<void> {
  await ask(life, async (cloud) => {
    const { account } = life.ownerOf(bell);
    const outcomes = await Promise.allSettled([
      life.chance.happens(0.5) ? removeOf(life, cloud, account) : removeAllOf(life, cloud, account),
      place(life, cloud, bell),
      cloud.sweeper.sweep(),
    ]);
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  });
}

/** [RET-1] What is due goes with the sweep, but for what a hold is on, or was. */
export async function sweep(life: Life): Promise<void> {
  await ask(life, async (cloud) => {
    const at = life.cloud.now();
    // One that is at work has looked before.
    await cloud.sweeper.sweep();
    const { refused, failed } = await cloud.sweeper.sweep();
    if (refused !== null || failed > 0) return;
    for (const row of life.committed.overdue(at)) {
      life.tell(`${clipName(row)} is ${row.possession} after the sweep that it was due at`);
    }
  });
}

async function releaseOne(life: Life): Promise<void> {
  const [hold] = life.holds.keys();
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
  const { account } = life.ownerOf(bell);
  const changed = await ask(life, async (cloud) => {
    const window = life.chance.pick([windowMinMs, windowMaxMs]);
    await cloud.plans.change(account, 'other', window);
  });
  if (!changed) return;
  for (const ending of life.endings) {
    const isLapse = ending.by === 'planLapse' && ending.account === account;
    if (isLapse) ending.until ??= life.time.clock.now();
  }
}

/** Until another is chosen, what comes is out of sight too. */
async function lapsePlan(life: Life, bell: MortalBell): Promise<void> {
  const { account } = life.ownerOf(bell);
  life.endings.push({ by: 'planLapse', account, from: life.time.clock.now(), until: null });
  await ask(life, async (cloud) => {
    await cloud.plans.lapse(account);
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
  const closed = await ask(life, (cloud) =>
    asEnding(life, { by: 'accountClose', account }, async () => {
      await cloud.account.close(account);
    }),
  );
  if (closed) life.closed.add(account);
  await life.reopen(household);
}
