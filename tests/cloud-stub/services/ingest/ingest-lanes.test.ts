import { expect, test } from 'vitest';
import {
  type LaneMessage,
  makeLanes,
} from '../../../../cloud-stub/services/ingest/ingest-lanes.ts';
import { serviceLimits } from '../../../../cloud-stub/services/service-limits.ts';
import { milliseconds } from '../../../../device/wire/time.ts';
import type { UpTopic } from '../../../../device/wire/topics.ts';
import { thingNamed } from '../../../support/cloud/clip-samples.ts';
import { FakeBus } from '../../../support/cloud/fake-bus.ts';
import { standingClock } from '../../../support/standing-clock.ts';

const from = (name: string): UpTopic => ({ kind: 'event', thing: thingNamed(name) });
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve));
};

/** Lanes whose handler waits until the test opens the gate of that device. */
function scene() {
  const bus = new FakeBus();
  const clock = standingClock();
  const handled: string[] = [];
  const faults: unknown[] = [];
  const gates = new Map<string, Promise<void>>();
  const open = new Map<string, () => void>();
  const lanes = makeLanes(bus, clock, {
    async handle({ topic, payload }: LaneMessage) {
      await gates.get(topic.thing);
      if (payload[0] === 0xff) throw new Error('cannot be handled');
      handled.push(`${topic.thing} ${payload.length}`);
    },
    onFault: (_thing, error) => faults.push(error),
    onPause: () => {},
  });
  const shut = (name: string): void => {
    gates.set(name, new Promise((resolve) => open.set(name, resolve)));
  };
  return { bus, clock, lanes, handled, faults, shut, open: (name: string) => open.get(name)?.() };
}

test("each device's messages are handled in order, none waits for another device's [WIRE-3]", async () => {
  const { lanes, handled, shut, open } = scene();
  shut('slow');
  for (let n = 1; n <= 3; n++) {
    lanes.accept(from('slow'), new Uint8Array(n));
    lanes.accept(from('quick'), new Uint8Array(n));
  }
  await settle();
  expect(handled).toEqual(['quick 1', 'quick 2', 'quick 3']);
  open('slow');
  await settle();
  expect(handled.slice(3)).toEqual(['slow 1', 'slow 2', 'slow 3']);
  expect(lanes.queuedBytes()).toBe(0);
});

test('a full queue pauses its device only, and resumes it at half [WIRE-3]', async () => {
  const { bus, clock, lanes, shut, open } = scene();
  shut('full');
  const chunk = new Uint8Array(serviceLimits.queueBytesMax / 16);
  for (let n = 0; n < 17; n++) lanes.accept(from('full'), chunk);
  lanes.accept(from('other'), chunk);
  expect(bus.pauses).toEqual(['full']);
  open('full');
  for (let turn = 0; turn < 20; turn++) {
    await settle();
    clock.advance(milliseconds(1));
  }
  expect(bus.paused.size).toBe(0);
});

test('a device that cannot be paused loses what is beyond its queue, and memory stays bounded [WIRE-3]', async () => {
  const { lanes, shut } = scene();
  shut('flood');
  const chunk = new Uint8Array(100_000);
  let taken = 0;
  for (let n = 0; n < 1000; n++) if (lanes.accept(from('flood'), chunk)) taken++;
  expect(taken * chunk.length).toBeLessThanOrEqual(
    serviceLimits.queueBytesMax * serviceLimits.queueOverrun,
  );
  expect(lanes.accept(from('other'), chunk)).toBe(true);
});

test('all queues together are bounded, and a device with nothing queued is always heard', () => {
  const { lanes, shut } = scene();
  const chunk = new Uint8Array(120_000);
  for (let device = 0; device < 40; device++) {
    shut(`d${device}`);
    for (let n = 0; n < 300; n++) lanes.accept(from(`d${device}`), chunk);
  }
  expect(lanes.queuedBytes()).toBeLessThanOrEqual(serviceLimits.allQueuesBytesMax);
  expect(lanes.accept(from('new'), chunk)).toBe(true);
});

test('a message that cannot be handled costs itself and nothing else [WIRE-9]', async () => {
  const { lanes, handled, faults } = scene();
  lanes.accept(from('porch'), Buffer.from([1]));
  lanes.accept(from('porch'), Buffer.from([0xff, 1]));
  lanes.accept(from('porch'), Buffer.from([1, 2, 3]));
  await settle();
  expect(handled).toEqual(['porch 1', 'porch 3']);
  expect(faults).toHaveLength(1);
});

test("a queued message is the cloud's own copy, whatever becomes of the socket's buffer", async () => {
  const { lanes, shut, open } = scene();
  const seen: number[] = [];
  const bus = new FakeBus();
  const copying = makeLanes(bus, standingClock(), {
    handle: async ({ payload }) => {
      await Promise.resolve();
      seen.push(payload[0] ?? -1);
    },
    onFault: () => {},
    onPause: () => {},
  });
  const socket = Buffer.alloc(65_536, 7);
  copying.accept(from('porch'), socket.subarray(10, 20));
  socket.fill(9);
  await settle();
  expect(seen).toEqual([7]);
  shut('porch');
  open('porch');
  await lanes.drain();
});

test('draining handles what was taken and takes no more', async () => {
  const { lanes, handled, shut, open } = scene();
  shut('porch');
  lanes.accept(from('porch'), Buffer.from([1]));
  const drained = lanes.drain();
  expect(lanes.accept(from('porch'), Buffer.from([1, 2]))).toBe(false);
  open('porch');
  await drained;
  expect(handled).toEqual(['porch 1']);
});

test('a queue of few large messages goes on only when half its bytes are gone [WIRE-3]', async () => {
  const { bus, clock, lanes, shut, open } = scene();
  const sixth = new Uint8Array(serviceLimits.queueBytesMax / 6);
  shut('full');
  for (let n = 0; n < 7; n++) lanes.accept(from('full'), sixth);
  expect([...bus.paused]).toEqual(['full']);
  // One at a time: the gate is shut again as soon as it lets a message through.
  for (let left = 6; left >= 0; left--) {
    const pass = open;
    pass('full');
    shut('full');
    for (let turn = 0; turn < 4; turn++) {
      clock.advance(milliseconds(1));
      await settle();
    }
    expect([left, bus.paused.size]).toEqual([
      left,
      lanes.queuedBytes() > serviceLimits.queueBytesMax / 2 ? 1 : 0,
    ]);
  }
  expect(bus.paused.size).toBe(0);
});
