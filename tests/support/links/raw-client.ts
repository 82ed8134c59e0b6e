/** MQTT packets by hand over TLS, for clients that do what no library does. */
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls';
import { generate, parser as makeParser, type Packet } from 'mqtt-packet';
import { onTestFinished } from 'vitest';
import type { IdentityFiles } from '../../../cloud-stub/backends/pki/identity.ts';
import { waitFor } from '../wait-for.ts';

export type RawClient = {
  readonly socket: TLSSocket;
  /** Every packet the broker sent, in order. */
  readonly received: Packet[];
  send(...packets: Packet[]): void;
  isClosed(): boolean;
  closed(): Promise<void>;
  /** The first packet of this kind, waited for. */
  got(cmd: Packet['cmd']): Promise<Packet>;
};

export const connectPacket = (clientId: string, more: object = {}): Packet =>
  ({
    cmd: 'connect',
    clientId,
    protocolVersion: 4,
    protocolId: 'MQTT',
    clean: true,
    keepalive: 60,
    ...more,
  }) as Packet;

export const publishPacket = (topic: string, messageId: number, more: object = {}): Packet =>
  ({
    cmd: 'publish',
    topic,
    messageId,
    qos: 1,
    payload: 'x',
    retain: false,
    dup: false,
    ...more,
  }) as Packet;

export const subscribePacket = (messageId: number, filters: readonly string[], qos = 1): Packet =>
  ({
    cmd: 'subscribe',
    messageId,
    subscriptions: filters.map((topic) => ({ topic, qos })),
  }) as Packet;

/** A TLS connection that has said nothing yet. */
export async function openRaw(
  port: number,
  identity: Partial<IdentityFiles>,
  more: ConnectionOptions = {},
): Promise<RawClient> {
  const { keyPem: key, certificatePem: cert, caPem: ca } = identity;
  const socket = connectTls({
    host: '127.0.0.1',
    port,
    ...(key === undefined ? {} : { key }),
    ...(cert === undefined ? {} : { cert }),
    ...(ca === undefined ? {} : { ca }),
    ...more,
  });
  const received: Packet[] = [];
  let closed = false;
  const parser = makeParser({ protocolVersion: 4 });
  parser.on('packet', (packet: Packet) => received.push(packet));
  socket.on('data', (bytes: Buffer) => parser.parse(bytes));
  socket.on('close', () => {
    closed = true;
  });
  onTestFinished(() => void socket.destroy());
  await new Promise<void>((resolve, reject) => {
    socket.once('secureConnect', resolve);
    socket.once('error', reject);
  });
  // From here on an error is a connection closed.
  socket.on('error', () => {});
  return {
    socket,
    received,
    send: (...packets) => void socket.write(Buffer.concat(packets.map((one) => generate(one)))),
    isClosed: () => closed,
    closed: () => waitFor('the broker to close the connection', () => closed),
    async got(cmd) {
      await waitFor(`${cmd} (closed: ${closed})`, () => received.some((one) => one.cmd === cmd));
      const found = received.find((one) => one.cmd === cmd);
      if (found === undefined) throw new Error(`no ${cmd}`);
      return found;
    },
  };
}

/** A TLS connection on which CONNECT was answered. */
export async function connectRaw(
  port: number,
  identity: IdentityFiles,
  clientId: string,
  more: object = {},
): Promise<RawClient> {
  const client = await openRaw(port, identity);
  client.send(connectPacket(clientId, more));
  await client.got('connack');
  return client;
}
