/**
 * One random life of two doorbells, their owner and a cloud, drawn from a seed: rings, walks, storms, power cuts,
 * full flashes, wrong clocks, deletes, holds, and a cloud that is killed at any step. Then all is well again, and the
 * windows end.
 */
import { createHash } from 'node:crypto';
import type { AccountId } from '../../cloud-stub/catalogue-tables.ts';
import type { Cloud } from '../../cloud-stub/cloud.ts';
import type { EndOfLife, Policy } from '../../cloud-stub/custody/policy.ts';
import { ring2019 } from '../../cloud-stub/custody/profiles/ring-2019.ts';
import type { ClipKey } from '../../cloud-stub/ports.ts';
import type { ThingName, Ulid } from '../../device/wire/ids.ts';
import { receiptSchema } from '../../device/wire/messages.ts';
import { days, hours, milliseconds, minutes, seconds } from '../../device/wire/time.ts';
import {
  defaultStart,
  startVirtualTime,
  type VirtualTime,
} from '../../tools/simulation/virtual-time.ts';
import { ulidNumbered } from '../support/clip-samples.ts';
import { ada, bea } from '../support/hold-office.ts';
import { type Chance, makeChance } from './chance.ts';
import { type FaultyNetwork, fairWeather, openFaultyNetwork } from './faulty-network.ts';
import { type MortalBell, makeMortalBell } from './mortal-bell.ts';
import { type MortalCloud, makeMortalCloud } from './mortal-cloud.ts';
import { clipName, Killed, recordName } from './mortal-ports.ts';

export type Life = {
  readonly seed: string;
  readonly time: VirtualTime;
  readonly chance: Chance;
  readonly network: FaultyNetwork;
  readonly policy: Policy;
  readonly cloud: MortalCloud;
  readonly owner: AccountId;
  readonly bells: readonly MortalBell[];
  /** Deleted, whatever the cloud said then: by name. */
  readonly hidden: Set<string>;
  /** The cloud said that they are deleted. */
  readonly removed: ClipKey[];
  /** The cloud said that they are in force, and nobody asked for their end. */
  readonly holds: Ulid[];
  /** Every message, in order, and what happened to the world. */
  readonly trace: string[];
  /** What the cloud said that was not so when it said it. */
  readonly lies: string[];
};

const releaseGrace = hours(2);

export async function beginLife(seed: string): Promise<Life> {
  const time = startVirtualTime(defaultStart);
  const chance = makeChance(seed);
  const trace: string[] = [];
  const lies: string[] = [];
  const hidden = new Set<string>();
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
    if (kind !== 'clip') return [];
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
  const { account } = await running.accounts.open('owner');
  const bells: MortalBell[] = [];
  for (const name of ['front', 'back']) {
    const bell = await makeMortalBell({ name, time, network, seed, chance });
    await running.registry.enrol(bell.thing, bell.certificate);
    await running.accounts.claim(account, bell.thing);
    await bell.powerOn();
    bells.push(bell);
  }
  return {
    ...{ seed, time, chance, network, policy, cloud, owner: account, bells, trace, lies, hidden },
    removed: [],
    holds: [],
  };
}

type Act = (life: Life, bell: MortalBell) => Promise<void> | void;

const acts: readonly (readonly [string, number, Act])[] = [
  ['ring', 8, (_, bell) => bell.press()],
  ['walk', 2, (_, bell) => bell.setMotion(true)],
  ['walk-ends', 3, (_, bell) => bell.setMotion(false)],
  ['storm', 3, (life) => life.network.setWeather(storm(life.chance))],
  ['fair-weather', 1, (life) => life.network.setWeather(fairWeather)],
  ['out-of-reach', 2, (life, bell) => life.network.setReachable(bell.thing, false)],
  ['in-reach', 3, (life, bell) => life.network.setReachable(bell.thing, true)],
  ['power-cut', 1, (_, bell) => bell.cutPower()],
  ['power-cut-soon', 2, (life, bell) => bell.cutPower(life.chance.between(0, 25))],
  ['cloud-killed', 1, (life) => life.cloud.kill()],
  ['cloud-dies-soon', 3, (life) => life.cloud.dieAt(life.chance.between(0, 25))],
  ['cloud-disk-full', 1, (life) => life.cloud.failSyncs(life.chance.between(1, 3))],
  ['flash-small', 1, (life, bell) => bell.setFlashCapacity(life.chance.between(9, 20) * 100_000)],
  ['flash-large', 1, (_, bell) => bell.setFlashCapacity(64 * 1024 * 1024)],
  ['wrong-clock', 1, wrongClock],
  ['clock-set', 1, (_, bell) => bell.setClock(0, true)],
  ['delete', 3, removeOne],
  ['hold', 1, placeHold],
];
/** Each act as often as its weight says. */
const deck = acts.flatMap(([name, weight, act]) =>
  Array.from({ length: weight }, () => [name, act] as const),
);

const storm = (chance: Chance) => ({
  lossProbability: chance.unit() * 0.3,
  repeatProbability: chance.unit() * 0.3,
  breakProbability: chance.unit() * 0.03,
  delayMsMax: chance.between(20, 1_500),
});

function wrongClock({ chance }: Life, bell: MortalBell): void {
  // Anything a battery that ran out can leave: 1970 and before, fractions, years ahead.
  const odd = [-80 * 365 * days(1), 0.4, 1_000 * 365 * days(1)];
  const offMs = chance.happens(0.3) ? chance.pick(odd) : chance.between(-hours(20), days(40));
  bell.setClock(offMs, chance.happens(0.7));
}

/** What a cloud that dies meanwhile was asked may have happened or not: only what it answered counts. */
async function ask(life: Life, act: (cloud: Cloud) => Promise<void>): Promise<void> {
  const cloud = life.cloud.running();
  if (cloud === null) return;
  try {
    await life.time.advanceWhile(act(cloud));
  } catch (error) {
    if (!(error instanceof Killed)) throw error;
  }
}

function removeOne(life: Life): Promise<void> {
  return ask(life, async (cloud) => {
    const { items } = await cloud.footage.list(life.owner, { limit: 50 });
    if (items.length === 0) return;
    const clip = life.chance.pick(items);
    const key = { thing: clip.thing, clip: clip.clip };
    life.hidden.add(clipName(key));
    if (await cloud.footage.remove(life.owner, key)) life.removed.push(key);
  });
}

function placeHold(life: Life, bell: MortalBell): Promise<void> {
  return ask(life, async (cloud) => {
    const n = life.chance.between(1, 1_000_000);
    const hold = ulidNumbered(n);
    const placed = await cloud.holds.place({
      ...{ hold, kind: 'litigation', basis: ulidNumbered(2_000_000 + n), by: `reviewer:${ada}` },
      scope: { subjects: [{ by: 'device', thing: bell.thing }], from: null, to: null },
    });
    if (placed.ok) life.holds.push(hold);
  });
}

/** Lets `count` things happen. */
export async function liveOn(life: Life, count: number): Promise<void> {
  const { time, chance, cloud, bells, trace } = life;
  for (let n = 0; n < count; n++) {
    const [name, act] = chance.pick(deck);
    const bell = chance.pick(bells);
    trace.push(`${time.clock.monotonic()} ${name} ${bell.thing}`);
    await act(life, bell);
    await time.advance(milliseconds(chance.between(50, 5_000)));
    await cloud.buried();
    if (cloud.running() === null && chance.happens(0.5)) {
      await cloud.start(chance.happens(0.3) ? chance.between(0, 12) : undefined);
    }
    for (const each of bells) if (!each.isOn() && chance.happens(0.4)) await each.powerOn();
  }
}

/** Everything works again, and time passes until the doorbells have nothing left to say. */
export async function recover(life: Life): Promise<boolean> {
  const { time, network, cloud, bells } = life;
  network.setWeather(fairWeather);
  await cloud.buried();
  cloud.dieAt(Number.POSITIVE_INFINITY);
  cloud.failSyncs(0);
  await cloud.start();
  for (const bell of bells) {
    network.setReachable(bell.thing, true);
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
  await time.advance(hours(5));
}

/** Two people let go of every hold, and the grace ends. */
export async function releaseAll(life: Life): Promise<void> {
  life.holds.length = 0;
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
