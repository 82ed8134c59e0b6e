/**
 * The Bus in process: the embedded broker's messages go straight to the services, no client in
 * between.
 */
import assert from 'node:assert/strict';
import { isThingName, type ThingName } from '../../device/wire/ids.ts';
import type { Bus, BusMessage, Presence } from '../ports.ts';
import { type Broker, type BrokerOptions, openBroker } from './broker/broker.ts';
import type { LifecycleEvent } from './broker/lifecycle.ts';

export type AedesBus = Bus & {
  /** For what services have no business with: retained messages, and topics of other kinds. */
  readonly broker: Broker;
  readonly port: number;
  /** How often each row of the profile was enforced, by the row's name; for metrics. */
  readonly tally: ReadonlyMap<string, number>;
  onLifecycle(listener: (event: LifecycleEvent) => void): void;
};

/** Starts the embedded broker. Throws BrokerListenError. */
export async function openAedesBus(options: BrokerOptions): Promise<AedesBus> {
  const onMessage: ((message: BusMessage) => void)[] = [];
  const onPresence: ((presence: Presence) => void)[] = [];
  const onLifecycle: ((event: LifecycleEvent) => void)[] = [];
  const broker: Broker = await openBroker(options, {
    onMessage: (thing, topic, payload) => {
      for (const listener of onMessage) listener({ thing, topic, payload });
    },
    onPresence: (presence) => {
      for (const listener of onPresence) listener(presence);
    },
    onLifecycle: (event) => {
      for (const listener of onLifecycle) listener(event);
    },
  });
  return {
    broker,
    port: broker.port,
    tally: broker.tally,
    async publish(topic, payload) {
      const [direction, thing] = topic.split('/');
      assert(direction === 'dn' && thing !== undefined && isThingName(thing), topic);
      // Nothing waits in the broker for a doorbell that is away: it asks again when it is back. [WIRE-5]
      if (!broker.isConnected(thing)) return;
      await broker.publish({ topic, payload, qos: 1, retain: false });
    },
    onMessage: (listener) => void onMessage.push(listener),
    onPresence(listener) {
      onPresence.push(listener);
      // Doorbells may have come before anybody listened.
      for (const thing of broker.online()) listener({ thing, connected: true });
    },
    onLifecycle: (listener) => void onLifecycle.push(listener),
    pause: (thing: ThingName) => broker.pause(thing),
    resume: (thing: ThingName) => broker.resume(thing),
    disconnect: (thing: ThingName) =>
      broker.disconnect(thing, {
        reason: 'API_INITIATED_DISCONNECT',
        because: 'the cloud said so',
      }),
    close: () => broker.close(),
  };
}
