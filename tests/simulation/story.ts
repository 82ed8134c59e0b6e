/**
 * One random life of doorbells, two households and a cloud, drawn from a seed: rings, walks, storms, power cuts,
 * troubled flashes and disks, wrong clocks, deletes, holds, sales, and a cloud that is killed at any step. Then all is
 * well again, and the windows end.
 */
import { createHash } from 'node:crypto';
import type { AccountId } from '../../cloud-stub/catalogue-tables.ts';
import type { Cloud } from '../../cloud-stub/cloud.ts';
import type { EndOfLife, Policy } from '../../cloud-stub/custody/policy.ts';
import { ring2019 } from '../../cloud-stub/custody/profiles/ring-2019.ts';
import type { ClipKey } from '../../cloud-stub/ports.ts';
import type { ThingName, Ulid } from '../../device/wire/ids.ts';
import { receiptSchema } from '../../device/wire/messages.ts';
import {
  days,
  type EpochMs,
  hours,
  milliseconds,
  minutes,
  seconds,
} from '../../device/wire/time.ts';
import {
  defaultStart,
  startVirtualTime,
  type VirtualTime,
} from '../../tools/simulation/virtual-time.ts';
import { ada, bea } from '../support/cloud/hold-office.ts';
import { deck } from './acts.ts';
import { type Chance, makeChance } from './chance.ts';
import { soundDisks } from './disk-trouble.ts';
import { soundFlash } from './faulty-flash.ts';
import { type FaultyNetwork, fairWeather, openFaultyNetwork } from './faulty-network.ts';
import { type MortalBell, makeMortalBell } from './mortal-bell.ts';
import { type MortalCloud, makeMortalCloud } from './mortal-cloud.ts';
import { clipName, recordName } from './mortal-ports.ts';
import { ask, enrol, settle } from './people-acts.ts';

/** Who lives behind a door; with another account once the one before is closed. */
export type Household = { readonly name: string; account: AccountId; closures: number };
/** Whose a doorbell was, by the time of the world; `until` null: is. */
export type Owned = {
  readonly thing: ThingName;
  readonly account: AccountId;
  readonly from: EpochMs;
  until: EpochMs | null;
};

export type Life = {
  readonly seed: string;
  readonly time: VirtualTime;
  readonly chance: Chance;
  readonly network: FaultyNetwork;
  readonly policy: Policy;
  readonly cloud: MortalCloud;
  readonly households: readonly Household[];
  readonly owned: readonly Owned[];
  readonly bells: readonly MortalBell[];
  /** Sales need a cloud whose clock is right: in a life there is one or the other. */
  readonly cloudClockIsRight: boolean;
  /** Deleted, whatever the cloud said then: by name. */
  readonly hidden: Set<string>;
  /** The cloud said that they are deleted. */
  readonly removed: (ClipKey & { readonly account: AccountId })[];
  /** Accounts whose closure was asked for, and those of which the cloud said that they are. */
  readonly closing: Set<AccountId>;
  readonly closed: Set<AccountId>;
  /** The cloud said that they are in force, and nobody asked for their end. */
  readonly holds: Set<Ulid>;
  /** Every message, in order, and what happened to the world. */
  readonly trace: string[];
  /** What the cloud said that was not so when it said it. */
  readonly lies: string[];
  ownerOf(bell: MortalBell): Household;
  /** From now on nothing that the cloud says of this account's clips can be judged. */
  mute(account: AccountId): void;
  /** Whose each doorbell is, as the cloud has it. */
  learnOwners(): Promise<void>;
  /** Another account, with all doorbells that are nobody's. */
  reopen(household: Household): Promise<void>;
};

const releaseGrace = hours(2);
/** The longest that any plan keeps a clip. */
const windowMax = days(2);

export async function beginLife(seed: string): Promise<Life> {
  const time = startVirtualTime(defaultStart);
  const chance = makeChance(seed);
  const trace: string[] = [];
  const lies: string[] = [];
  const hidden = new Set<string>();
  const muted = new Set<string>();
  const network = openFaultyNetwork(time.clock, chance, (direction, topic, payload) => {
    const sha256 = createHash('sha256').update(payload).digest('hex').slice(0, 12);
    trace.push(`${time.clock.monotonic()} ${direction} ${topic} ${sha256}`);
    if (direction === 'down') lies.push(...liesIn(topic, payload));
  });
  const ends: readonly EndOfLife[] = [
    { kind: 'preserve' },
    { kind: 'purge' },
    { kind: 'grace', graceMs: hours(3) },
  ];
  const policy: Policy = {
    ...ring2019,
    clipWindowMs: days(1),
    userDelete: chance.pick(ends),
    holds: {
      ...ring2019.holds,
      graceMs: { ...ring2019.holds.graceMs, litigation: releaseGrace },
    },
  };
  const cloud = makeMortalCloud({ time, network, policy, seed, chance });
  /** [WIRE-1] What is out of the owner's sight runs the whole transfer for nothing, and is told so. [WIRE-8] */
  function liesIn(topic: string, payload: Uint8Array): readonly string[] {
    const [, thing, kind] = topic.split('/');
    if (kind !== 'clip' || muted.has(thing ?? '')) return [];
    const {
      clip,
      have,
      stills = [],
    } = receiptSchema.parse(JSON.parse(Buffer.from(payload).toString()));
    const key = { thing: thing as ThingName, clip };
    if (cloud.durable.emptied.has(clipName(key)) || hidden.has(clipName(key))) return [];
    const indices = have.flatMap(([from, to]) =>
      Array.from({ length: to - from + 1 }, (_, n) => from + n),
    );
    return [...indices, ...stills]
      .filter((record) => !cloud.durable.records.has(recordName(key, record)))
      .map((record) => `${recordName(key, record)} was acknowledged before it was durable`);
  }

  await cloud.start();
  const running = cloud.running() as Cloud;
  const households: Household[] = [];
  for (const name of ['first', 'second']) {
    const { account } = await running.accounts.open(name);
    households.push({ name, account, closures: 0 });
  }
  const bells: MortalBell[] = [];
  const owned: Owned[] = [];
  const life: Life = {
    ...{
      seed,
      time,
      chance,
      network,
      policy,
      cloud,
      households,
      owned,
      bells,
      trace,
      lies,
      hidden,
    },
    cloudClockIsRight: chance.happens(0.5),
    removed: [],
    closing: new Set(),
    closed: new Set(),
    holds: new Set(),
    ownerOf({ thing }) {
      const last = owned.findLast((each) => each.thing === thing);
      const found = households.find(({ account }) => account === last?.account);
      return found ?? (households[0] as Household);
    },
    mute(account) {
      for (const each of owned) if (each.account === account) muted.add(each.thing);
    },
    async learnOwners() {
      const rows = await cloud.storage.catalogue.read
        .selectFrom('ownerships')
        .select(['thing', 'account'])
        .where('untilAt', 'is', null)
        .execute();
      for (const { thing } of bells) {
        const account = rows.find((row) => row.thing === thing)?.account ?? null;
        const last = owned.findLast((each) => each.thing === thing) ?? null;
        if (last?.until === null && last.account === account) continue;
        if (last?.until === null) last.until = time.clock.now();
        if (account !== null) owned.push({ thing, account, from: time.clock.now(), until: null });
      }
    },
    async reopen(household) {
      await life.learnOwners();
      const opened = await ask(life, async (now) => {
        household.account = (await now.accounts.open(household.name)).account;
      });
      if (!opened) return;
      for (const bell of bells) await settle(life, bell, household);
    },
  };
  for (const [n, name] of ['front', 'back', 'gate'].entries()) {
    const isSealed = chance.happens(0.4);
    const bell = await makeMortalBell({ name, time, network, seed, chance, isSealed });
    await running.registry.enrol(bell.thing, bell.certificate);
    await running.accounts.claim((households[n >> 1] as Household).account, bell.thing);
    await bell.powerOn();
    bells.push(bell);
  }
  await life.learnOwners();
  return life;
}

/** Lets `count` things happen. */
export async function liveOn(life: Life, count: number): Promise<void> {
  const { time, chance, cloud, bells, trace } = life;
  for (let n = 0; n < count; n++) {
    const [name, act] = chance.pick(deck);
    const bell = chance.pick(bells);
    trace.push(`${time.clock.monotonic()} ${name} ${bell.thing}`);
    await act(life, bell);
    if (chance.happens(0.05)) await quietHours(life);
    else await time.advance(milliseconds(chance.between(50, 5_000)));
    await cloud.buried();
    if (cloud.running() === null && chance.happens(0.5)) {
      await cloud.start(chance.happens(0.3) ? chance.between(0, 12) : undefined);
    }
    for (const each of bells) if (!each.isOn() && chance.happens(0.4)) await each.powerOn();
  }
}

/** Nobody comes, and what is under way arrives or not. */
async function quietHours({ time, chance, bells }: Life): Promise<void> {
  await time.advance(seconds(20));
  for (const bell of bells) bell.sleep();
  await time.advance(minutes(chance.between(10, 240)));
  for (const bell of bells) bell.wake();
}

/** Everything works again, and time passes until the doorbells have nothing left to say. */
export async function recover(life: Life): Promise<boolean> {
  const { time, network, cloud, bells } = life;
  network.setWeather(fairWeather);
  await cloud.buried();
  cloud.dieAt(Number.POSITIVE_INFINITY);
  cloud.failSyncs(0);
  cloud.setDisks(soundDisks);
  cloud.setClock(milliseconds(0));
  await cloud.start();
  await ask(life, (now) => now.sweeper.confirmClock('operator'));
  for (const bell of bells) {
    await enrol(life, bell);
    network.setReachable(bell.thing, true);
    bell.setFlash(soundFlash);
    bell.setDrift(0);
    bell.setFlashCapacity(64 * 1024 * 1024);
    // What was to fail at some operation fails now.
    bell.cutPower();
    await bell.powerOn();
    bell.setMotion(false);
  }
  await time.advance(seconds(30));
  return time.advanceUntil(() => bells.every((bell) => bell.isDrained()), hours(4));
}

/** The windows of all that was recorded end; the cloud dies in the middle of the purge, and goes on. */
export async function windowsEnd(life: Life): Promise<void> {
  const { time, cloud, chance, bells } = life;
  for (const bell of bells) bell.sleep();
  const { trace } = life;
  await time.advance(minutes(5));
  // By now a cloud whose clock was set right has said that it doubts it. [RET-8]
  await ask(life, (now) => now.sweeper.confirmClock('operator'));
  await time.advance(milliseconds(days(1) - hours(1)));
  for (let n = 0; n < 3; n++) {
    const steps = chance.between(0, 40);
    trace.push(`${time.clock.monotonic()} cloud-dies-after ${steps}`);
    cloud.dieAt(steps);
    await time.advance(minutes(30));
    await cloud.buried();
    await cloud.start();
  }
  cloud.dieAt(Number.POSITIVE_INFINITY);
  await time.advance(milliseconds(windowMax - days(1) + hours(9)));
}

/** Two people let go of every hold, and the grace ends. */
export async function releaseAll(life: Life): Promise<void> {
  life.holds.clear();
  // Those too of which a cloud that died could not say any more that they are in force.
  const all = await life.cloud.storage.catalogue.read.selectFrom('holds').select('hold').execute();
  for (const { hold } of all) {
    for (const by of [`reviewer:${ada}`, `approver:${bea}`]) {
      await ask(life, async (cloud) => {
        await cloud.holds.release({ hold, because: 'released', by });
      });
    }
  }
  await life.time.advance(milliseconds(releaseGrace + minutes(5)));
}
