import fc from 'fast-check';
import { generate, type Packet } from 'mqtt-packet';
import { describe, expect, test } from 'vitest';
import {
  type PacketHead,
  PacketScanner,
  type ScanVerdict,
} from '../../../../cloud-stub/backends/broker/packet-scanner.ts';
import {
  connectPacket,
  publishPacket,
  subscribePacket,
} from '../../../support/links/raw-client.ts';

const limits = { topicBytesMax: 256, controlPacketBytesMax: 1000 };

function scanAll(chunks: readonly Buffer[], judge: (head: PacketHead) => ScanVerdict) {
  const scanner = new PacketScanner(limits);
  const heads: PacketHead[] = [];
  const passed: Buffer[] = [];
  for (const chunk of chunks) {
    const held = scanner.scan(
      chunk,
      (head) => {
        heads.push(head);
        return judge(head);
      },
      (bytes) => passed.push(bytes),
    );
    expect(held).toBeNull();
  }
  return { heads, passed: Buffer.concat(passed) };
}

const packets = fc.oneof(
  fc
    .record({
      qos: fc.constantFrom(0, 1, 2),
      size: fc.nat(400),
      topic: fc.stringMatching(/^[a-z/é]{1,40}$/),
    })
    .map(({ qos, size, topic }) =>
      publishPacket(topic, qos === 0 ? 0 : 77, { qos, payload: Buffer.alloc(size, 0x31) }),
    ),
  fc.constantFrom<Packet>(
    connectPacket('porch'),
    subscribePacket(9, ['a/b', 'c/#']),
    { cmd: 'pingreq' },
    { cmd: 'puback', messageId: 513 },
    { cmd: 'disconnect' },
  ),
);

/** Cuts bytes at arbitrary places. */
const cut = (bytes: Buffer, at: readonly number[]): Buffer[] => {
  const places = [0, ...at.map((n) => n % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return places.slice(1).map((end, index) => bytes.subarray(places[index], end));
};

test('the same packets are found however the stream is cut', () => {
  fc.assert(
    fc.property(
      fc.array(packets, { minLength: 1, maxLength: 8 }),
      fc.array(fc.nat(), { maxLength: 30 }),
      (list, places) => {
        const bytes = Buffer.concat(list.map((one) => generate(one)));
        const { heads, passed } = scanAll(cut(bytes, places), () => 'pass');
        expect(heads.map((head) => (head.kind === 'malformed' ? 0 : head.packetBytes))).toEqual(
          list.map((one) => generate(one).length),
        );
        expect(passed.equals(bytes)).toBe(true);
      },
    ),
  );
});

test('what is dropped is left out whole, and nothing else', () => {
  fc.assert(
    fc.property(
      fc.array(packets, { minLength: 1, maxLength: 8 }),
      fc.array(fc.nat(), { maxLength: 30 }),
      (list, places) => {
        const all = list.map((one) => generate(one));
        let count = 0;
        const { passed } = scanAll(cut(Buffer.concat(all), places), () =>
          count++ % 2 === 0 ? 'pass' : 'drop',
        );
        expect(passed.equals(Buffer.concat(all.filter((_, index) => index % 2 === 0)))).toBe(true);
      },
    ),
  );
});

test('what is held comes back and is judged again, with all that follows', () => {
  const list = [1, 2, 3].map((id) => generate(publishPacket('up/porch/event', id)));
  const scanner = new PacketScanner(limits);
  const judged: unknown[] = [];
  let open = false;
  const judge = (head: PacketHead): ScanVerdict => {
    const id = head.kind === 'publish' ? head.messageId : null;
    judged.push(id);
    return id === 2 && !open ? 'hold' : 'pass';
  };
  const passed: Buffer[] = [];
  const held = scanner.scan(Buffer.concat(list), judge, (bytes) => passed.push(bytes));
  expect(held?.equals(Buffer.concat(list.slice(1)))).toBe(true);
  open = true;
  expect(scanner.scan(held ?? Buffer.alloc(0), judge, (bytes) => passed.push(bytes))).toBeNull();
  expect(judged).toEqual([1, 2, 2, 3]);
  expect(Buffer.concat(passed).equals(Buffer.concat(list))).toBe(true);
});

test('the head of a publish is read before its payload is there', () => {
  const bytes = generate(publishPacket('up/porch/event', 258, { payload: Buffer.alloc(500) }));
  const { heads } = scanAll([bytes.subarray(0, 30)], () => 'pass');
  expect(heads).toEqual([
    {
      kind: 'publish',
      qos: 1,
      retain: false,
      topic: 'up/porch/event',
      messageId: 258,
      payloadBytes: 500,
      packetBytes: bytes.length,
    },
  ]);
});

describe('malformed:', () => {
  test.each([
    [
      'a remaining length of five bytes',
      [0x30, 0xff, 0xff, 0xff, 0xff, 1],
      'remaining length of five bytes',
    ],
    ['QoS 3', [0x36, 5, 0, 1, 0x61, 0, 1], 'PUBLISH with QoS 3'],
    ['a topic longer than its packet', [0x30, 3, 0, 9, 0x61], 'PUBLISH shorter than its head'],
    ['a topic too long', [0x30, 0xff, 0x7f, 1, 1], 'topic of 257 bytes'],
    ['packet type 0', [0, 0], 'packet type 0'],
    ['packet type 15', [0xf0, 0], 'packet type 15'],
    ['a control packet too large', [0x82, 0xff, 0x7f], 'packet of type 8 of 16386 bytes'],
  ])('%s', (_, bytes, because) => {
    const { heads } = scanAll([Buffer.from(bytes)], () => 'pass');
    expect(heads).toEqual([{ kind: 'malformed', because }]);
  });
});
