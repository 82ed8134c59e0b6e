/**
 * The Bus as a client of any MQTT 3.1.1 broker by URL: mosquitto, EMQX, AWS IoT Core. The broker's
 * access rules stand for who sent a message; it cannot be told to read slower or to cut a doorbell
 * off.
 */
import { connect, type IClientOptions, type MqttClient } from 'mqtt';
import { milliseconds } from '../../device/wire/time.ts';
import { upFilter } from '../../device/wire/topics.ts';
import type { Bus, BusMessage, Clock, Entropy, Presence, Timer } from '../ports.ts';
import type { BrokerLog } from './broker/broker.ts';
import { detached } from './broker/payload.ts';
import { type PresenceSource, presenceSourceFor } from './mqtt-bus-presence.ts';
import type { IdentityFiles } from './pki/identity.ts';

export type MqttBusOptions = {
  /**
   * `mqtts://host:port`, or `mqtt://` for a broker on a trusted network; may carry user and
   * password.
   */
  readonly url: string;
  /** The cloud's certificate; null where the broker asks for none. */
  readonly identity: IdentityFiles | null;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly log: BrokerLog;
};

/** The broker could not be reached, or did not let the cloud in, when it was first tried. */
export class BrokerConnectError extends Error {
  override readonly name = 'BrokerConnectError';
  readonly url: string;
  constructor(url: string, because: string, options?: ErrorOptions) {
    super(`cannot use the broker at ${url}: ${because}`, options);
    this.url = url;
  }
}

/** AWS allows one CONNECT a second for a client id; above that, full jitter up to a minute. */
const reconnect = { floorMs: 1000, baseMs: 1000, capMs: 60_000 } as const;
const publishesInFlightMax = 1000;
const connectTimeoutMs = 20_000;

/**
 * Connects and subscribes. Throws BrokerConnectError. Later losses of the connection are mended in
 * the background.
 */
export async function openMqttBus(options: MqttBusOptions): Promise<Bus> {
  const bus = new MqttBus(options);
  await bus.open();
  return bus;
}

class MqttBus implements Bus {
  readonly #options: MqttBusOptions;
  readonly #shownUrl: string;
  readonly #presenceSource: PresenceSource;
  readonly #connectOptions: IClientOptions;
  readonly #messageListeners: ((message: BusMessage) => void)[] = [];
  readonly #presenceListeners: ((presence: Presence) => void)[] = [];
  /** Called when the connection is lost under a publish. */
  readonly #inFlight = new Set<() => void>();
  #client: MqttClient | null = null;
  #online = false;
  #closing = false;
  #attempts = 0;
  #timer: Timer | null = null;

  constructor(options: MqttBusOptions) {
    this.#options = options;
    const url = new URL(options.url);
    url.password = '';
    this.#shownUrl = url.href;
    this.#presenceSource = presenceSourceFor(url.hostname);
    const { identity, entropy } = options;
    this.#connectOptions = {
      clientId: `service-cloud-${Buffer.from(entropy.bytes(6)).toString('hex')}`,
      protocolVersion: 4,
      clean: true,
      keepalive: 30,
      // A fresh client for each attempt: nothing of the old one is sent again, and the delay is ours.
      reconnectPeriod: 0,
      resubscribe: false,
      connectTimeout: connectTimeoutMs,
      // With a certificate MQTT.js would speak TLS to `mqtt://` too.
      ...(identity === null || url.protocol !== 'mqtts:'
        ? {}
        : { key: identity.keyPem, cert: identity.certificatePem, ca: identity.caPem }),
      // AWS IoT Core tells MQTT from HTTPS on port 443 by this alone.
      ...(url.port === '443' ? { ALPNProtocols: ['x-amzn-mqtt-ca'] } : {}),
    };
  }

  async open(): Promise<void> {
    try {
      await this.#connect();
    } catch (cause) {
      const because = cause instanceof Error ? cause.message : String(cause);
      throw new BrokerConnectError(this.#shownUrl, because, { cause });
    }
  }

  publish(topic: string, payload: Uint8Array): Promise<void> {
    const client = this.#client;
    const { log } = this.#options;
    // Without its broker no doorbell can be reached: it asks again when it can. [WIRE-2]
    if (client === null || !this.#online || this.#inFlight.size >= publishesInFlightMax) {
      log.warn({ topic }, 'a message was dropped because the broker does not take it');
      return Promise.resolve();
    }
    const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
    return new Promise((resolve) => {
      const settle = () => {
        if (this.#inFlight.delete(settle)) resolve();
      };
      this.#inFlight.add(settle);
      client.publish(topic, bytes, { qos: 1 }, (error) => {
        if (error) log.warn({ topic, error }, 'a message was not taken by the broker');
        settle();
      });
    });
  }

  onMessage(listener: (message: BusMessage) => void): void {
    this.#messageListeners.push(listener);
  }

  onPresence(listener: (presence: Presence) => void): void {
    this.#presenceListeners.push(listener);
  }

  pause(): void {}
  resume(): void {}
  disconnect(): void {}

  async close(): Promise<void> {
    this.#closing = true;
    this.#timer?.cancel();
    await this.#client?.endAsync();
    this.#lose();
  }

  /**
   * Resolves once connected and subscribed; whatever ends the connection later leads to the next.
   */
  async #connect(): Promise<void> {
    const client = connect(this.#options.url, this.#connectOptions);
    this.#client = client;
    client.on('message', (topic, payload) => this.#receive(topic, payload));
    let established = false;
    let problem = new Error('the connection was closed');
    client.on('error', (error) => {
      problem = error;
    });
    try {
      await new Promise<void>((resolve, reject) => {
        client.on('close', () => (established ? this.#reconnectLater() : reject(problem)));
        client.once('connect', () => this.#subscribe(client).then(resolve, reject));
      });
    } catch (cause) {
      client.end(true);
      throw cause;
    }
    established = true;
    this.#online = true;
    this.#attempts = 0;
    this.#options.log.info({ url: this.#shownUrl }, 'the bus is connected to its broker');
  }

  async #subscribe(client: MqttClient): Promise<void> {
    const granted = await client.subscribeAsync(upFilter, { qos: 1 });
    if (granted.some(({ qos }) => qos === 128)) throw new Error(`it refused ${upFilter}`);
    // A broker that refuses these says nothing of presence.
    await client.subscribeAsync([...this.#presenceSource.filters], { qos: 1 }).catch(() => {});
  }

  #receive(topic: string, payload: Buffer): void {
    if (topic.startsWith('$')) {
      const presence = this.#presenceSource.read(topic, payload);
      if (presence === null) return;
      for (const listener of this.#presenceListeners) listener(presence);
      return;
    }
    const message = { thing: null, topic, payload: detached(payload) };
    for (const listener of this.#messageListeners) listener(message);
  }

  #reconnectLater(): void {
    this.#lose();
    if (this.#closing) return;
    const { clock, entropy, log } = this.#options;
    const ceilingMs = Math.min(reconnect.capMs, reconnect.baseMs * 2 ** this.#attempts);
    this.#attempts += 1;
    const draw = Buffer.from(entropy.bytes(4)).readUInt32BE() / 2 ** 32;
    const delay = milliseconds(reconnect.floorMs + Math.floor(draw * ceilingMs));
    log.warn({ url: this.#shownUrl, delayMs: delay }, 'the bus lost its broker and tries again');
    this.#timer = clock.setTimer('bus-reconnect', delay, () => {
      this.#connect().catch((error: unknown) => {
        log.warn({ url: this.#shownUrl, error }, 'the broker could not be reached');
        this.#reconnectLater();
      });
    });
  }

  #lose(): void {
    this.#online = false;
    this.#client?.end(true);
    this.#client = null;
    for (const settle of [...this.#inFlight]) settle();
  }
}
