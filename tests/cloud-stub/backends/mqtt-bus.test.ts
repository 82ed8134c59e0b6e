import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { cryptoEntropy } from '../../../cloud-stub/backends/crypto-entropy.ts';
import { BrokerConnectError, openMqttBus } from '../../../cloud-stub/backends/mqtt-bus.ts';
import {
  awsPresence,
  emqxPresence,
  presenceSourceFor,
} from '../../../cloud-stub/backends/mqtt-bus-presence.ts';
import { type Identity, openPki, type Pki } from '../../../cloud-stub/backends/pki/pki.ts';
import { systemClock } from '../../../cloud-stub/backends/system-clock.ts';
import type { BusMessage } from '../../../cloud-stub/ports.ts';
import type { ThingName } from '../../../device/wire/ids.ts';
import { topics } from '../../../device/wire/topics.ts';
import { busContract } from '../../contract/bus.ts';
import { thingNamed } from '../../support/cloud/clip-samples.ts';
import { type Mosquitto, mosquittoProgram, startMosquitto } from '../../support/links/mosquitto.ts';
import { clientOptions, connectClient } from '../../support/links/mqtt-client.ts';
import { runBroker } from '../../support/links/running-broker.ts';
import { waitFor } from '../../support/wait-for.ts';

const porch = thingNamed('porch');
const log = { info: () => {}, warn: () => {} };

describe.skipIf(mosquittoProgram() === null)('with mosquitto', () => {
  let folder: string;
  let pki: Pki;
  let mosquitto: Mosquitto;
  let service: Identity;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'mqtt-bus-'));
    pki = await openPki(folder, { now: systemClock.now });
    mosquitto = await startMosquitto(pki);
    service = await pki.issueService('cloud');
  });
  afterAll(async () => {
    await mosquitto.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  const openBus = async () => {
    const options = {
      url: mosquitto.url,
      identity: service,
      clock: systemClock,
      entropy: cryptoEntropy,
      log,
    };
    const bus = await openMqttBus(options);
    onTestFinished(() => bus.close());
    return bus;
  };
  const connectDevice = async (thing: ThingName) => {
    const identity = await pki.issueDevice(thing);
    const client = await connectClient(mosquitto.url, clientOptions(identity, thing));
    onTestFinished(() => client.end());
    return client;
  };

  busContract('a client of mosquitto', async () => ({
    bus: await openBus(),
    connect: connectDevice,
    knowsSender: false,
    knowsPresence: false,
  }));

  test('it connects again after the broker was killed, and messages flow again', async () => {
    const bus = await openBus();
    const messages: BusMessage[] = [];
    bus.onMessage((message) => messages.push(message));
    await mosquitto.kill();
    await bus.publish(topics.command(porch), Buffer.from('into the void'));
    await mosquitto.start();
    const device = await connectDevice(porch);
    await waitFor('a message', async () => {
      await device.mqtt.publishAsync(topics.event(porch), 'again', { qos: 1 });
      return messages.length > 0;
    });
    await device.mqtt.subscribeAsync(topics.command(porch), { qos: 1 });
    await bus.publish(topics.command(porch), Buffer.from('back'));
    await waitFor('the command', () => device.received.length > 0);
    expect(device.received[0]?.payload.toString()).toBe('back');
  });

  test('a doorbell writes and reads on its own topics only, by the generated configuration', async () => {
    const bus = await openBus();
    const messages: BusMessage[] = [];
    bus.onMessage((message) => messages.push(message));
    const device = await connectDevice(porch);
    await device.mqtt.subscribeAsync('dn/yard/command', { qos: 1 }).catch(() => {});
    await device.mqtt.publishAsync(topics.event(thingNamed('yard')), 'forged', { qos: 1 });
    await device.mqtt.publishAsync('dn/yard/command', 'forged', { qos: 1 });
    await bus.publish('dn/yard/command', Buffer.from('for yard'));
    await device.mqtt.publishAsync(topics.event(porch), 'mine', { qos: 1 });
    await waitFor('the last', () => messages.length > 0);
    expect(messages.map(({ topic }) => topic)).toEqual([topics.event(porch)]);
    expect(device.received).toEqual([]);
  });
});

test('a broker that does not let the cloud in is no use', async () => {
  const { url, identityOf } = await runBroker();
  const identity = await identityOf('porch');
  const refused = openMqttBus({ url, identity, clock: systemClock, entropy: cryptoEntropy, log });
  await expect(refused).rejects.toThrow(/^cannot use the broker at .*Not authorized/);
});

test('a broker that cannot be reached is named, without its password', async () => {
  const options = {
    url: 'mqtt://cloud:secret@127.0.0.1:1',
    identity: null,
    clock: systemClock,
    entropy: cryptoEntropy,
    log,
  };
  const refused = openMqttBus(options);
  await expect(refused).rejects.toThrow(BrokerConnectError);
  await expect(refused).rejects.toThrow(
    /^cannot use the broker at mqtt:\/\/cloud@127.0.0.1:1: .*ECONNREFUSED/,
  );
});

test('the certificate is for `mqtts://` alone: `mqtt://` is spoken without TLS', async () => {
  const { identityOf } = await runBroker();
  const identity = await identityOf('porch');
  const heard = Promise.withResolvers<Buffer>();
  const server = createServer((socket) => {
    socket
      .on('error', () => {})
      .once('data', (bytes) => {
        heard.resolve(bytes);
        socket.destroy();
      });
  });
  onTestFinished(() => void server.close());
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  const url = `mqtt://127.0.0.1:${port}`;
  const given = { url, identity, clock: systemClock, entropy: cryptoEntropy, log };
  await expect(openMqttBus(given)).rejects.toThrow(BrokerConnectError);
  const connectPacket = 0x10;
  expect((await heard.promise)[0]).toBe(connectPacket);
});

describe('presence', () => {
  const event = (eventType: string, versionNumber: number, timestamp: number) =>
    Buffer.from(JSON.stringify({ clientId: 'porch', eventType, versionNumber, timestamp }));

  test('of AWS IoT Core: events out of order, repeated or damaged change nothing', () => {
    const source = awsPresence();
    const read = (payload: Buffer) => source.read('', payload)?.connected ?? null;
    expect([
      read(event('connected', 0, 1000)),
      read(event('connected', 1, 3000)),
      read(event('disconnected', 0, 2000)),
      read(event('connected', 1, 3000)),
      read(event('disconnected', 1, 4000)),
      read(event('connected', 1, 3000)),
      read(event('connected', 0, 9_000_000)),
      read(Buffer.from('{')),
      read(
        Buffer.from('{"clientId":"a/b","eventType":"connected","versionNumber":0,"timestamp":1}'),
      ),
    ]).toEqual([true, true, null, null, false, null, true, null, null]);
  });

  test('of EMQX is in the topic', () => {
    const source = emqxPresence();
    const topic = (thing: string, state: string) =>
      `$SYS/brokers/emqx@127.0.0.1/clients/${thing}/${state}`;
    expect([
      source.read(topic('porch', 'connected'), Buffer.from('{}')),
      source.read(topic('porch', 'disconnected'), Buffer.from('{}')),
      source.read(topic('not.a.thing', 'connected'), Buffer.from('{}')),
    ]).toEqual([{ thing: 'porch', connected: true }, { thing: 'porch', connected: false }, null]);
  });

  test('is asked of AWS IoT Core by its own topics only, because $SYS would end the connection', () => {
    const filters = presenceSourceFor('a1b2c3-ats.iot.eu-central-1.amazonaws.com').filters;
    expect(filters.every((filter) => filter.startsWith('$aws/events/presence/'))).toBe(true);
    expect(
      presenceSourceFor('localhost').filters.every((filter) => filter.startsWith('$SYS/')),
    ).toBe(true);
  });
});
