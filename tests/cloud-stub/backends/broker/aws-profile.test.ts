import { setTimeout as sleep } from 'node:timers/promises';
import type { Packet } from 'mqtt-packet';
import { describe, expect, test } from 'vitest';
import { awsProfile, openProfile } from '../../../../cloud-stub/backends/broker/aws-profile.ts';
import { milliseconds, minutes, seconds } from '../../../../device/wire/time.ts';
import {
  connectPacket,
  connectRaw,
  openRaw,
  publishPacket,
  type RawClient,
  subscribePacket,
} from '../../../support/links/raw-client.ts';
import { runBroker } from '../../../support/links/running-broker.ts';
import { standingClock } from '../../../support/standing-clock.ts';
import { waitFor } from '../../../support/wait-for.ts';

const KiB = 1024;

/** The broker under the AWS profile, its clock standing still until it is moved. */
async function aws() {
  const clock = standingClock();
  const running = await runBroker({ profile: awsProfile, clock });
  const raw = async (thing: string, more: object = {}) =>
    connectRaw(running.bus.port, await running.identityOf(thing), thing, more);
  const endingOf = async (thing: string) => {
    const topic = `$aws/events/presence/disconnected/${thing}`;
    await waitFor('the end', () => running.lifecycle.some((event) => event.topic === topic));
    return running.lifecycle.find((event) => event.topic === topic)?.payload.disconnectReason;
  };
  const publish = (topic: string, payload: string | Buffer, more: object = {}) =>
    running.bus.broker.publish({
      topic,
      payload: Buffer.from(payload),
      qos: 1,
      retain: false,
      ...more,
    });
  return { ...running, clock, raw, endingOf, publish };
}

/** Resolves when all that was sent before has been dealt with. */
async function settled(client: RawClient): Promise<void> {
  const count = () => client.received.filter(({ cmd }) => cmd === 'pingresp').length;
  const before = count();
  client.send({ cmd: 'pingreq' });
  await waitFor('PINGRESP', () => count() > before);
}

const countOf = (client: RawClient, cmd: Packet['cmd']) =>
  client.received.filter((packet) => packet.cmd === cmd).length;

const filters = (count: number) =>
  Array.from({ length: count }, (_, index) => `dn/porch/clip/${index}/ack`);

describe('closes the connection:', () => {
  const up = 'up/porch/event';
  const levels = (slashes: number) => `up/porch/${'a/'.repeat(slashes - 2)}a`;
  const long = (bytes: number) => up.padEnd(bytes, 'x');
  const rows: [string, string, string, Packet][] = [
    [
      'payload',
      'a payload above 128 KiB',
      'CLIENT_ERROR',
      publishPacket(up, 1, { payload: Buffer.alloc(128 * KiB + 1) }),
    ],
    ['malformed', 'a topic above 256 bytes', 'CLIENT_ERROR', publishPacket(long(257), 1)],
    ['slashes', 'a topic of 8 slashes', 'CLIENT_ERROR', publishPacket(levels(8), 1)],
    ['dollar-topic', 'a reserved topic', 'CLIENT_ERROR', publishPacket('$file/x/init', 1)],
    [
      'dollar-topic',
      'a filter on a reserved topic',
      'CLIENT_ERROR',
      subscribePacket(1, ['$SYS/#']),
    ],
    [
      'shared-subscription',
      'a shared subscription',
      'CLIENT_ERROR',
      subscribePacket(1, ['$share/g/dn/porch/command']),
    ],
    [
      'filters-per-subscribe',
      '9 filters in one SUBSCRIBE',
      'CLIENT_ERROR',
      subscribePacket(1, filters(9)),
    ],
    [
      'topic-bytes',
      'a filter above 256 bytes',
      'CLIENT_ERROR',
      subscribePacket(1, ['dn/porch/'.padEnd(257, 'x')]),
    ],
    [
      'slashes',
      'a filter of 8 slashes',
      'CLIENT_ERROR',
      subscribePacket(1, ['dn/porch/a/b/c/d/e/f/g']),
    ],
    [
      'denied-publish',
      "publishing on another's topic",
      'AUTH_ERROR',
      publishPacket('up/yard/event', 1),
    ],
    [
      'denied-publish',
      'publishing on a topic of the cloud',
      'AUTH_ERROR',
      publishPacket('dn/porch/command', 1),
    ],
    ['denied-retain', 'retaining a message', 'AUTH_ERROR', publishPacket(up, 1, { retain: true })],
    [
      'denied-subscribe',
      "subscribing to another's topic",
      'AUTH_ERROR',
      subscribePacket(1, ['dn/yard/command']),
    ],
    [
      'denied-subscribe',
      'subscribing across all topics',
      'AUTH_ERROR',
      subscribePacket(1, ['dn/+/command']),
    ],
    [
      'denied-subscribe',
      'subscribing to what doorbells send',
      'AUTH_ERROR',
      subscribePacket(1, ['up/porch/event']),
    ],
    [
      'malformed',
      'a packet that only a broker sends',
      'CLIENT_ERROR',
      { cmd: 'suback', messageId: 1, granted: [0] },
    ],
    ['second-connect', 'a second CONNECT', 'CLIENT_ERROR', connectPacket('porch')],
  ];
  test.each(rows)('%s: %s', async (row, _, reason, packet) => {
    const { raw, endingOf, bus, messages } = await aws();
    const client = await raw('porch');
    client.send(packet);
    await client.closed();
    expect(await endingOf('porch')).toBe(reason);
    expect([...bus.tally]).toEqual([[row, 1]]);
    expect(messages).toEqual([]);
    expect(countOf(client, 'puback')).toBe(0);
    for (const suback of client.received.filter(({ cmd }) => cmd === 'suback')) {
      expect(suback).toMatchObject({ granted: expect.not.arrayContaining([0, 1, 2]) });
    }
  });

  test('before-connack: anything sent before CONNACK', async () => {
    const { bus, identityOf, messages } = await aws();
    const client = await openRaw(bus.port, await identityOf('porch'));
    client.send(connectPacket('porch'), publishPacket(up, 1));
    await client.closed();
    expect([...bus.tally.keys()]).toEqual(['before-connack']);
    expect(messages).toEqual([]);
  });

  test('first-packet: anything but CONNECT first', async () => {
    const { bus, identityOf } = await aws();
    const client = await openRaw(bus.port, await identityOf('porch'));
    client.send({ cmd: 'pingreq' });
    await client.closed();
    expect([...bus.tally.keys()]).toEqual(['first-packet']);
  });

  test('subscriptions: the 51st', async () => {
    const { raw, bus } = await aws();
    const client = await raw('porch');
    const all = filters(51);
    for (let n = 0; n < 48; n += 8) client.send(subscribePacket(n + 1, all.slice(n, n + 8)));
    client.send(subscribePacket(49, all.slice(48, 50)));
    // The same again is none more, and one given up makes room for another.
    client.send(subscribePacket(50, all.slice(0, 8)));
    client.send({ cmd: 'unsubscribe', messageId: 51, unsubscriptions: all.slice(0, 1) } as Packet);
    client.send(subscribePacket(52, all.slice(0, 1)));
    await settled(client);
    expect([client.isClosed(), countOf(client, 'suback')]).toEqual([false, 9]);
    client.send(subscribePacket(53, all.slice(50)));
    await client.closed();
    expect([...bus.tally.keys()]).toEqual(['subscriptions']);
  });

  test('subscriptions: those of a session resumed count', async () => {
    const { raw, bus, clock } = await aws();
    const all = filters(51);
    const first = await raw('porch', { clean: false });
    for (let n = 0; n < 50; n += 5) first.send(subscribePacket(n + 1, all.slice(n, n + 5)));
    await settled(first);
    first.send({ cmd: 'disconnect' });
    await first.closed();
    clock.advance(seconds(1));
    const second = await raw('porch', { clean: false });
    second.send(subscribePacket(1, all.slice(50)));
    await second.closed();
    expect([...bus.tally.keys()]).toEqual(['subscriptions']);
  });

  test('nothing at the very limits: 128 KiB, 256 bytes, 7 slashes, 8 filters', async () => {
    const { raw, bus, messages, clock } = await aws();
    const client = await raw('porch');
    client.send(
      publishPacket(up, 1, { payload: Buffer.alloc(128 * KiB) }),
      publishPacket(long(256), 2),
      publishPacket(levels(7), 3),
      subscribePacket(4, filters(8)),
    );
    clock.advance(seconds(1));
    await settled(client);
    expect(messages.map(({ topic }) => topic)).toEqual([up, long(256), levels(7)]);
    expect([...bus.tally]).toEqual([]);
  });
});

describe('the rates:', () => {
  test('publishes-in-per-second: what exceeds 100 in a second is discarded and not acknowledged', async () => {
    const { raw, messages, clock, bus } = await aws();
    const client = await raw('porch');
    const send = (from: number, count: number) =>
      client.send(
        ...Array.from({ length: count }, (_, n) => publishPacket('up/porch/event', from + n)),
      );
    send(1, 130);
    await settled(client);
    expect([messages.length, countOf(client, 'puback')]).toEqual([100, 100]);
    expect(bus.tally.get('publishes-in-per-second')).toBe(30);
    clock.advance(milliseconds(250));
    send(200, 130);
    await settled(client);
    expect([messages.length, countOf(client, 'puback')]).toEqual([125, 125]);
  });

  test('publishes-out-per-second: what exceeds 100 in a second is discarded', async () => {
    const { raw, publish, bus, clock } = await aws();
    const client = await raw('porch');
    client.send(subscribePacket(1, ['dn/porch/#'], 0));
    await client.got('suback');
    for (let n = 0; n < 120; n++) await publish('dn/porch/command', `${n}`);
    await settled(client);
    expect(countOf(client, 'publish')).toBe(100);
    expect(bus.tally.get('publishes-out-per-second')).toBe(20);
    clock.advance(seconds(1));
    await publish('dn/porch/command', 'later');
    await settled(client);
    expect(countOf(client, 'publish')).toBe(101);
  });

  test('bytes-in-per-second: what exceeds 512 KiB in a second is delayed, not lost', async () => {
    const { raw, messages, clock, bus } = await aws();
    const client = await raw('porch');
    const payload = Buffer.alloc(120 * KiB);
    for (let n = 1; n <= 10; n++) client.send(publishPacket('up/porch/event', n, { payload }));
    await waitFor('the limit', () => bus.tally.has('bytes-in-per-second'));
    expect(messages.length).toBeLessThanOrEqual(5);
    let waitedMs = 0;
    while (messages.length < 10) {
      clock.advance(milliseconds(20));
      waitedMs += 20;
      // Gives the sockets a turn; how long it takes does not matter, for the clock stands still.
      await sleep(2);
    }
    // 1200 KiB less the burst and what was read beyond it, at 512 KiB/s.
    expect(waitedMs).toBeGreaterThanOrEqual(((1200 - 512 - 64) / 512) * 1000 - 20);
    expect(messages).toHaveLength(10);
    expect(bus.tally.has('publishes-in-per-second')).toBe(false);
  });

  test('bytes-out-per-second: what exceeds 512 KiB in a second is delayed, not lost', async () => {
    const { raw, publish, clock } = await aws();
    const client = await raw('porch');
    client.send(subscribePacket(1, ['dn/porch/#'], 0));
    await client.got('suback');
    for (let n = 0; n < 8; n++) await publish('dn/porch/command', Buffer.alloc(120 * KiB));
    // The fifth goes into debt; acknowledgements wait as well, so PINGREQ cannot tell.
    await waitFor('five', () => countOf(client, 'publish') >= 5);
    clock.advance(milliseconds(100));
    await publish('dn/porch/command', 'small');
    expect(countOf(client, 'publish')).toBe(5);
    clock.advance(seconds(1));
    await waitFor('the rest', () => countOf(client, 'publish') >= 9);
  });

  test('unacknowledged-out: the 101st message waits for a PUBACK', async () => {
    const { raw, publish, clock } = await aws();
    const client = await raw('porch');
    client.send(subscribePacket(1, ['dn/porch/#']));
    await client.got('suback');
    for (let n = 0; n < 100; n++) await publish('dn/porch/command', `${n}`);
    clock.advance(seconds(1));
    for (let n = 100; n < 150; n++) await publish('dn/porch/command', `${n}`);
    await settled(client);
    expect(countOf(client, 'publish')).toBe(100);
    for (const packet of client.received.filter(({ cmd }) => cmd === 'publish').slice(0, 10)) {
      client.send({ cmd: 'puback', messageId: packet.messageId } as Packet);
    }
    await settled(client);
    const payloads = client.received.flatMap((one) =>
      one.cmd === 'publish' ? [Number(one.payload.toString())] : [],
    );
    expect(payloads).toEqual(Array.from({ length: 110 }, (_, n) => n));
  });

  const ended = 'a connection ended';
  test('connects-per-second: a second CONNECT within a second is refused, in one line of the log', async () => {
    const { connect, clock, bus, logged } = await aws();
    await connect('porch');
    await expect(connect('porch')).rejects.toThrow('Server unavailable');
    expect(bus.tally.get('connects-per-second')).toBe(1);
    clock.advance(milliseconds(999));
    await expect(connect('porch')).rejects.toThrow('Server unavailable');
    clock.advance(milliseconds(1));
    const last = await connect('porch');
    expect(last.isClosed()).toBe(false);
    // A refusal is one line, however often it comes; the first connection made way for the last.
    await last.end();
    await waitFor('both ends', () => logged.filter((line) => line === ended).length >= 2);
    const refused = 'a client was refused';
    expect(logged.toSorted()).toEqual([refused, refused, ended, ended]);
  });
});

describe('connecting:', () => {
  test.each([
    ['x'.repeat(129), 'Identifier rejected'],
    ['$porch', 'Identifier rejected'],
    ['yard', 'Not authorized'],
    ['Porch', 'Not authorized'],
  ])("client-id: '%s' is refused: %s", async (clientId, message) => {
    const { connect, lifecycle, presence } = await aws();
    await expect(connect('porch', { clientId })).rejects.toThrow(message);
    expect(lifecycle.map(({ topic, payload }) => [topic, payload.connectFailureReason])).toEqual([
      ['$aws/events/presence/connect_failed/porch', 'AUTHORIZATION_FAILED'],
    ]);
    expect(presence).toEqual([]);
  });

  test.each([
    [
      "another's topic",
      { topic: 'up/yard/event', payload: Buffer.from('x'), qos: 1, retain: false },
    ],
    [
      'a topic of the cloud',
      { topic: 'dn/porch/command', payload: Buffer.from('x'), qos: 1, retain: false },
    ],
    [
      'a retained message',
      { topic: 'up/porch/event', payload: Buffer.from('x'), qos: 1, retain: true },
    ],
    ['a reserved topic', { topic: '$aws/x', payload: Buffer.from('x'), qos: 1, retain: false }],
  ])('a will on %s is refused', async (_, will) => {
    const { connect, messages } = await aws();
    await expect(connect('porch', { will })).rejects.toThrow('Not authorized');
    expect(messages).toEqual([]);
  });

  test('version 5 is answered that its version is not spoken here', async () => {
    const { connect } = await aws();
    await expect(connect('porch', { protocolVersion: 5 })).rejects.toThrow(/version/i);
  });

  test.each([
    [5, 45],
    [30, 45],
    [60, 90],
    [1200, 1800],
    [1201, 1800],
    [0, 1800],
  ])('keep-alive: %i s asked for, silent for %i s: cut off', async (keepalive, seconds_) => {
    const { raw, clock, endingOf } = await aws();
    const client = await raw('porch', { keepalive });
    clock.advance(seconds(20));
    await settled(client);
    clock.advance(milliseconds(seconds_ * 1000 - 1));
    await settled(client);
    clock.advance(milliseconds(seconds_ * 1000 - 1));
    expect(client.isClosed()).toBe(false);
    clock.advance(milliseconds(1));
    await client.closed();
    expect(await endingOf('porch')).toBe('MQTT_KEEP_ALIVE_TIMEOUT');
  });

  test('take-over: the new connection stays, the old one is dropped and its will is sent', async () => {
    const { connect, clock, lifecycle, presence, messages } = await aws();
    const will = { topic: 'up/porch/event', payload: Buffer.from('gone'), qos: 1, retain: false };
    const first = await connect('porch', { will });
    clock.advance(seconds(1));
    const second = await connect('porch');
    await first.closed();
    await waitFor('the will', () => messages.length > 0);
    expect(messages.map(({ thing, payload }) => [thing, Buffer.from(payload).toString()])).toEqual([
      ['porch', 'gone'],
    ]);
    await second.mqtt.publishAsync('up/porch/event', 'here', { qos: 1 });
    const told = lifecycle.map(({ payload }) => [
      payload.eventType,
      payload.versionNumber,
      payload.disconnectReason,
    ]);
    expect(told).toEqual([
      ['connected', 0, undefined],
      ['disconnected', 0, 'DUPLICATE_CLIENTID'],
      ['connected', 1, undefined],
    ]);
    expect(presence.map(({ connected }) => connected)).toEqual([true, false, true]);
  });

  test('a client that says DISCONNECT leaves no will', async () => {
    const { connect, messages, endingOf } = await aws();
    const will = { topic: 'up/porch/event', payload: Buffer.from('gone'), qos: 1, retain: false };
    const client = await connect('porch', { will });
    await client.mqtt.endAsync();
    expect(await endingOf('porch')).toBe('CLIENT_INITIATED_DISCONNECT');
    expect(messages).toEqual([]);
  });

  test('a client that vanishes leaves its will', async () => {
    const { raw, messages, endingOf } = await aws();
    const will = { topic: 'up/porch/event', payload: Buffer.from('gone'), qos: 0, retain: false };
    const client = await raw('porch', { will });
    client.socket.destroy();
    expect(await endingOf('porch')).toBe('CONNECTION_LOST');
    await waitFor('the will', () => messages.length > 0);
  });
});

describe('delivery:', () => {
  test('qos-2: a publish or a subscription at QoS 2 is never answered', async () => {
    const { raw, messages, publish, bus } = await aws();
    const client = await raw('porch');
    client.send(publishPacket('up/porch/event', 1, { qos: 2 }));
    client.send(subscribePacket(2, ['dn/porch/command'], 2));
    await settled(client);
    await publish('dn/porch/command', 'x');
    await settled(client);
    expect(client.received.map(({ cmd }) => cmd)).toEqual(['connack', 'pingresp', 'pingresp']);
    expect(messages).toEqual([]);
    expect(bus.tally.get('qos-2')).toBe(2);
  });

  test('parent: a/# does not match a', async () => {
    const { connect, publish } = await aws();
    const client = await connect('porch');
    await client.mqtt.subscribeAsync('dn/porch/clip/#', { qos: 1 });
    await publish('dn/porch/clip', 'parent');
    await publish('dn/porch/clip/1/ack', 'child');
    await waitFor('the child', () => client.received.length > 0);
    expect(client.received.map(({ payload }) => payload.toString())).toEqual(['child']);
  });

  test('parent: a client that also subscribed to a itself gets it', async () => {
    const { connect, publish } = await aws();
    const client = await connect('porch');
    await client.mqtt.subscribeAsync(['dn/porch/clip/#', 'dn/porch/clip'], { qos: 1 });
    await publish('dn/porch/clip', 'parent');
    await waitFor('it', () => client.received.length > 0);
    expect(client.received).toHaveLength(1);
  });

  test('retained: delivered on exactly its topic, never on a wildcard', async () => {
    const { connect, publish } = await aws();
    await publish('dn/porch/settings', 'old', { retain: true });
    await publish('dn/porch/settings', 'new', { retain: true });
    await publish('dn/porch/command', 'now', { retain: true });
    await publish('dn/porch/command', '', { retain: true });
    const client = await connect('porch');
    await client.mqtt.subscribeAsync('dn/porch/#', { qos: 1 });
    await client.mqtt.subscribeAsync('dn/porch/+', { qos: 1 });
    await publish('dn/porch/event/ack', 'after');
    await waitFor('what came after', () => client.received.length > 0);
    await client.mqtt.subscribeAsync(['dn/porch/settings', 'dn/porch/command'], { qos: 1 });
    await waitFor('the retained one', () => client.received.length > 1);
    expect(client.received.map(({ payload, retain }) => [payload.toString(), retain])).toEqual([
      ['after', false],
      ['new', true],
    ]);
  });

  test('session: what came while a client was away is replayed at 10 a second, QoS 0 left out', async () => {
    const { raw, publish, clock } = await aws();
    const first = await raw('porch', { clean: false });
    first.send(subscribePacket(1, ['dn/porch/#']));
    await first.got('suback');
    first.send({ cmd: 'disconnect' });
    await first.closed();
    for (let n = 0; n < 5; n++) await publish('dn/porch/command', `${n}`);
    await publish('dn/porch/command', 'unsure', { qos: 0 });
    clock.advance(seconds(60));
    const second = await raw('porch', { clean: false });
    expect(await second.got('connack')).toMatchObject({ sessionPresent: true });
    for (let n = 1; n <= 5; n++) {
      await waitFor(`message ${n}`, () => countOf(second, 'publish') >= n);
      await settled(second);
      clock.advance(milliseconds(99));
      await settled(second);
      expect(countOf(second, 'publish')).toBe(n);
      clock.advance(milliseconds(1));
    }
    await settled(second);
    const payloads = second.received.flatMap((one) =>
      one.cmd === 'publish' ? [one.payload.toString()] : [],
    );
    expect(payloads).toEqual(['0', '1', '2', '3', '4']);
  });

  test('session: it is gone an hour after its client left, with all that waited', async () => {
    const { raw, publish, clock } = await aws();
    const connackAfter = async (away: ReturnType<typeof minutes>) => {
      const client = await raw('porch', { clean: false });
      client.send(subscribePacket(1, ['dn/porch/#']));
      await client.got('suback');
      client.send({ cmd: 'disconnect' });
      await client.closed();
      await publish('dn/porch/command', 'x');
      clock.advance(away);
      const again = await raw('porch', { clean: false });
      await settled(again);
      const seen = [await again.got('connack'), countOf(again, 'publish')];
      again.send({ cmd: 'disconnect' });
      await again.closed();
      clock.advance(seconds(1));
      return seen;
    };
    expect(await connackAfter(minutes(59))).toMatchObject([{ sessionPresent: true }, 1]);
    expect(await connackAfter(minutes(60))).toMatchObject([{ sessionPresent: false }, 0]);
  });

  test('session: when its queue is full the new are dropped and the old are kept', async () => {
    const clock = standingClock();
    const profile = { ...awsProfile, sessionQueueMax: 3 };
    const { bus, identityOf } = await runBroker({ profile, clock });
    const identity = await identityOf('porch');
    const first = await connectRaw(bus.port, identity, 'porch', { clean: false });
    first.send(subscribePacket(1, ['dn/porch/#']));
    await first.got('suback');
    first.send({ cmd: 'disconnect' });
    await first.closed();
    for (let n = 0; n < 6; n++) {
      const payload = Buffer.from(`${n}`);
      await bus.broker.publish({ topic: 'dn/porch/command', payload, qos: 1, retain: false });
    }
    clock.advance(seconds(2));
    const second = await connectRaw(bus.port, identity, 'porch', { clean: false });
    for (let n = 0; n < 6; n++) {
      await settled(second);
      clock.advance(milliseconds(100));
    }
    const payloads = second.received.flatMap((one) =>
      one.cmd === 'publish' ? [one.payload.toString()] : [],
    );
    expect(payloads).toEqual(['0', '1', '2']);
  });

  test('lifecycle: subscriptions are told, and the events are messages of the broker too', async () => {
    const { raw, lifecycle } = await aws();
    const client = await raw('porch');
    client.send(subscribePacket(1, ['dn/porch/command', 'dn/porch/settings']));
    client.send({
      cmd: 'unsubscribe',
      messageId: 2,
      unsubscriptions: ['dn/porch/settings'],
    } as Packet);
    await settled(client);
    expect(lifecycle.map(({ topic, payload }) => [topic, payload.topics])).toEqual([
      ['$aws/events/presence/connected/porch', undefined],
      ['$aws/events/subscriptions/subscribed/porch', ['dn/porch/command', 'dn/porch/settings']],
      ['$aws/events/subscriptions/unsubscribed/porch', ['dn/porch/settings']],
    ]);
  });
});

test('the open profile lifts the rows: the same packets pass', async () => {
  const clock = standingClock();
  const { bus, identityOf, messages } = await runBroker({ profile: openProfile, clock });
  const client = await connectRaw(bus.port, await identityOf('porch'), 'porch', { keepalive: 5 });
  client.send(
    publishPacket('up/porch/event', 1, { payload: Buffer.alloc(200 * KiB) }),
    publishPacket(`up/porch/${'a/'.repeat(12)}a`, 2),
    publishPacket('up/porch/event'.padEnd(300, 'x'), 3),
    publishPacket('up/porch/event', 4, { qos: 2 }),
    subscribePacket(5, filters(60)),
    ...Array.from({ length: 200 }, (_, n) => publishPacket('up/porch/event', 100 + n)),
  );
  await waitFor('all', () => messages.length >= 204);
  await settled(client);
  expect(countOf(client, 'pubrec')).toBe(1);
  expect(countOf(client, 'suback')).toBe(1);
  expect([...bus.tally]).toEqual([]);
});

test('a session under the open profile never keeps a filter that was refused', async () => {
  const { bus, identityOf } = await runBroker({ profile: openProfile });
  const identity = await identityOf('porch');
  const first = await connectRaw(bus.port, identity, 'porch', { clean: false });
  first.send(subscribePacket(1, ['dn/porch/command', 'dn/yard/#']));
  expect(await first.got('suback')).toMatchObject({ granted: [1, 128] });
  first.send({ cmd: 'disconnect' });
  await first.closed();
  const send = (topic: string) =>
    bus.broker.publish({ topic, payload: Buffer.from(topic), qos: 1, retain: false });
  await send('dn/yard/command');
  await send('dn/porch/command');
  const second = await connectRaw(bus.port, identity, 'porch', { clean: false });
  await second.got('publish');
  await settled(second);
  expect(second.received.flatMap((one) => (one.cmd === 'publish' ? [one.topic] : []))).toEqual([
    'dn/porch/command',
  ]);
});
