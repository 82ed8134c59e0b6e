/**
 * A cloud in memory that answers as wire.md says, behind a link that can be cut and that loses, repeats and delays
 * messages on demand. It checks every signature and keeps what it was sent, for tests to compare.
 */
import type { KeyObject } from 'node:crypto';
import {
  type Clock,
  type Entropy,
  type Link,
  LinkError,
  type LinkSession,
} from '../../../device/board.ts';
import {
  clipRoot,
  decode,
  encode,
  eventSignedBytes,
  finalSignedBytes,
  markSignedBytes,
  openingSignedBytes,
  sha256,
  verifySignature,
} from '../../../device/wire/codec.ts';
import { crc32cHex } from '../../../device/wire/crc32c.ts';
import type { ThingName, Ulid } from '../../../device/wire/ids.ts';
import { limits } from '../../../device/wire/limits.ts';
import {
  type DeviceEvent,
  eventSchema,
  type Final,
  finalSchema,
  markSchema,
  type Opening,
  openingSchema,
  type Receipt,
} from '../../../device/wire/messages.ts';
import { milliseconds } from '../../../device/wire/time.ts';
import { parseUpTopic, topics, type UpTopic } from '../../../device/wire/topics.ts';

export type CloudClip = {
  readonly opening: Opening;
  readonly chunks: Map<number, Uint8Array>;
  readonly stills: Map<Ulid, Uint8Array>;
  marked: number;
  final: Final | null;
  stored: boolean;
  /** Every final that came, in order. */
  readonly finals: Final[];
};

export type FakeCloud = {
  readonly link: Link;
  readonly clips: Map<Ulid, CloudClip>;
  readonly events: Map<number, DeviceEvent>;
  readonly frames: Uint8Array[];
  readonly posts: { readonly topic: string; readonly payload: Uint8Array }[];
  /** Topics in the order of arrival. */
  readonly arrivals: string[];
  /** What was wrong with messages; empty when all was right. */
  readonly complaints: string[];
  /** Opening is refused and what is open is cut while false. */
  setReachable(on: boolean): void;
  /** Shares of messages, each way: lost, delivered twice, delayed by up to 400 ms (and so reordered). */
  setFaults(faults: Partial<Faults>): void;
  /** What the cloud answers instead of the truth. */
  setRejecting(reason: string | null): void;
  /** Answers every still with a refusal, for this reason. */
  setRefusingStills(reason: string | null): void;
  setWindow(window: number, retryMs?: number): void;
  /** Loses chunks it had acknowledged. */
  forget(clip: Ulid, indices: readonly number[]): void;
  send(topic: string, message: object): void;
  sendBytes(topic: string, payload: Uint8Array): void;
  connections(): number;
  bytesIn(): number;
};
type Faults = {
  readonly loss: number;
  readonly duplicate: number;
  readonly delay: number;
  /** Messages are taken by the broker and never reach the cloud. */
  readonly deaf: boolean;
};

export function createFakeCloud(
  thing: ThingName,
  publicKey: KeyObject,
  clock: Clock,
  entropy: Entropy,
): FakeCloud {
  const clips = new Map<Ulid, CloudClip>();
  const events = new Map<number, DeviceEvent>();
  const frames: Uint8Array[] = [];
  const posts: { topic: string; payload: Uint8Array }[] = [];
  const arrivals: string[] = [];
  const complaints: string[] = [];
  let session: LinkSession | null = null;
  let reachable = true;
  let faults: Faults = { loss: 0, duplicate: 0, delay: 0, deaf: false };
  let rejecting: string | null = null;
  let refusingStills: string | null = null;
  let window: number = limits.windowDefault;
  let retryMs: number | undefined;
  let connections = 0;
  let bytesIn = 0;
  let eventsFrom = 0;
  const quiet = new Map<Ulid, number>();

  const draw = (): number => (entropy.bytes(1)[0] ?? 0) / 256;
  /** One way of the link, with its faults; `act` delivers. */
  function carry(act: () => void): void {
    const copies = draw() < faults.loss ? 0 : draw() < faults.duplicate ? 2 : 1;
    for (let i = 0; i < copies; i++) {
      if (draw() < faults.delay) {
        const of = session;
        clock.setTimer('delayed', milliseconds(Math.floor(draw() * 400)), () => {
          if (session === of) act();
        });
      } else act();
    }
  }

  function down(topic: string, payload: Uint8Array): void {
    const to = session;
    carry(() => {
      if (session === to) to?.onMessage(topic, payload);
    });
  }

  function receipt(clip: Ulid, said: Partial<Receipt> = {}): void {
    const record = clips.get(clip);
    const have = [...(record?.chunks.keys() ?? [])].sort((a, b) => a - b);
    const ranges: [number, number][] = [];
    for (const index of have) {
      const last = ranges.at(-1);
      if (last !== undefined && index === last[1] + 1) last[1] = index;
      else ranges.push([index, index]);
    }
    const next = ranges[0]?.[0] === 0 ? ranges[0][1] + 1 : 0;
    const answer: Receipt = {
      v: 1,
      clip,
      state: rejecting !== null ? 'rejected' : record?.stored ? 'stored' : 'receiving',
      next,
      have: ranges.slice(0, limits.rangesPerReceiptMax),
      window,
      stills: [...(record?.stills.keys() ?? [])],
      ...(retryMs === undefined ? {} : { retryMs: milliseconds(retryMs) }),
      ...(rejecting === null ? {} : { reason: rejecting }),
      ...said,
    };
    down(topics.receipt(thing, clip), encode(answer));
  }

  function commit(clip: Ulid, record: CloudClip): void {
    const { final } = record;
    if (final === null || record.stored) return;
    if (final.disposition === 'evicted') {
      record.stored = true;
      return;
    }
    for (let i = 0; i < final.chunks; i++) if (!record.chunks.has(i)) return;
    const hashes = Array.from({ length: final.chunks }, (_, i) =>
      sha256(record.chunks.get(i) ?? new Uint8Array(0)),
    );
    if (clipRoot(hashes) !== final.root) complaints.push(`clip ${clip}: the root does not match`);
    record.stored = true;
  }

  function arrive(topic: string, payload: Uint8Array): void {
    arrivals.push(topic);
    bytesIn += payload.length;
    const parsed = parseUpTopic(topic);
    if (parsed === null || parsed.thing !== thing) {
      complaints.push(`a strange topic: ${topic}`);
      return;
    }
    const complaint = take(parsed, topic, payload);
    if (complaint !== null) complaints.push(`${topic}: ${complaint}`);
  }

  function take(parsed: UpTopic, topic: string, payload: Uint8Array): string | null {
    switch (parsed.kind) {
      case 'init': {
        const opening = decode(openingSchema, payload);
        if (!opening.ok) return opening.because;
        const signed = openingSignedBytes(opening.message);
        if (!verifySignature(signed, opening.message.sig, publicKey)) return 'forged';
        if (!clips.has(parsed.clip)) {
          clips.set(parsed.clip, {
            opening: opening.message,
            chunks: new Map(),
            stills: new Map(),
            marked: 0,
            final: null,
            finals: [],
            stored: false,
          });
        }
        receipt(parsed.clip);
        return null;
      }
      case 'event': {
        const event = decode(eventSchema, payload);
        if (!event.ok) return event.because;
        if (!verifySignature(eventSignedBytes(event.message), event.message.sig, publicKey)) {
          return 'forged';
        }
        const known = events.get(event.message.seq);
        if (known !== undefined && known.id !== event.message.id) return 'an event number repeats';
        events.set(event.message.seq, event.message);
        while (events.has(eventsFrom)) eventsFrom++;
        if (eventsFrom > 0) down(topics.eventReceipt(thing), encode({ upTo: eventsFrom - 1 }));
        return null;
      }
      case 'frame':
        frames.push(payload);
        return null;
      case 'reply':
      case 'settings':
        posts.push({ topic, payload });
        return null;
      default:
        return takePart(parsed, payload);
    }
  }

  function takePart(parsed: Extract<UpTopic, { clip: Ulid }>, payload: Uint8Array): string | null {
    const record = clips.get(parsed.clip);
    if (record === undefined) return faults.delay > 0 || faults.loss > 0 ? null : 'before its init';
    switch (parsed.kind) {
      case 'init':
        return null;
      case 'chunk': {
        if (crc32cHex(payload) !== parsed.crcHex) return 'wrong CRC';
        if (payload.length > limits.chunkBytesMax) return 'too large';
        const known = record.chunks.get(parsed.index);
        if (known !== undefined && !Buffer.from(known).equals(payload)) return 'other bytes';
        record.chunks.set(parsed.index, payload);
        commit(parsed.clip, record);
        lazily(parsed.clip);
        return null;
      }
      case 'mark': {
        const mark = decode(markSchema, payload);
        if (!mark.ok) return mark.because;
        if (!verifySignature(markSignedBytes(mark.message), mark.message.sig, publicKey)) {
          return 'forged';
        }
        record.marked = Math.max(record.marked, mark.message.chunks);
        return null;
      }
      case 'still':
        if (refusingStills !== null) {
          receipt(parsed.clip, { refusedStills: [parsed.still], reason: refusingStills });
          return null;
        }
        record.stills.set(parsed.still, payload);
        receipt(parsed.clip);
        return null;
      case 'final': {
        const final = decode(finalSchema, payload);
        if (!final.ok) return final.because;
        const signed = finalSignedBytes(record.opening, final.message);
        if (!verifySignature(signed, final.message.sig, publicKey)) return 'forged';
        record.final = final.message;
        record.finals.push(final.message);
        commit(parsed.clip, record);
        receipt(parsed.clip);
        return null;
      }
    }
  }

  /** [WIRE-2] A receipt after every half window or 200 ms. */
  function lazily(clip: Ulid): void {
    const chunks = (quiet.get(clip) ?? 0) + 1;
    quiet.set(clip, chunks);
    if (chunks === 1) {
      clock.setTimer('receipt', limits.receiptDelayMs, () => {
        if ((quiet.get(clip) ?? 0) > 0) answer();
      });
    }
    if (chunks >= window / 2) answer();
    function answer(): void {
      quiet.set(clip, 0);
      receipt(clip);
    }
  }

  function cut(because: string): void {
    const was = session;
    session = null;
    was?.onClosed(because);
  }

  return {
    clips,
    events,
    frames,
    posts,
    arrivals,
    complaints,
    link: {
      async open(wanted) {
        if (!reachable) throw new LinkError('no route to the cloud');
        connections++;
        session = wanted;
      },
      async publish(topic, payload) {
        if (session === null) throw new LinkError('the link is closed');
        const of = session;
        carry(() => {
          if (session === of && !faults.deaf) arrive(topic, Uint8Array.from(payload));
        });
      },
      async close() {
        session = null;
      },
    },
    setReachable(on) {
      reachable = on;
      if (!on && session !== null) cut('the network went away');
    },
    setFaults(wanted) {
      faults = { ...faults, ...wanted };
    },
    setRejecting(reason) {
      rejecting = reason;
    },
    setRefusingStills(reason) {
      refusingStills = reason;
    },
    setWindow(wanted, retry) {
      window = wanted;
      retryMs = retry;
    },
    forget(clip, indices) {
      for (const index of indices) clips.get(clip)?.chunks.delete(index);
    },
    send: (topic, message) => down(topic, encode(message)),
    sendBytes: down,
    connections: () => connections,
    bytesIn: () => bytesIn,
  };
}
