/**
 * The link over AWS's own device SDK. Its native event loop keeps a process alive after everything is closed
 * (aws-crt-nodejs#600), so a program that uses it ends by process.exit.
 */
import { io } from 'aws-iot-device-sdk-v2';
import { type Clock, type Link, LinkError, type LinkSession } from '../board.ts';
import { milliseconds } from '../wire/time.ts';
import {
  type CrtAddress,
  type CrtConnection,
  type CrtEvents,
  Mqtt5RefusedError,
} from './aws-crt-connection.ts';
import { connectMqtt3 } from './aws-crt-mqtt3.ts';
import { connectMqtt5 } from './aws-crt-mqtt5.ts';
import type { LinkAddress } from './link-address.ts';
import { linkError, PendingPublishes } from './pending-publishes.ts';

type Opened = { readonly connection: CrtConnection; readonly pending: PendingPublishes };

export class AwsCrtLink implements Link {
  readonly #clock: Clock;
  readonly #address: CrtAddress;
  /** With `auto`: whether this broker has refused version 5. */
  #refuses5 = false;
  #opening = false;
  #opened: Opened | null = null;

  /** Throws LinkError without TLS: the SDK's builders know no other way. */
  constructor(clock: Clock, address: LinkAddress) {
    if (address.tls === null) throw new LinkError('the AWS SDK connects by mqtts only');
    this.#clock = clock;
    this.#address = { ...address, tls: address.tls };
    io.enable_logging(io.LogLevel.NONE);
  }

  async open(session: LinkSession): Promise<void> {
    if (this.#opened !== null || this.#opening) throw new LinkError('the link is open already');
    this.#opening = true;
    try {
      this.#opened = await this.#connect(session);
    } catch (error) {
      throw linkError(`link to ${this.#address.host}:${this.#address.port}`, error);
    } finally {
      this.#opening = false;
    }
  }

  async publish(topic: string, payload: Uint8Array, qos: 0 | 1): Promise<void> {
    const opened = this.#opened;
    if (opened === null) throw new LinkError('the link is not open');
    await opened.pending.track(() => opened.connection.publish(topic, payload, qos));
  }

  async close(): Promise<void> {
    const opened = this.#opened;
    if (opened === null) return;
    this.#opened = null;
    await opened.connection.end();
    opened.pending.rejectAll('the link was closed');
  }

  async #connect(session: LinkSession): Promise<Opened> {
    let lost: string | null = null;
    let opened: Opened | null = null;
    const onLost = (because: string): void => {
      lost ??= because;
      if (opened === null || this.#opened !== opened) return;
      this.#opened = null;
      opened.pending.rejectAll(because);
      void opened.connection.end();
      session.onClosed(because);
    };
    const connection = await this.#negotiate(session, { onMessage: session.onMessage, onLost });
    const refused = await connection.subscribe(session.filters).catch(async (error: unknown) => {
      await connection.end();
      throw error;
    });
    if (refused.length > 0 || lost !== null) {
      await connection.end();
      throw new LinkError(lost ?? `the broker refused to subscribe ${refused.join()}`);
    }
    opened = { connection, pending: new PendingPublishes(this.#clock, onLost) };
    return opened;
  }

  /** Version 5 where the broker has it. */
  async #negotiate({ clientId }: LinkSession, events: CrtEvents): Promise<CrtConnection> {
    const { mqttVersion } = this.#address;
    const use3 = mqttVersion === 3 || (mqttVersion === 'auto' && this.#refuses5);
    if (use3) return connectMqtt3(this.#address, clientId, events);
    try {
      return await connectMqtt5(this.#address, clientId, events);
    } catch (error) {
      if (!(error instanceof Mqtt5RefusedError) || mqttVersion === 5) throw error;
      this.#refuses5 = true;
      await this.#pause();
      return connectMqtt3(this.#address, clientId, events);
    }
  }

  /** AWS IoT Core, and brokers that behave like it, take one CONNECT a second from a client. */
  #pause(): Promise<void> {
    return new Promise((resolve) => {
      this.#clock.setTimer('mqtt3-after-5', milliseconds(1100), resolve);
    });
  }
}
