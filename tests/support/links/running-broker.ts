/**
 * The embedded broker on a free loopback port with an authority of its own, gone when the test has
 * ended.
 */
import { onTestFinished } from 'vitest';
import { type AedesBus, openAedesBus } from '../../../cloud-stub/backends/aedes-bus.ts';
import { openProfile, type Profile } from '../../../cloud-stub/backends/broker/aws-profile.ts';
import type { BrokerOptions } from '../../../cloud-stub/backends/broker/broker.ts';
import {
  type BrokerLimits,
  brokerLimits,
} from '../../../cloud-stub/backends/broker/broker-limits.ts';
import type { LifecycleEvent } from '../../../cloud-stub/backends/broker/lifecycle.ts';
import { cryptoEntropy } from '../../../cloud-stub/backends/crypto-entropy.ts';
import { type Identity, openPki, type Pki } from '../../../cloud-stub/backends/pki/pki.ts';
import { systemClock } from '../../../cloud-stub/backends/system-clock.ts';
import type { BusMessage, Clock, Presence } from '../../../cloud-stub/ports.ts';
import type { ThingName } from '../../../device/wire/ids.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { clientOptions, connectClient, type TestClient } from './mqtt-client.ts';

export type RunningBroker = {
  readonly bus: AedesBus;
  readonly pki: Pki;
  readonly url: string;
  readonly messages: BusMessage[];
  readonly presence: Presence[];
  readonly lifecycle: LifecycleEvent[];
  /** What it logged, constant sentences only. */
  readonly logged: string[];
  identityOf(thing: string): Promise<Identity>;
  /** A doorbell with a certificate of its own; `more` overrides MQTT.js's options. */
  connect(thing: string, more?: object): Promise<TestClient>;
};

export async function runBroker(
  wanted: {
    readonly profile?: Profile;
    readonly limits?: Partial<BrokerLimits>;
    readonly clock?: Clock;
    readonly pki?: Pki;
  } = {},
): Promise<RunningBroker> {
  const pki = wanted.pki ?? (await openPki(temporaryFolder(), { now: systemClock.now }));
  const logged: string[] = [];
  const note = (_data: object, sentence: string) => void logged.push(sentence);
  const options: BrokerOptions = {
    host: '127.0.0.1',
    port: 0,
    pki,
    serverNames: [],
    profile: wanted.profile ?? openProfile,
    limits: { ...brokerLimits, ...wanted.limits },
    clock: wanted.clock ?? systemClock,
    entropy: cryptoEntropy,
    log: { info: note, warn: note },
  };
  const bus = await openAedesBus(options);
  onTestFinished(() => bus.close());
  const messages: BusMessage[] = [];
  const presence: Presence[] = [];
  const lifecycle: LifecycleEvent[] = [];
  bus.onMessage((message) => messages.push(message));
  bus.onPresence((change) => presence.push(change));
  bus.onLifecycle((event) => lifecycle.push(event));
  const url = `mqtts://127.0.0.1:${bus.port}`;
  const identityOf = (thing: string) => pki.issueDevice(thing as ThingName);
  const connect = async (thing: string, more: object = {}) => {
    const options = { ...clientOptions(await identityOf(thing), thing), ...more };
    const client = await connectClient(url, options);
    onTestFinished(() => client.end());
    return client;
  };
  return { bus, pki, url, messages, presence, lifecycle, logged, identityOf, connect };
}
