import { connect as connectTcp, type Socket } from 'node:net';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { awsProfile, openProfile } from '../../../../cloud-stub/backends/broker/aws-profile.ts';
import { openPki } from '../../../../cloud-stub/backends/pki/pki.ts';
import { systemClock } from '../../../../cloud-stub/backends/system-clock.ts';
import { epochMs, milliseconds, seconds } from '../../../../device/wire/time.ts';
import { thingNamed } from '../../../support/cloud/clip-samples.ts';
import { clientOptions, connectClient } from '../../../support/links/mqtt-client.ts';
import {
  connectPacket,
  connectRaw,
  openRaw,
  publishPacket,
  subscribePacket,
} from '../../../support/links/raw-client.ts';
import { type RunningBroker, runBroker } from '../../../support/links/running-broker.ts';
import { standingClock } from '../../../support/standing-clock.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';
import { waitFor } from '../../../support/wait-for.ts';

const porch = thingNamed('porch');
const KiB = 1024;

/** Proof that the broker serves others: a doorbell comes, sends and gets. */
async function servesOthers({ connect, bus, messages }: RunningBroker, name = 'yard') {
  const other = await connect(name);
  await other.mqtt.subscribeAsync(`dn/${name}/command`, { qos: 1 });
  await other.mqtt.publishAsync(`up/${name}/event`, 'here', { qos: 1 });
  await bus.publish(`dn/${name}/command`, Buffer.from('you'));
  await waitFor('both ways', () => other.received.length > 0);
  expect(messages.some(({ thing }) => thing === name)).toBe(true);
  await other.end();
}

describe('who may come in:', () => {
  test('a client without a certificate may not', async () => {
    const { bus, pki } = await runBroker();
    const client = await openRaw(bus.port, { caPem: pki.caPem });
    client.send(connectPacket('porch'));
    await client.closed();
    expect(client.received).toEqual([]);
  });

  test('a client with a certificate of another authority may not', async () => {
    const { bus, pki } = await runBroker();
    const other = await openPki(temporaryFolder(), { now: systemClock.now });
    const identity = { ...(await other.issueDevice(porch)), caPem: pki.caPem };
    const client = await openRaw(bus.port, identity);
    client.send(connectPacket('porch'));
    await client.closed();
    expect(client.received).toEqual([]);
  });

  test('a client whose certificate has ended may not', async () => {
    const folder = temporaryFolder();
    const long = await openPki(folder, { now: () => epochMs(Date.now() - 11 * 365 * 86_400_000) });
    const expired = await long.issueDevice(porch);
    const { bus } = await runBroker({ pki: await openPki(folder, { now: systemClock.now }) });
    const client = await openRaw(bus.port, expired);
    client.send(connectPacket('porch'));
    await client.closed();
    expect(client.received).toEqual([]);
  });

  test("a service's certificate is no doorbell's", async () => {
    const { bus, pki } = await runBroker();
    const client = await openRaw(bus.port, await pki.issueService('cloud'));
    client.send(connectPacket('service.cloud'));
    await client.closed();
    expect([client.received, bus.tally.get('refused')]).toEqual([[], 1]);
  });

  test('TLS 1.1 may not', async () => {
    const { bus, identityOf } = await runBroker();
    const old = openRaw(bus.port, await identityOf('porch'), {
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
      ciphers: 'DEFAULT:@SECLEVEL=0',
    });
    await expect(old).rejects.toThrow('alert protocol version');
  });

  test.each(['TLSv1.2', 'TLSv1.3'] as const)('%s may', async (version) => {
    const { connect } = await runBroker();
    const client = await connect('porch', { minVersion: version, maxVersion: version });
    expect(client.isClosed()).toBe(false);
  });

  test('a revoked certificate may not, even when another process revoked it just now', async () => {
    const folder = temporaryFolder();
    const { url, pki, lifecycle } = await runBroker({
      pki: await openPki(folder, { now: systemClock.now }),
    });
    const identity = await pki.issueDevice(porch);
    await (await openPki(folder, { now: systemClock.now })).revoke('porch');
    const refused = connectClient(url, clientOptions(identity, 'porch'));
    await expect(refused).rejects.toThrow('Not authorized');
    expect(lifecycle.map(({ payload }) => payload.eventType)).toEqual(['connect_failed']);
  });

  test('revoking a certificate cuts the connection that rests on it, and no other', async () => {
    const running = await runBroker({ limits: { revocationCheckMs: milliseconds(10) } });
    const { connect, pki, lifecycle, presence } = running;
    const lost = await connect('porch');
    const kept = await connect('yard');
    await pki.revoke('porch');
    await lost.closed();
    await waitFor('the end', () => presence.length >= 3);
    expect(lifecycle.at(-1)?.payload.disconnectReason).toBe('AUTH_ERROR');
    expect(presence.at(-1)).toEqual({ thing: 'porch', connected: false });
    expect(kept.isClosed()).toBe(false);
  });

  test('a doorbell that the cloud disconnects may come again', async () => {
    const { connect, bus, lifecycle } = await runBroker();
    const client = await connect('porch');
    bus.disconnect(porch);
    await client.closed();
    expect(lifecycle.at(-1)?.payload.disconnectReason).toBe('API_INITIATED_DISCONNECT');
    expect((await connect('porch')).isClosed()).toBe(false);
  });
});

describe('connections opened and left:', () => {
  test('10,000 of them do not keep a doorbell out', async () => {
    const running = await runBroker({
      limits: { pendingMax: 200, pendingPerAddressMax: 100, connectDeadlineMs: seconds(60) },
    });
    const left = new Set<Socket>();
    onTestFinished(() => {
      for (const socket of left) socket.destroy();
    });
    const openAndLeave = () =>
      new Promise<void>((resolve) => {
        const socket = connectTcp(running.bus.port, '127.0.0.1');
        left.add(socket);
        socket.on('connect', resolve);
        socket.on('error', () => resolve());
        socket.on('close', () => {
          left.delete(socket);
          resolve();
        });
      });
    for (let n = 0; n < 10_000; n += 250) {
      await Promise.all(Array.from({ length: 250 }, openAndLeave));
      if (n === 5000) await servesOthers(running);
    }
    await servesOthers(running, 'back');
    await waitFor('those too many to be cut', () => left.size <= 100);
  });

  test('those that only shook hands, or sent half a CONNECT, are cut at the deadline', async () => {
    const clock = standingClock();
    const { bus, identityOf } = await runBroker({ clock });
    const identity = await identityOf('porch');
    const silent = await openRaw(bus.port, identity);
    const half = await openRaw(bus.port, identity);
    half.socket.write(Buffer.from([0x10, 0x20, 0, 4]));
    clock.advance(seconds(9));
    await new Promise((resolve) => setImmediate(resolve));
    expect([silent.isClosed(), half.isClosed()]).toEqual([false, false]);
    clock.advance(seconds(1));
    await silent.closed();
    await half.closed();
  });
});

describe('one client in trouble:', () => {
  test('one that subscribes and never reads is cut off, and delays nobody', async () => {
    const running = await runBroker({ limits: { outQueueBytesMax: 256 * KiB } });
    const { bus, identityOf, connect, lifecycle } = running;
    const frozen = await connectRaw(bus.port, await identityOf('porch'), 'porch');
    frozen.send(subscribePacket(1, ['dn/porch/command']));
    await frozen.got('suback');
    frozen.socket.pause();
    const other = await connect('yard');
    await other.mqtt.subscribeAsync('dn/yard/command', { qos: 1 });
    const payload = Buffer.alloc(100 * KiB);
    let rounds = 0;
    while (lifecycle.every(({ payload }) => payload.eventType !== 'disconnected')) {
      rounds += 1;
      // More than aedes has delivery slots, at once, for the one that does not read.
      const toFrozen = Array.from({ length: 120 }, () => bus.publish('dn/porch/command', payload));
      await bus.publish('dn/yard/command', Buffer.from(`${rounds}`));
      await waitFor('the other to get its own', () => other.received.length >= rounds);
      await Promise.all(toFrozen);
    }
    expect(lifecycle.at(-1)?.payload).toMatchObject({
      clientId: 'porch',
      disconnectReason: 'SERVER_INITIATED_DISCONNECT',
    });
  });

  test('one whose reading is paused delays nobody, and loses nothing', async () => {
    const running = await runBroker();
    const { bus, connect, messages } = running;
    const paused = await connect('porch');
    await paused.mqtt.publishAsync('up/porch/event', 'first', { qos: 1 });
    bus.pause(porch);
    const payload = Buffer.alloc(100 * KiB);
    let acknowledged = 0;
    const sending = Array.from({ length: 200 }, () =>
      paused.mqtt.publishAsync('up/porch/event', payload, { qos: 1 }).then(() => {
        acknowledged += 1;
      }),
    );
    for (let n = 0; n < 50; n++) await servesOthers(running, `yard-${n}`);
    expect(acknowledged).toBeLessThan(200);
    bus.resume(porch);
    await Promise.all(sending);
    await waitFor('all', () => messages.filter(({ thing }) => thing === porch).length === 201);
  });

  test('a doorbell that connects again while it is paused is still paused', async () => {
    const { bus, connect, messages } = await runBroker();
    await (await connect('porch')).end();
    bus.pause(porch);
    const again = await connect('porch');
    const sending = again.mqtt.publishAsync('up/porch/event', 'x', { qos: 1 });
    const other = await connect('yard');
    await other.mqtt.publishAsync('up/yard/event', 'x', { qos: 1 });
    expect(messages.map(({ thing }) => thing)).toEqual(['yard']);
    bus.resume(porch);
    await sending;
    await waitFor('both', () => messages.length === 2);
  });

  test.each([awsProfile, openProfile])(
    'bytes that are no MQTT harm only who sent them ($name profile)',
    async (profile) => {
      const running = await runBroker({ profile });
      const { bus, identityOf, messages } = running;
      const identity = await identityOf('porch');
      const soup = fc.uint8Array({ maxLength: 300 });
      const heads = [connectPacket('porch'), publishPacket('up/porch/event', 1)];
      await fc.assert(
        fc.asyncProperty(soup, fc.boolean(), async (bytes, afterConnect) => {
          const client = await openRaw(bus.port, identity);
          if (afterConnect) {
            client.send(...heads.slice(0, 1));
            await waitFor('an answer', () => client.received.length > 0 || client.isClosed());
          }
          client.socket.end(Buffer.from(bytes));
          await client.closed();
        }),
        { numRuns: 40 },
      );
      expect(messages.filter(({ topic }) => !topic.startsWith('up/porch/'))).toEqual([]);
      await servesOthers(running);
    },
  );
});
