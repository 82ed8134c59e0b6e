/** A whole cloud in this process, on its own broker or behind mosquitto, with owners and doorbells of its own. */
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'vitest';
import { writeIdentity } from '../../../cloud-stub/backends/pki/identity.ts';
import { openPki } from '../../../cloud-stub/backends/pki/pki.ts';
import { systemClock } from '../../../cloud-stub/backends/system-clock.ts';
import type { AccountId } from '../../../cloud-stub/catalogue-tables.ts';
import { readCloudConfig } from '../../../cloud-stub/config.ts';
import { type HostCloud, openHostCloud } from '../../../cloud-stub/host-cloud.ts';
import { openLog } from '../../../cloud-stub/log.ts';
import { fsck } from '../../../cloud-stub/services/fsck/fsck.ts';
import { isThingName, type ThingName } from '../../../device/wire/ids.ts';
import { type Places, placesOf } from '../../../tools/commands/places.ts';
import { freePort } from '../../../tools/torture/free-port.ts';
import { startMosquitto } from '../links/mosquitto.ts';
import { createMovedClock, type MovedClock } from '../moved-clock.ts';
import { OwnerClient } from './owner-client.ts';
import { type DoorbellPlace, type DoorbellSettings, StagedDoorbell } from './staged-doorbell.ts';

export type BrokerKind = 'the embedded broker' | 'mosquitto';

export type Owner = OwnerClient & { readonly account: AccountId };

export type StagedCloud = {
  readonly host: HostCloud;
  readonly clock: MovedClock;
  /** Where doorbells find the broker. */
  readonly brokerUrl: string;
  readonly places: Places;
  /** What `doorbell cloud` is to be told to run on the same folder and ports. */
  readonly flags: readonly string[];
  owner(name: string): Promise<Owner>;
  /** Has its certificate and its owner; `via` is another way to the broker. */
  place(thing: string, owner: Owner, via?: string): Promise<DoorbellPlace>;
  /** Runs. */
  doorbell(
    thing: string,
    owner: Owner,
    settings?: DoorbellSettings,
    via?: string,
  ): Promise<StagedDoorbell>;
  /** What fsck finds. The cloud must be at rest. */
  breaches(): Promise<readonly string[]>;
};

export type StageOptions = {
  /** Where the cloud and its doorbells keep theirs. */
  readonly folder: string;
  readonly footage: string;
  readonly policyFile?: string;
};

/** Gone with the test, doorbells first. */
export async function stageCloud(
  kind: BrokerKind,
  { folder: parent, footage, policyFile }: StageOptions,
  { onTestFinished }: Pick<TestContext, 'onTestFinished'>,
): Promise<StagedCloud> {
  const closers: (() => Promise<unknown>)[] = [];
  onTestFinished(async () => {
    for (const close of closers.toReversed()) await close();
  });
  const folder = await mkdtemp(join(parent, 'stage-'));
  closers.push(() => rm(folder, { recursive: true, force: true }));
  const places = placesOf(folder);
  const clock = createMovedClock();
  const settings: Record<string, string> = {
    data: folder,
    'api-port': String(await freePort()),
    'log-level': process.env['TEST_LOG'] ?? 'silent',
    ...(policyFile === undefined ? {} : { policy: policyFile }),
    ...(kind === 'mosquitto'
      ? { broker: await mosquittoUrl(places, closers) }
      : { 'broker-host': '127.0.0.1', 'broker-port': String(await freePort()) }),
  };
  const config = readCloudConfig({}, settings);
  const host = await openHostCloud(config, openLog(config.logLevel), { version: 'test', clock });
  let isStopped = false;
  const stop = async (): Promise<void> => {
    if (isStopped) return;
    isStopped = true;
    await host.stop();
  };
  closers.push(stop);
  const brokerUrl = settings['broker'] ?? `mqtts://127.0.0.1:${host.brokerPort}`;

  async function place(name: string, owner: Owner, via = brokerUrl): Promise<DoorbellPlace> {
    const thing = thingOf(name);
    const identity = await host.pki.issueDevice(thing);
    await writeIdentity(places.identity(thing), identity);
    await host.cloud.registry.enrol(thing, identity.certificatePem);
    const claimed = await host.cloud.accounts.claim(owner.account, thing);
    if (!claimed.ok) throw new Error(`${thing} cannot be claimed: ${claimed.because}`);
    const { device, identity: identityOf } = places;
    return { thing, footage, folder: device(thing), identity: identityOf(thing), broker: via };
  }

  return {
    host: { ...host, stop },
    clock,
    brokerUrl,
    places,
    flags: Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]),
    async owner(name) {
      const { account, token } = await host.cloud.accounts.open(name);
      return Object.assign(new OwnerClient(host.apiUrl, token), { account });
    },
    place,
    async doorbell(name, owner, wanted = {}, via = brokerUrl) {
      const doorbell = new StagedDoorbell(await place(name, owner, via), wanted);
      closers.push(() => doorbell.stop());
      await doorbell.start();
      return doorbell;
    },
    async breaches() {
      const found: string[] = [];
      for await (const { kind: what, clip, detail } of fsck(host.ports)) {
        found.push(`${what} ${clip ?? ''} ${detail}`);
      }
      return found;
    },
  };
}

/** The broker's certificate is of the cloud's own authority, which therefore comes first. */
async function mosquittoUrl(places: Places, closers: (() => Promise<unknown>)[]): Promise<string> {
  const pki = await openPki(places.pki, { now: systemClock.now });
  const mosquitto = await startMosquitto(pki);
  closers.push(() => mosquitto.dispose());
  return mosquitto.url;
}

function thingOf(name: string): ThingName {
  if (!isThingName(name)) throw new Error(`'${name}' is no thing name`);
  return name;
}
