/**
 * The world of a scenario around a cloud that runs in another process with a virtual clock: its broker, its HTTP, and
 * beside it the data folder, for what no role of its office is shown.
 */
import { randomBytes, sign } from 'node:crypto';
import { openPki } from '../../../cloud-stub/backends/pki/pki.ts';
import { systemClock } from '../../../cloud-stub/backends/system-clock.ts';
import type { AccountId } from '../../../cloud-stub/catalogue-tables.ts';
import type { Policy } from '../../../cloud-stub/custody/policy.ts';
import type { ClipKey, Ports } from '../../../cloud-stub/ports.ts';
import { parseBrokerUrl } from '../../../device/peripherals/link-address.ts';
import type { ThingName, Ulid } from '../../../device/wire/ids.ts';
import { type EpochMs, isoTime, milliseconds } from '../../../device/wire/time.ts';
import {
  makeSimulatedDoorbell,
  type SimulatedDoorbell,
} from '../../simulation/simulated-doorbell.ts';
import { Names } from '../names.ts';
import { makeOffice } from '../office.ts';
import { ScenarioMistake } from '../step.ts';
import { recordOf, type World } from '../world.ts';
import { openCloudHttp } from './cloud-http.ts';
import { onlyHere, openRunningCloud } from './running-cloud.ts';
import { startRunningTime } from './running-time.ts';
import { openRunningWire } from './running-wire.ts';

export type RunningWorldOptions = {
  readonly url: string;
  readonly operatorToken: string;
  /** `mqtts://host:port` of its broker. */
  readonly broker: string;
  /** The folder of its certificate authority. */
  readonly pki: string;
  /** What it keeps, opened beside it. */
  readonly storage: Omit<Ports, 'bus'>;
  readonly policy: Policy;
  readonly seed: string;
  /** Not before the time it is in the cloud; without it, then. */
  readonly startAt?: EpochMs;
};

/** Throws CloudHttpError, and ScenarioMistake when the story begins in the cloud's past. */
export async function openRunningWorld(options: RunningWorldOptions): Promise<World> {
  const { url, broker, policy, seed } = options;
  const time = await startRunningTime(openCloudHttp(url, options.operatorToken));
  const { clock } = time;
  if (options.startAt !== undefined) {
    const aheadMs = options.startAt - clock.now();
    if (aheadMs < 0)
      throw new ScenarioMistake(`in the cloud it is ${isoTime(clock.now())} already`);
    await time.advance(milliseconds(aheadMs));
  }
  const pki = await openPki(options.pki, { now: () => systemClock.now() });
  // Written beside it, an entry has its time.
  const storage = { ...options.storage, clock };
  const cloud = openRunningCloud({ url, records: storage, policy });
  // Nothing of an earlier run on this cloud may bear the same name.
  const runId = `-${randomBytes(4).toString('hex')}`;
  const accounts = new Names<AccountId>('account');
  const doorbells = new Names<SimulatedDoorbell>('doorbell');
  const clips = new Names<ClipKey>('clip');
  const refuse = (step: string) => (): never => {
    throw new ScenarioMistake(onlyHere(step));
  };

  return {
    time,
    startAt: clock.now(),
    entriesBefore: await storage.ledger.size(storage.catalogue.read),
    runId,
    server: {
      ports: storage,
      start: async () => refuse('cloud')(),
      kill: async () => refuse('cloud')(),
      killInPurge: refuse('cloud'),
    },
    accounts,
    doorbells,
    clips,
    demands: new Names<{ readonly demand: Ulid }>('demand'),
    holds: new Names<{ readonly hold: Ulid }>('hold'),
    office: makeOffice(() => cloud, runId),
    cloud: () => cloud,
    async openAccount(name) {
      const { account } = await cloud.accounts.open(name);
      accounts.add(name, account);
      return account;
    },
    async installDoorbell(name, { owner, settings = {}, encrypted = false } = {}) {
      const thing = `${name}${runId}` as ThingName;
      const { certificatePem, keyPem, caPem } = await pki.issueDevice(thing);
      const address = parseBrokerUrl(broker, { certificatePem, keyPem, caPem }, 'auto');
      const signer = { sign: (bytes: Uint8Array) => sign('sha256', bytes, keyPem) };
      const wire = openRunningWire(address, time);
      const identity = { certificate: certificatePem, signer };
      const made = { thing, time, wire, seed, settings, encrypted, identity };
      const doorbell = await makeSimulatedDoorbell(made);
      doorbells.add(name, doorbell);
      await cloud.registry.enrol(thing, certificatePem);
      if (owner !== undefined) await cloud.accounts.claim(accounts.get(owner), thing);
      await doorbell.powerOn();
      await doorbell.upload();
      return doorbell;
    },
    record: (clip) => recordOf(storage.catalogue, clip),
    nameOfClip: ({ thing, clip }) =>
      clips.nameOf((known) => known.thing === thing && known.clip === clip) ?? `${thing}/${clip}`,
    async close() {
      for (const [, doorbell] of doorbells.entries()) doorbell.cutPower();
      clock.stop();
    },
  };
}
