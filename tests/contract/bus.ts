/** What every Bus must do. */
import { describe, expect, test } from 'vitest';
import type { Bus, BusMessage, Presence } from '../../cloud-stub/ports.ts';
import type { ThingName } from '../../device/wire/ids.ts';
import { limits } from '../../device/wire/limits.ts';
import { topics } from '../../device/wire/topics.ts';
import { sampleBytes, thingNamed, ulidNumbered } from '../support/cloud/clip-samples.ts';
import type { TestClient } from '../support/links/mqtt-client.ts';
import { waitFor } from '../support/wait-for.ts';

/** A bus and its broker; whoever opens it also sees to its end. */
export type BusUnderTest = {
  readonly bus: Bus;
  readonly connect: (thing: ThingName) => Promise<TestClient>;
  /** Whether this bus knows who sent a message and who is there: a foreign broker may not say. */
  readonly knowsSender: boolean;
  readonly knowsPresence: boolean;
};

const porch = thingNamed('porch');
const yard = thingNamed('yard');
const receipt = topics.receipt(porch, ulidNumbered(1));

export function busContract(name: string, open: () => Promise<BusUnderTest>): void {
  const openWithMessages = async () => {
    const under = await open();
    const messages: BusMessage[] = [];
    under.bus.onMessage((message) => messages.push(message));
    return { ...under, messages };
  };

  describe(`${name} is a bus`, () => {
    test('a message arrives whole, with its topic and its sender', async () => {
      const { connect, messages, knowsSender } = await openWithMessages();
      const device = await connect(porch);
      const topic = topics.chunk(porch, ulidNumbered(1), 0, '00000000');
      const payload = sampleBytes(limits.chunkBytesMax, 'chunk');
      await device.mqtt.publishAsync(topic, payload, { qos: 1 });
      await waitFor('the message', () => messages.length > 0);
      expect(messages.map(({ thing, topic }) => ({ thing, topic }))).toEqual([
        { thing: knowsSender ? porch : null, topic },
      ]);
      expect(Buffer.compare(messages[0]?.payload ?? Buffer.alloc(0), payload)).toBe(0);
    });

    test('an empty message arrives', async () => {
      const { connect, messages } = await openWithMessages();
      const device = await connect(porch);
      await device.mqtt.publishAsync(topics.event(porch), Buffer.alloc(0), { qos: 1 });
      await waitFor('the message', () => messages.length > 0);
      expect(messages[0]?.payload.byteLength).toBe(0);
    });

    test('the messages of a doorbell arrive once each, in the order it sent them', async () => {
      const { connect, messages } = await openWithMessages();
      const device = await connect(porch);
      const sent = Array.from({ length: 90 }, (_, index) => `${index}`);
      await Promise.all(
        sent.map((text) => device.mqtt.publishAsync(topics.event(porch), text, { qos: 1 })),
      );
      await waitFor('the messages', () => messages.length >= sent.length);
      expect(messages.map(({ payload }) => Buffer.from(payload).toString())).toEqual(sent);
    });

    test('what it publishes reaches the doorbell it is for, and no other', async () => {
      const { bus, connect } = await open();
      const [mine, other] = [await connect(porch), await connect(yard)];
      await mine.mqtt.subscribeAsync(`dn/${porch}/#`, { qos: 1 });
      await other.mqtt.subscribeAsync(`dn/${yard}/#`, { qos: 1 });
      await bus.publish(receipt, Buffer.from('{"v":1}'));
      await bus.publish(topics.command(yard), Buffer.from('{"v":2}'));
      await waitFor('both', () => mine.received.length > 0 && other.received.length > 0);
      expect([...mine.received, ...other.received]).toEqual([
        { topic: receipt, payload: Buffer.from('{"v":1}'), retain: false },
        { topic: topics.command(yard), payload: Buffer.from('{"v":2}'), retain: false },
      ]);
    });

    test('what it publishes for a doorbell that is away is gone', async () => {
      const { bus, connect } = await open();
      await bus.publish(receipt, Buffer.from('missed'));
      const device = await connect(porch);
      await device.mqtt.subscribeAsync(`dn/${porch}/#`, { qos: 1 });
      await bus.publish(receipt, Buffer.from('got'));
      await waitFor('the second', () => device.received.length > 0);
      expect(device.received.map(({ payload }) => payload.toString())).toEqual(['got']);
    });

    test('pausing and resuming a doorbell loses none of its messages', async () => {
      const { bus, connect, messages } = await openWithMessages();
      const device = await connect(porch);
      bus.pause(porch);
      const sent = Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          device.mqtt.publishAsync(topics.event(porch), `${index}`, { qos: 1 }),
        ),
      );
      bus.resume(porch);
      await sent;
      await waitFor('all', () => messages.length >= 20);
      expect(messages).toHaveLength(20);
    });

    test('it says who came and who left, if the broker says so', async () => {
      const { bus, connect, knowsPresence } = await open();
      const presence: Presence[] = [];
      bus.onPresence((change) => presence.push(change));
      const device = await connect(porch);
      await device.mqtt.publishAsync(topics.event(porch), 'x', { qos: 1 });
      await device.end();
      if (!knowsPresence) {
        expect(presence).toEqual([]);
        return;
      }
      await waitFor('both', () => presence.length >= 2);
      expect(presence).toEqual([
        { thing: porch, connected: true },
        { thing: porch, connected: false },
      ]);
    });

    test('who listens late is told who is there, if the broker says so', async () => {
      const { bus, connect, knowsPresence } = await open();
      await connect(porch);
      await (await connect(yard)).end();
      const presence: Presence[] = [];
      await waitFor('yard to be gone', () => {
        presence.length = 0;
        bus.onPresence((change) => presence.push(change));
        return presence.length === (knowsPresence ? 1 : 0);
      });
      expect(presence).toEqual(knowsPresence ? [{ thing: porch, connected: true }] : []);
    });
  });
}
