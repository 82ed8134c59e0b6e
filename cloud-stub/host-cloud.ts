/** The cloud on this host: its backends in files, a broker and HTTP; started in order, stopped in reverse. */
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { ThingName } from '../device/wire/ids.ts';
import type { Enrolment } from './api/enrolment-routes.ts';
import { type OpenApi, openApi } from './api/server.ts';
import { openAedesBus } from './backends/aedes-bus.ts';
import { awsProfile, openProfile } from './backends/broker/aws-profile.ts';
import { brokerLimits } from './backends/broker/broker-limits.ts';
import { cryptoEntropy } from './backends/crypto-entropy.ts';
import { openFileVault } from './backends/file-vault.ts';
import { lockFolder } from './backends/folder-lock.ts';
import { identityKeysIn } from './backends/identity-keys.ts';
import { openSqlLedger } from './backends/ledger.ts';
import { writeLedgerFiles } from './backends/ledger-files.ts';
import { openFileLedgerSigner } from './backends/ledger-key.ts';
import { openMqttBus } from './backends/mqtt-bus.ts';
import { openPki, type Pki } from './backends/pki/pki.ts';
import { sessionFile } from './backends/session-file.ts';
import { openSignatureThreads } from './backends/signature-threads.ts';
import { systemClock } from './backends/system-clock.ts';
import type { VirtualClock } from './backends/virtual-clock.ts';
import { type Cloud, openCloud } from './cloud.ts';
import type { CloudConfig } from './config.ts';
import { loadPages } from './console/pages.ts';
import {
  openBackupKeys,
  openHostCatalogue,
  openMirroredKeys,
  readyToStart,
} from './host-backup.ts';
import { makeOperatorContact, type OperatorContact, openHostClock } from './host-clock.ts';
import { openEnrolment } from './host-enrolment.ts';
import { findPolicy } from './host-policy.ts';
import { followRevocations } from './host-revocations.ts';
import { openHostSealing } from './host-sealing.ts';
import { cloudMetrics } from './metrics.ts';
import type { Bus, Clock, Ports } from './ports.ts';
import { backupClass } from './services/retention/backup-window.ts';

export type HostCloud = {
  readonly cloud: Cloud;
  readonly pki: Pki;
  readonly ports: Ports;
  /** Null: the cloud lives by this machine's clock. */
  readonly virtualClock: VirtualClock | null;
  /** `http://host:port`, without a slash at the end. */
  readonly apiUrl: string;
  /** Of the embedded broker; null with any other. */
  readonly brokerPort: number | null;
  /** Drains and closes everything; may be called once. */
  stop(): Promise<void>;
};

export type HostExtras = {
  readonly version: string;
  /** Presses a doorbell's button, where the doorbell runs in this process. */
  readonly press?: (thing: ThingName) => Promise<void>;
  /** Another clock than this machine's, for tests in which days pass. */
  readonly clock?: Clock;
  /** Makes what must be there before anyone can ask for it: the API listens, and is well, only afterwards. */
  readonly prepare?: (cloud: Cloud) => Promise<void>;
};

/** Throws what the backends throw when they cannot be had, having closed what was open already. */
export async function openHostCloud(
  config: CloudConfig,
  log: Logger,
  extras: HostExtras,
): Promise<HostCloud> {
  const closers: (() => Promise<void>)[] = [];
  const closeAll = async (): Promise<void> => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  try {
    const policy = await findPolicy(config.policy);
    const lock = lockFolder(config.folders.data);
    closers.push(async () => lock.release());
    await readyToStart(config.folders);
    const pki = await openPki(config.folders.pki, { now: () => systemClock.now() });
    const catalogue = openHostCatalogue(config.folders);
    closers.push(() => catalogue.close());
    const time = await openHostClock(config.clock, extras.clock, catalogue);
    const { virtual } = time;
    // What happens on the wire happens in real time, also where the office's time stands still.
    const wireClock = virtual === null ? time.clock : systemClock;
    const vault = await openFileVault(join(config.folders.data, 'vault'));
    const keys = await openMirroredKeys(config.folders, 'keys');
    const identities = identityKeysIn(await openMirroredKeys(config.folders, 'identities'));
    const { bus, port, tally } = await openBus(config.broker, pki, wireClock, log);
    closers.push(() => bus.close());
    const ports = time.watch({
      clock: time.clock,
      entropy: cryptoEntropy,
      bus,
      catalogue,
      vault,
      keys,
      ledger: openSqlLedger(identities),
      identities,
      signatures: openSignatureThreads(),
      ledgerSigner: await openFileLedgerSigner({
        path: join(config.folders.secrets, 'ledger.key'),
        entropy: cryptoEntropy,
      }),
    });
    const cloud = await openCloud(ports, policy, log, {
      windowMax: config.windowMax,
      findCertificate: (thing) => pki.deviceCertificate(thing),
      onLedgerSigned: () =>
        writeLedgerFiles(catalogue.read, join(config.folders.data, 'ledger'), ports.ledgerSigner),
      linkClock: time.linkClock,
      tokenClock: wireClock,
      sealing: await openHostSealing(config.folders, time, extras.version),
      recordClasses: [backupClass(ports, policy, () => openBackupKeys(config.folders))],
    });
    closers.push(() => cloud.stop());
    closers.push(async () => virtual?.stop());
    await extras.prepare?.(cloud);
    const revocations = followRevocations(pki, cloud.registry, { clock: wireClock, log });
    closers.push(() => revocations.stop());
    const registry = cloudMetrics(cloud.counters, tally);
    const enrolment =
      config.enrolment === null ? null : await openEnrolment(config.enrolment, cloud, pki);
    const operator =
      virtual === null ? null : makeOperatorContact(config.folders.secrets, cryptoEntropy);
    const api = await openHostApi(cloud, config, log, {
      ...extras,
      clock: wireClock,
      virtualClock: virtual,
      operator,
      registry,
      enrolment,
    });
    closers.push(() => api.close());
    await operator?.write(api.url.replace('//0.0.0.0:', '//127.0.0.1:'));
    closers.push(async () => operator?.remove());
    const virtualClock = virtual;
    return { cloud, pki, ports, virtualClock, apiUrl: api.url, brokerPort: port, stop: closeAll };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

async function openHostApi(
  cloud: Cloud,
  { api, devIdentities, folders }: CloudConfig,
  log: Logger,
  extras: HostExtras & {
    readonly clock: Clock;
    readonly virtualClock: VirtualClock | null;
    readonly operator: OperatorContact | null;
    readonly registry: Registry;
    readonly enrolment: Enrolment | null;
  },
): Promise<OpenApi> {
  return openApi(cloud, {
    clock: extras.clock,
    entropy: cryptoEntropy,
    log,
    version: extras.version,
    host: api.host,
    port: api.port,
    pages: await loadPages(),
    sessionStore: sessionFile(join(folders.secrets, 'page-sessions.json')),
    registry: extras.registry,
    ...(devIdentities ? { office: cloud } : {}),
    ...(extras.virtualClock === null ? {} : { virtualClock: extras.virtualClock }),
    ...(extras.operator === null ? {} : { operatorToken: extras.operator.token }),
    ...(extras.enrolment === null ? {} : { enrolment: extras.enrolment }),
    ...(api.publicUrl === null ? {} : { publicUrl: api.publicUrl }),
    ...(extras.press === undefined ? {} : { press: extras.press }),
  });
}

async function openBus(
  broker: CloudConfig['broker'],
  pki: Pki,
  clock: Clock,
  log: Logger,
): Promise<{
  readonly bus: Bus;
  readonly port: number | null;
  readonly tally: ReadonlyMap<string, number>;
}> {
  if (broker.kind === 'foreign') {
    const identity = await pki.serviceIdentity('cloud');
    const bus = await openMqttBus({
      url: broker.url,
      identity,
      clock,
      entropy: cryptoEntropy,
      log,
    });
    return { bus, port: null, tally: new Map() };
  }
  const bus = await openAedesBus({
    host: broker.host,
    port: broker.port,
    pki,
    serverNames: broker.names,
    profile: broker.profile === 'aws' ? awsProfile : openProfile,
    limits: brokerLimits,
    clock,
    entropy: cryptoEntropy,
    log,
  });
  return { bus, port: bus.port, tally: bus.tally };
}
