/**
 * The world of a scenario: a cloud, its doorbells and its owners under virtual time, with names for all that a story
 * speaks of. The steps of a file act on it, and so can a test of your own.
 */
import type { AccountId, ClipRow } from '../../cloud-stub/catalogue-tables.ts';
import type { Cloud } from '../../cloud-stub/cloud.ts';
import type { Policy } from '../../cloud-stub/custody/policy.ts';
import type { ClipKey, Ports } from '../../cloud-stub/ports.ts';
import type { ConfigInput } from '../../device/config.ts';
import type { ThingName, Ulid } from '../../device/wire/ids.ts';
import type { EpochMs } from '../../device/wire/time.ts';
import { makeSimulatedCloud, type SimulatedCloud } from '../simulation/simulated-cloud.ts';
import { makeSimulatedDoorbell, type SimulatedDoorbell } from '../simulation/simulated-doorbell.ts';
import { defaultStart, startVirtualTime, type VirtualTime } from '../simulation/virtual-time.ts';
import { openWiredBroker } from '../simulation/wired-bus.ts';
import { Names } from './names.ts';
import { makeOffice, type Office } from './office.ts';
import type { ScenarioCloud, ScenarioServer } from './scenario-cloud.ts';
import { ScenarioMistake } from './step.ts';

export type World = {
  readonly time: VirtualTime;
  readonly startAt: EpochMs;
  /** Entries of the ledger that were there before: of other stories, where a cloud has heard some. */
  readonly entriesBefore: number;
  readonly server: ScenarioServer;
  readonly accounts: Names<AccountId>;
  readonly doorbells: Names<SimulatedDoorbell>;
  readonly clips: Names<ClipKey>;
  readonly demands: Names<{ readonly demand: Ulid }>;
  readonly holds: Names<{ readonly hold: Ulid }>;
  /** Agencies, the legal desk, an auditor. */
  readonly office: Office;
  /** What stands in papers of this run and in no other's. */
  readonly runId: string;
  /** The cloud that runs now. Throws CloudDown while none does. */
  cloud(): ScenarioCloud;
  openAccount(name: string): Promise<AccountId>;
  /** Enrolled, claimed by its owner, switched on. */
  installDoorbell(name: string, options?: DoorbellOptions): Promise<SimulatedDoorbell>;
  /** What the cloud's catalogue says of a clip; null: it never heard of it. */
  record(clip: ClipKey): Promise<ClipRow | null>;
  /** The clip as the story calls it. */
  nameOfClip(clip: ClipKey): string;
  close(): Promise<void>;
};

/** One in this process: a test may ask all of it. */
export type SimulatedWorld = Omit<World, 'cloud' | 'server'> & {
  cloud(): Cloud;
  readonly server: SimulatedCloud;
};

export type DoorbellOptions = {
  readonly owner?: string;
  readonly settings?: Partial<ConfigInput>;
  /** Its footage is end-to-end encrypted for its owner. */
  readonly encrypted?: boolean;
};

export type WorldOptions = {
  readonly policy: Policy;
  /** Everything that is random follows from it. */
  readonly seed: string;
  readonly startAt?: EpochMs;
};

export async function openWorld(options: WorldOptions): Promise<SimulatedWorld> {
  const { policy, seed, startAt = defaultStart } = options;
  const time = startVirtualTime(startAt);
  const broker = openWiredBroker();
  const server = makeSimulatedCloud({ time, broker, policy, seed });
  const accounts = new Names<AccountId>('account');
  const doorbells = new Names<SimulatedDoorbell>('doorbell');
  const clips = new Names<ClipKey>('clip');
  await server.start();

  return {
    time,
    startAt,
    entriesBefore: 0,
    runId: '',
    server,
    accounts,
    doorbells,
    clips,
    demands: new Names('demand'),
    holds: new Names('hold'),
    office: makeOffice(() => server.cloud(), ''),
    cloud: () => server.cloud(),
    async openAccount(name) {
      const { account } = await server.cloud().accounts.open(name);
      accounts.add(name, account);
      return account;
    },
    async installDoorbell(name, { owner, settings = {}, encrypted = false } = {}) {
      const thing = name as ThingName;
      const wire = broker.makeWire(thing);
      const made = { thing, time, wire, seed, settings, encrypted };
      const doorbell = await makeSimulatedDoorbell(made);
      doorbells.add(name, doorbell);
      const { registry, accounts: owners } = server.cloud();
      const enrolled = await registry.enrol(thing, doorbell.certificate);
      if (!enrolled.ok) throw new ScenarioMistake(`${name} was not enrolled: ${enrolled.because}`);
      if (owner !== undefined) await owners.claim(accounts.get(owner), thing);
      await doorbell.powerOn();
      await doorbell.upload();
      return doorbell;
    },
    record: (clip) => recordOf(server.ports.catalogue, clip),
    nameOfClip: ({ thing, clip }) =>
      clips.nameOf((known) => known.thing === thing && known.clip === clip) ?? `${thing}/${clip}`,
    async close() {
      for (const [, doorbell] of doorbells.entries()) doorbell.cutPower();
      await server.close();
    },
  };
}

export const recordOf = async (
  { read }: Pick<Ports['catalogue'], 'read'>,
  { thing, clip }: ClipKey,
): Promise<ClipRow | null> =>
  (await read
    .selectFrom('clips')
    .selectAll()
    .where('thing', '=', thing)
    .where('clip', '=', clip)
    .executeTakeFirst()) ?? null;
