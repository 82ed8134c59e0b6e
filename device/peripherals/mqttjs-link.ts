/** The link over MQTT.js; the default. */
import { connect, type IClientOptions, type MqttClient } from 'mqtt';
import { type Clock, type Link, LinkError, type LinkSession } from '../board.ts';
import { limits as wire } from '../wire/limits.ts';
import { limits } from './limits.ts';
import { type LinkAddress, tlsOptions } from './link-address.ts';
import { linkError, PendingPublishes } from './pending-publishes.ts';

/** What belongs to one connection. A new client for each: MQTT.js carries unsent packets over otherwise. */
type Connection = {
  readonly client: MqttClient;
  readonly pending: PendingPublishes;
  readonly end: (because: string) => void;
};

export type Dial = (options: IClientOptions) => MqttClient;

export class MqttjsLink implements Link {
  readonly #clock: Clock;
  readonly #address: LinkAddress;
  readonly #dial: Dial;
  #connection: Connection | null = null;

  /** `dial`: whoever wants to see each client before it is used. */
  constructor(clock: Clock, address: LinkAddress, dial: Dial = connect) {
    this.#clock = clock;
    this.#address = address;
    this.#dial = dial;
  }

  async open(session: LinkSession): Promise<void> {
    if (this.#connection !== null) throw new LinkError('the link is open already');
    const connection = this.#connect(session);
    this.#connection = connection;
    const { client } = connection;
    try {
      await connected(client, this.#address);
      await subscribe(client, session.filters);
    } catch (error) {
      // Ended before it was open: `onClosed` is not owed.
      this.#connection = null;
      connection.pending.rejectAll('the link did not open');
      client.end(true);
      throw linkError(`link to ${this.#address.host}:${this.#address.port}`, error);
    }
    if (this.#connection !== connection || !client.connected) {
      this.#connection = null;
      throw new LinkError('the link closed while it opened');
    }
    client.on('close', () => connection.end('the broker closed the connection'));
    client.on('error', (error) => connection.end(error.message));
  }

  async publish(topic: string, payload: Uint8Array, qos: 0 | 1): Promise<void> {
    const connection = this.#connection;
    if (connection === null || !connection.client.connected) {
      throw new LinkError('the link is not open');
    }
    const { client, pending } = connection;
    const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
    await pending.track(async () => {
      await client.publishAsync(topic, bytes, { qos });
    });
  }

  async close(): Promise<void> {
    const connection = this.#connection;
    if (connection === null) return;
    this.#connection = null;
    await disconnect(this.#clock, connection.client);
    connection.pending.rejectAll('the link was closed');
  }

  #connect(session: LinkSession): Connection {
    const client = this.#dial({ ...clientOptions(this.#address), clientId: session.clientId });
    // An emitter without listener for `error` would end the process.
    client.on('error', () => undefined);
    client.on('message', (topic, payload) => {
      if (this.#connection?.client === client) session.onMessage(topic, payload);
    });
    const end = (because: string): void => {
      if (this.#connection?.client !== client) return;
      this.#connection = null;
      client.end(true);
      pending.rejectAll(because);
      session.onClosed(because);
    };
    const pending = new PendingPublishes(this.#clock, end);
    return { client, pending, end };
  }
}

/** For net.connect, to which MQTT.js hands all options that it does not know. */
const attempts = { autoSelectFamilyAttemptTimeout: limits.connectAttemptMs };

const clientOptions = (address: LinkAddress): IClientOptions => ({
  ...tlsOptions(address),
  ...attempts,
  protocol: address.tls === null ? 'mqtt' : 'mqtts',
  host: address.host,
  port: address.port,
  // Every broker speaks 3.1.1, and the clip transfer needs nothing of version 5.
  protocolVersion: address.mqttVersion === 5 ? 5 : 4,
  clean: true,
  keepalive: limits.keepAliveSeconds,
  connectTimeout: limits.connectMs,
  // When to try again is the firmware's business.
  reconnectPeriod: 0,
  resubscribe: false,
  queueQoSZero: false,
  subscribeBatchSize: wire.subscriptionsPerPacketMax,
  timerVariant: 'native',
  // All 65,536 message numbers as buffers would be a third of a doorbell's heap.
  writeCache: false,
});

function connected(client: MqttClient, address: LinkAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    client.once('connect', () => {
      // Without it a small event would wait for the acknowledgement of the chunk before it.
      if ('setNoDelay' in client.stream && typeof client.stream.setNoDelay === 'function') {
        client.stream.setNoDelay(true);
      }
      resolve();
    });
    client.once('error', reject);
    client.once('close', () => reject(new LinkError(`no connection to ${address.host}`)));
  });
}

async function subscribe(client: MqttClient, filters: readonly string[]): Promise<void> {
  if (filters.length === 0) return;
  const granted = await Promise.race([
    client.subscribeAsync([...filters], { qos: 1 }),
    new Promise<never>((_resolve, reject) => {
      client.once('close', () => reject(new LinkError('closed while subscribing')));
      client.once('error', reject);
    }),
  ]);
  const refused = granted.filter(({ qos }) => qos > 2).map(({ topic }) => topic);
  if (refused.length > 0) throw new LinkError(`the broker refused to subscribe ${refused.join()}`);
}

/** Waits a while for what is in flight, then for the DISCONNECT to go out. */
function disconnect(clock: Clock, client: MqttClient): Promise<void> {
  return new Promise((resolve) => {
    const watch = clock.setTimer('link-close', limits.closeMs, () => {
      client.end(true);
      resolve();
    });
    client.end(false, () => {
      watch.cancel();
      resolve();
    });
  });
}
