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
import { type EpochMs, hours } from '../../device/wire/time.ts';
import {
  defaultStart,
  startVirtualTime,
  type VirtualTime,
} from '../../tools/simulation/virtual-time.ts';
import { createRecord } from '../support/device/doorbell-session.ts';
import { type Chance, makeChance } from './chance.ts';
import { type Committed, openCommitted } from './committed.ts';
import {
  type Ending,
  leaseTermMs,
  mustStay,
  releaseGrace,
  type ToldHold,
  windowMinMs,
} from './custody-law.ts';
import { type FaultyNetwork, openFaultyNetwork } from './faulty-network.ts';
import { type MortalBell, makeMortalBell } from './mortal-bell.ts';
import { type MortalCloud, makeMortalCloud } from './mortal-cloud.ts';
import { ask, settle } from './people-acts.ts';
import { makeWitness } from './witness.ts';

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
  /** What the cloud's catalogue says at this moment. */
  readonly committed: Committed;
  /** Asked for, whatever the cloud said then. */
  readonly endings: Ending[];
  /** The cloud said that they are deleted. */
  readonly removed: (ClipKey & { readonly account: AccountId })[];
  /** Accounts of which the cloud said that they are closed. */
  readonly closed: Set<AccountId>;
  /** The cloud said that they are in force, and nobody asked for their end. */
  readonly holds: Map<Ulid, ToldHold>;
  /** The cloud said that they were taken. */
  readonly leases: ToldHold[];
  /** Every message, in order, and what happened to the world. */
  readonly trace: string[];
  /** What was said or done that was not so, in the moment. */
  readonly lies: string[];
  tell(lie: string): void;
  ownerOf(bell: MortalBell): Household;
  /** Whose each doorbell is, as the cloud has it. */
  learnOwners(): Promise<void>;
  /** Another account, with all doorbells that are nobody's. */
  reopen(household: Household): Promise<void>;
  end(): Promise<void>;
};

export async function beginLife(seed: string): Promise<Life> {
  const time = startVirtualTime(defaultStart);
  const chance = makeChance(seed);
  const trace: string[] = [];
  const lies: string[] = [];
  const bells: MortalBell[] = [];
  const owned: Owned[] = [];
  const network = openFaultyNetwork(time.clock, chance, (direction, topic, payload) => {
    const sha256 = createHash('sha256').update(payload).digest('hex').slice(0, 12);
    trace.push(`${time.clock.monotonic()} ${direction} ${topic} ${sha256}`);
    if (direction === 'down') witness.heard(topic, payload);
  });
  const ends: readonly EndOfLife[] = [
    { kind: 'preserve' },
    { kind: 'purge' },
    { kind: 'grace', graceMs: hours(3) },
  ];
  const policy: Policy = {
    ...ring2019,
    clipWindowMs: windowMinMs,
    userDelete: chance.pick(ends),
    accountClose: chance.pick(ends),
    planLapse: chance.pick(ends),
    holds: {
      ...ring2019.holds,
      lease: { termMs: leaseTermMs, totalMsMax: leaseTermMs },
      graceMs: {
        ...ring2019.holds.graceMs,
        litigation: releaseGrace,
        'search-warrant': releaseGrace,
      },
    },
  };
  const cloud = makeMortalCloud({
    ...{ time, network, policy, seed, chance },
    onDestroy: (key) => witness.destroys(key),
  });
  const committed = await openCommitted(cloud.storage.catalogue);
  const bellOf = (thing: ThingName): MortalBell | undefined =>
    bells.find((bell) => bell.thing === thing);
  const witness = makeWitness({
    committed,
    durable: cloud.durable,
    recordedBy: (thing) => bellOf(thing)?.recorded ?? createRecord(),
    cloudNow: () => cloud.now(),
    mustStay: (row) => mustStay(life, row),
    mayEventsGo: () => life.endings.some(({ by }) => by === 'accountClose'),
    tell: (lie) => life.tell(lie),
  });
  await cloud.start();
  const running = cloud.running() as Cloud;
  const households: Household[] = [];
  for (const name of ['first', 'second']) {
    const { account } = await running.accounts.open(name);
    households.push({ name, account, closures: 0 });
  }
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
      committed,
    },
    cloudClockIsRight: chance.happens(0.5),
    endings: [],
    removed: [],
    closed: new Set(),
    holds: new Map(),
    leases: [],
    tell(lie) {
      if (!lies.includes(lie)) lies.push(lie);
    },
    ownerOf({ thing }) {
      const last = owned.findLast((each) => each.thing === thing);
      const found = households.find(({ account }) => account === last?.account);
      return found ?? (households[0] as Household);
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
    async end() {
      committed.close();
      await cloud.close();
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
    const bell = await makeMortalBell({
      ...{ name, time, network, seed, chance, isSealed },
      onHappening(happening) {
        const thing = name as ThingName;
        const { kind } = happening;
        if (kind === 'clip-stored') witness.letGo({ thing, clip: happening.clip });
        if (kind === 'events-acknowledged') witness.letEventsGo(thing, happening.upTo);
      },
    });
    await running.registry.enrol(bell.thing, bell.certificate);
    await running.accounts.claim((households[n >> 1] as Household).account, bell.thing);
    await bell.powerOn();
    bells.push(bell);
  }
  await life.learnOwners();
  return life;
}
