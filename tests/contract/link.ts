/** What every Link must do, against real brokers through a path that can fail. */

import { connectAsync, type MqttClient } from 'mqtt';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type Link, LinkError } from '../../device/board.ts';
import type { LinkAddress, LinkIdentity } from '../../device/peripherals/link-address.ts';
import type { ThingName } from '../../device/wire/ids.ts';
import type { RunningBroker, StartBroker } from '../support/links/link-brokers.ts';
import { createTestAuthority, type TestAuthority } from '../support/links/link-certificates.ts';
import { openTcpProxy, type TcpProxy } from '../support/links/tcp-proxy.ts';
import { permanentFolder } from '../support/permanent-folder.ts';
import { waitFor } from '../support/wait-for.ts';

export type LinkContract = {
  readonly name: string;
  readonly startBroker: StartBroker;
  readonly mqttVersion: LinkAddress['mqttVersion'];
  /** A link that is gone when the test has ended. */
  readonly openLink: (address: LinkAddress) => Promise<Link>;
};

type World = {
  readonly authority: TestAuthority;
  readonly broker: RunningBroker;
  readonly path: TcpProxy;
  readonly identity: LinkIdentity;
  readonly cloud: MqttClient;
  readonly arrived: { readonly topic: string; readonly payload: Buffer }[];
};

const thing = 'porch' as ThingName;
const everyByte = Buffer.from(Array.from({ length: 120 * 1024 }, (_, i) => i & 0xff));

async function openWorld(startBroker: StartBroker): Promise<World> {
  const authority = await createTestAuthority();
  const folder = permanentFolder();
  const broker = await startBroker(
    authority,
    await authority.issue('broker', ['localhost']),
    folder,
  );
  const path = await openTcpProxy(broker.port);
  const cloudIdentity = await authority.issue('cloud', []);
  const cloud = await connectAsync(`mqtts://127.0.0.1:${broker.port}`, {
    servername: 'localhost',
    cert: cloudIdentity.certificatePem,
    key: cloudIdentity.keyPem,
    ca: authority.authorityPem,
    clientId: 'cloud',
  });
  const arrived: World['arrived'] = [];
  cloud.on('message', (topic, payload) => arrived.push({ topic, payload }));
  await cloud.subscribeAsync('up/#', { qos: 1 });
  const identity = { ...(await authority.issue(thing, [])), caPem: authority.authorityPem };
  return { authority, broker, path, identity, cloud, arrived };
}

/** A session that keeps what it is told. */
function recordingSession(filters: readonly string[] = [`dn/${thing}/#`]) {
  const messages: { topic: string; payload: Buffer }[] = [];
  const closings: string[] = [];
  return {
    clientId: thing,
    filters,
    messages,
    closings,
    onMessage: (topic: string, payload: Uint8Array) => {
      messages.push({ topic, payload: Buffer.from(payload) });
    },
    onClosed: (because: string) => {
      closings.push(because);
    },
  };
}

export function linkContract({ name, startBroker, mqttVersion, openLink }: LinkContract): void {
  describe(`${name} is a link`, () => {
    let world: World;
    beforeAll(async () => {
      world = await openWorld(startBroker);
    });
    afterAll(async () => {
      await world.cloud.endAsync(true);
      await world.path.close();
      await world.broker.close();
    });

    const address = (changes: Partial<LinkAddress> = {}): LinkAddress => ({
      host: 'localhost',
      port: world.path.port,
      tls: world.identity,
      mqttVersion,
      ...changes,
    });
    const newLink = async (changes: Partial<LinkAddress> = {}): Promise<Link> => {
      const link = await openLink(address(changes));
      onTestFinished(() => link.close());
      world.arrived.length = 0;
      return link;
    };
    const arrivedOn = (topic: string): readonly Buffer[] =>
      world.arrived.filter((message) => message.topic === topic).map(({ payload }) => payload);

    test('once open it is subscribed: what the cloud sends arrives, byte for byte', async () => {
      const link = await newLink();
      const session = recordingSession();
      await link.open(session);
      await world.cloud.publishAsync(`dn/${thing}/command`, everyByte, { qos: 1 });
      await waitFor('the command', () => session.messages.length === 1);
      expect(session.messages).toEqual([{ topic: `dn/${thing}/command`, payload: everyByte }]);
    });

    test('a publish of quality 1 resolves when the broker has it, byte for byte', async () => {
      const link = await newLink();
      await link.open(recordingSession());
      await link.publish(`up/${thing}/a`, everyByte, 1);
      await waitFor('the message', () => arrivedOn(`up/${thing}/a`).length === 1);
      expect(arrivedOn(`up/${thing}/a`)).toEqual([everyByte]);
    });

    test('a publish of quality 0 and an empty one arrive too', async () => {
      const link = await newLink();
      await link.open(recordingSession());
      await link.publish(`up/${thing}/frame`, Buffer.from('jpeg'), 0);
      await link.publish(`up/${thing}/empty`, new Uint8Array(0), 1);
      await waitFor('both messages', () =>
        ['frame', 'empty'].every((name) => arrivedOn(`up/${thing}/${name}`).length > 0),
      );
      expect(arrivedOn(`up/${thing}/frame`)).toEqual([Buffer.from('jpeg')]);
      expect(arrivedOn(`up/${thing}/empty`)).toEqual([Buffer.alloc(0)]);
    });

    test('publishes keep their order', async () => {
      const link = await newLink();
      await link.open(recordingSession());
      const numbers = Array.from({ length: 40 }, (_, i) => `${i}`);
      await Promise.all(numbers.map((n) => link.publish(`up/${thing}/n`, Buffer.from(n), 1)));
      await waitFor('all messages', () => arrivedOn(`up/${thing}/n`).length >= 40);
      expect(arrivedOn(`up/${thing}/n`).map(String)).toEqual(numbers);
    });

    test('a broken connection is told once, and ends what was in flight', async () => {
      const link = await newLink();
      const session = recordingSession();
      await link.open(session);
      const { swallowed } = world.path;
      world.path.freeze();
      const inFlight = [0, 1, 2].map((n) =>
        link.publish(`up/${thing}/lost`, Buffer.from([n]), 1).catch((error: unknown) => error),
      );
      await waitFor('them to be on their way', () => world.path.swallowed > swallowed);
      world.path.cut();
      for (const outcome of await Promise.all(inFlight)) expect(outcome).toBeInstanceOf(LinkError);
      await waitFor('the closing', () => session.closings.length === 1);
      expect(session.closings[0]).not.toBe('');
      await expect(link.publish(`up/${thing}/late`, Buffer.from('x'), 1)).rejects.toThrow(
        LinkError,
      );
      // Whatever else comes of it has come by the time that another session has.
      await link.open(recordingSession());
      await link.publish(`up/${thing}/again`, Buffer.from('x'), 1);
      expect(session.closings).toHaveLength(1);
    });

    test('what was in flight when it broke is not sent again by the link itself', async () => {
      const link = await newLink();
      await link.open(recordingSession());
      const { swallowed } = world.path;
      world.path.freeze();
      const outcome = link.publish(`up/${thing}/once`, Buffer.from('x'), 1).catch(() => 'lost');
      await waitFor('it to be on its way', () => world.path.swallowed > swallowed);
      world.path.cut();
      expect(await outcome).toBe('lost');
      await link.open(recordingSession());
      await link.publish(`up/${thing}/after`, Buffer.from('y'), 1);
      await waitFor('the later message', () => arrivedOn(`up/${thing}/after`).length === 1);
      expect(arrivedOn(`up/${thing}/once`)).toEqual([]);
    });

    test('after a break it can be opened again', async () => {
      const link = await newLink();
      const first = recordingSession();
      await link.open(first);
      world.path.cut();
      await waitFor('the closing', () => first.closings.length === 1);
      const second = recordingSession();
      await link.open(second);
      await world.cloud.publishAsync(`dn/${thing}/x`, 'again', { qos: 1 });
      await waitFor('the message', () => second.messages.length === 1);
      expect(first.messages).toEqual([]);
    });

    test('closing is told to nobody, and it can be opened again', async () => {
      const link = await newLink();
      const session = recordingSession();
      await link.open(session);
      await link.close();
      await link.close();
      await expect(link.publish(`up/${thing}/x`, Buffer.from('x'), 1)).rejects.toThrow(LinkError);
      await link.open(session);
      await link.publish(`up/${thing}/x`, Buffer.from('x'), 1);
      await link.close();
      expect(session.closings).toEqual([]);
    });

    test('closing ends what is in flight on a dead path', async () => {
      const link = await newLink();
      await link.open(recordingSession());
      world.path.freeze();
      onTestFinished(() => world.path.cut());
      const outcome = link.publish(`up/${thing}/x`, Buffer.from('x'), 1).catch((e: unknown) => e);
      await link.close();
      expect(await outcome).toBeInstanceOf(LinkError);
    });

    test('twenty filters are more than one packet may carry, and all are subscribed', async () => {
      const link = await newLink();
      const filters = Array.from({ length: 20 }, (_, i) => `dn/${thing}/${i}`);
      const session = recordingSession(filters);
      await link.open(session);
      for (const topic of filters) await world.cloud.publishAsync(topic, 'x', { qos: 1 });
      await waitFor('all messages', () => session.messages.length === 20);
      expect(session.messages.map(({ topic }) => topic)).toEqual(filters);
    });

    test('opening what is open is refused', async () => {
      const link = await newLink();
      await link.open(recordingSession());
      await expect(link.open(recordingSession())).rejects.toThrow(LinkError);
      await link.publish(`up/${thing}/still-open`, Buffer.from('x'), 1);
    });

    test('nobody listening is a LinkError', async () => {
      // A port that was free a moment ago may be somebody's by now; this one is nobody's (tcpmux).
      const link = await newLink({ port: 1 });
      const session = recordingSession();
      await expect(link.open(session)).rejects.toThrow(LinkError);
      expect(session.closings).toEqual([]);
    });

    // Together: the AWS SDK waits up to 30 s before it admits that a handshake failed.
    test('strangers are refused: by authority either way, and by the name in the certificate', async () => {
      const other = await createTestAuthority('other authority');
      const strangers: readonly Partial<LinkAddress>[] = [
        { tls: { ...world.identity, caPem: other.authorityPem } },
        { tls: { ...(await other.issue(thing, [])), caPem: world.authority.authorityPem } },
        { host: '127.0.0.1' },
      ];
      const links = await Promise.all(strangers.map(newLink));
      const outcomes = links.map((link) => link.open(recordingSession()).catch((e: unknown) => e));
      for (const outcome of await Promise.all(outcomes)) expect(outcome).toBeInstanceOf(LinkError);
    });

    test('after a failed opening it can be opened', async () => {
      const link = await newLink();
      const before = world.path.accepted;
      world.path.freeze();
      const outcome = link.open(recordingSession()).catch((error: unknown) => error);
      await waitFor('its connection', () => world.path.accepted > before);
      world.path.cut();
      expect(await outcome).toBeInstanceOf(LinkError);
      await link.open(recordingSession());
      await link.publish(`up/${thing}/x`, Buffer.from('x'), 1);
    });
  });
}
