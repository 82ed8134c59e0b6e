import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { generate, type Packet } from 'mqtt-packet';
import { expect, onTestFinished, test } from 'vitest';
import {
  awsProfile,
  openProfile,
  type Profile,
} from '../../../../cloud-stub/backends/broker/aws-profile.ts';
import { brokerLimits } from '../../../../cloud-stub/backends/broker/broker-limits.ts';
import type { Ending } from '../../../../cloud-stub/backends/broker/disconnect-reason.ts';
import { Gate } from '../../../../cloud-stub/backends/broker/gate.ts';
import { minutes, seconds } from '../../../../device/wire/time.ts';
import { thingNamed } from '../../../support/cloud/clip-samples.ts';
import { connectPacket, publishPacket } from '../../../support/links/raw-client.ts';
import { standingClock } from '../../../support/standing-clock.ts';
import { waitFor } from '../../../support/wait-for.ts';

const KiB = 1024;
const MiB = 1024 * KiB;

/** A gate between a loopback socket and a broker that is played by the test, CONNECT and CONNACK exchanged. */
async function openGate(profile: Profile, limits = {}) {
  const server = createServer({ noDelay: true }).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.on('error', () => {});
  const [socket] = (await once(server, 'connection')) as [Socket];
  onTestFinished(() => {
    client.destroy();
    socket.destroy();
  });
  const rows: string[] = [];
  const endings: Ending[] = [];
  const clock = standingClock();
  const gate = new Gate({
    socket,
    thing: thingNamed('porch'),
    profile,
    limits: { ...brokerLimits, ...limits },
    clock,
    events: {
      onOpened: () => {},
      onClosed: (_, ending) => endings.push(ending),
      onSubscriptions: () => {},
      onRow: (_, row) => rows.push(row),
    },
  });
  gate.on('error', () => {});
  const write = (packet: Packet) => gate.write(generate(packet));
  client.write(generate(connectPacket('porch')));
  await once(gate, 'readable');
  gate.read();
  write({ cmd: 'connack', returnCode: 0, sessionPresent: false });
  const passed: Buffer[] = [];
  const publishBytes = generate(publishPacket('up/porch/event', 1)).length;
  return {
    gate,
    clock,
    client,
    socket,
    rows,
    endings,
    write,
    take: () =>
      gate.on('readable', () => passed.push(...[gate.read()].filter((one) => one !== null))),
    passedBytes: () => passed.reduce((sum, one) => sum + one.length, 0),
    publishBytes,
  };
}

test('unacknowledged-in: the 101st message waits until one was acknowledged', async () => {
  const { client, write, rows, take, passedBytes, publishBytes } = await openGate(awsProfile);
  take();
  // The rate has the same number as the window: here the window is met first.
  for (let id = 1; id <= 120; id++) client.write(generate(publishPacket('up/porch/event', id)));
  await waitFor('the window', () => rows.length > 0);
  expect(rows).toEqual(['unacknowledged-in']);
  expect(passedBytes()).toBe(100 * publishBytes);
  write({ cmd: 'puback', messageId: 1 });
  await waitFor('the rate', () => rows.includes('publishes-in-per-second'));
});

test('unacknowledged-in: what waited passes in order as the window opens', async () => {
  const profile = { ...awsProfile, unacknowledgedMax: 3 };
  const { client, write, take, passedBytes, publishBytes } = await openGate(profile);
  take();
  for (let id = 1; id <= 8; id++) client.write(generate(publishPacket('up/porch/event', id)));
  await waitFor('three', () => passedBytes() === 3 * publishBytes);
  write({ cmd: 'puback', messageId: 1 });
  write({ cmd: 'puback', messageId: 2 });
  await waitFor('five', () => passedBytes() === 5 * publishBytes);
  for (let id = 3; id <= 8; id++) write({ cmd: 'puback', messageId: id });
  await waitFor('eight', () => passedBytes() === 8 * publishBytes);
});

test('a paused gate stops reading its socket, and goes on where it stopped', async () => {
  const { gate, client, socket, take, passedBytes } = await openGate(openProfile);
  take();
  const packet = generate(publishPacket('up/porch/event', 1, { payload: Buffer.alloc(64 * KiB) }));
  gate.pauseReading();
  const total = 100;
  let flushed = false;
  client.write(Buffer.concat(Array.from({ length: total }, () => packet)), () => {
    flushed = true;
  });
  await waitFor('the pause', () => socket.isPaused());
  await sleep(50);
  expect(passedBytes()).toBeLessThanOrEqual(2 * 64 * KiB);
  gate.resumeReading();
  await waitFor('all', () => passedBytes() === total * packet.length);
  await waitFor('the client to know', () => flushed);
});

test('a client whose reading is paused is not called silent', async () => {
  const { gate, clock, endings } = await openGate(awsProfile);
  gate.keepAlive(30);
  gate.pauseReading();
  clock.advance(minutes(10));
  expect(endings).toEqual([]);
  gate.resumeReading();
  clock.advance(seconds(45));
  expect(endings.map(({ reason }) => reason)).toEqual(['MQTT_KEEP_ALIVE_TIMEOUT']);
});

test('a broker that reads slowly is not overrun: the gate stops at its buffer', async () => {
  const { gate, client, socket } = await openGate(openProfile);
  const packet = generate(publishPacket('up/porch/event', 1, { payload: Buffer.alloc(64 * KiB) }));
  client.write(Buffer.concat(Array.from({ length: 100 }, () => packet)));
  await waitFor('the buffer to fill', () => gate.readableLength >= gate.readableHighWaterMark);
  await waitFor('the pause', () => socket.isPaused());
  expect(gate.readableLength).toBeLessThanOrEqual(3 * 64 * KiB);
});

test('whatever the broker writes is taken at once, and a client that does not read is cut off', async () => {
  const { gate, write, endings } = await openGate(openProfile, { outQueueBytesMax: 256 * KiB });
  const message = publishPacket('dn/porch/command', 1, {
    qos: 0,
    payload: Buffer.alloc(100 * KiB),
  });
  let taken = 0;
  while (endings.length === 0 && taken < 1000) {
    const all = write(message);
    expect(all || endings.length > 0).toBe(true);
    taken += 1;
    if (taken % 10 === 0) await sleep(1);
  }
  expect(endings.map(({ reason }) => reason)).toEqual(['SERVER_INITIATED_DISCONNECT']);
  expect(gate.destroyed).toBe(true);
});

test('a client that does not read its acknowledgements is not read from either', async () => {
  const limits = { outQueueBytesMax: 64 * MiB };
  const { gate, client, socket, take, passedBytes } = await openGate(openProfile, limits);
  take();
  client.pause();
  const big = publishPacket('dn/porch/command', 1, { qos: 0, payload: Buffer.alloc(100 * KiB) });
  // More than the kernel takes off for a client that does not read, however its buffers grow.
  while (socket.writableLength < 16 * MiB) gate.write(generate(big));
  const before = passedBytes();
  const packet = generate(publishPacket('up/porch/event', 1, { payload: Buffer.alloc(64 * KiB) }));
  client.write(Buffer.concat(Array.from({ length: 20 }, () => packet)));
  await sleep(50);
  expect(passedBytes() - before).toBeLessThanOrEqual(3 * 64 * KiB);
  client.resume();
  await waitFor('all', () => passedBytes() - before === 20 * packet.length);
});
