/**
 * A doorbell that plays a recording: it signs and uploads a file's bytes as its clip, message by
 * message, within the credit the cloud gives.
 */
import assert from 'node:assert/strict';
import type { Bus, BusMessage } from '../../cloud-stub/ports.ts';
import {
  clipRoot,
  encode,
  finalSignedBytes,
  openingSignedBytes,
  sha256,
  signatureText,
} from '../../device/wire/codec.ts';
import { crc32cHex } from '../../device/wire/crc32c.ts';
import type { ThingName, Ulid } from '../../device/wire/ids.ts';
import { type Opening, type Receipt, receiptSchema } from '../../device/wire/messages.ts';
import { type EpochMs, later, milliseconds, seconds, uptimeMs } from '../../device/wire/time.ts';
import { parseDownTopic, topics } from '../../device/wire/topics.ts';
import { makeSeededCertificate } from '../simulation/seeded-certificate.ts';
import { makeSeededKey } from '../simulation/seeded-key.ts';
import type { VirtualTime } from '../simulation/virtual-time.ts';

/** The one wire of the demo: what the doorbell sends, and what the cloud answers. */
export type DemoBus = Bus & {
  deliver(message: BusMessage): void;
  onSent(listener: (topic: string, payload: Uint8Array) => void): void;
};

export function openDemoBus(): DemoBus {
  const listeners: ((message: BusMessage) => void)[] = [];
  const ears: ((topic: string, payload: Uint8Array) => void)[] = [];
  return {
    async publish(topic, payload) {
      for (const hear of ears) hear(topic, payload);
    },
    onMessage: (listener) => void listeners.push(listener),
    onPresence: () => {},
    pause: () => {},
    resume: () => {},
    disconnect: () => {},
    close: async () => {},
    deliver(message) {
      for (const listener of listeners) listener(message);
    },
    onSent: (listener) => void ears.push(listener),
  };
}

export type Recording = {
  readonly clip: Ulid;
  readonly startedAt: EpochMs;
  readonly bytes: Uint8Array;
};

const chunkBytes = 96 * 1024;
const patience = seconds(120);
const lengthMs = seconds(20);

export class RecordedDoorbell {
  readonly thing: ThingName;
  readonly #key;
  readonly #bus: DemoBus;
  readonly #time: VirtualTime;
  readonly #receipts = new Map<Ulid, Receipt>();

  constructor(thing: ThingName, bus: DemoBus, time: VirtualTime) {
    this.thing = thing;
    this.#key = makeSeededKey(thing);
    this.#bus = bus;
    this.#time = time;
    bus.onSent((topic, payload) => {
      const down = parseDownTopic(topic);
      if (down?.thing !== thing || down.kind !== 'receipt') return;
      const receipt = receiptSchema.parse(JSON.parse(Buffer.from(payload).toString()));
      this.#receipts.set(receipt.clip, receipt);
    });
  }

  certificate(validFrom: EpochMs): Promise<string> {
    return makeSeededCertificate(this.thing, this.#key, validFrom);
  }

  /** Uploads it as somebody's ring; resolves once the cloud has it for good. */
  async upload(seq: number, { clip, startedAt, bytes }: Recording): Promise<void> {
    const chunks: Uint8Array[] = [];
    for (let at = 0; at < bytes.length; at += chunkBytes) {
      chunks.push(bytes.subarray(at, at + chunkBytes));
    }
    const opening = this.#opening(seq, clip, startedAt);
    this.#send(topics.init(this.thing, clip), encode(opening));
    await this.#until(clip, () => this.#receipts.has(clip));
    for (const [index, chunk] of chunks.entries()) {
      // As it is recorded: the last part is there when the clip ends.
      await this.#time.advance(milliseconds(Math.ceil(lengthMs / chunks.length)));
      await this.#until(clip, (receipt) => index < creditOf(receipt));
      this.#send(topics.chunk(this.thing, clip, index, crc32cHex(chunk)), chunk);
    }
    const unsigned = {
      ...{ v: 1 as const, clip, seq, disposition: 'complete' as const },
      ...{ chunks: chunks.length, size: bytes.length },
      root: clipRoot(chunks.map((chunk) => sha256(chunk))),
      endedAt: later(startedAt, lengthMs),
      triggers: [{ kind: 'ding' as const, at: startedAt, offsetMs: milliseconds(4000) }],
      ...{ truncated: false, prev: null },
    };
    const sig = signatureText(this.#key.sign(finalSignedBytes(opening, unsigned)));
    this.#send(topics.final(this.thing, clip), encode({ ...unsigned, sig }));
    await this.#until(clip, ({ state }) => state === 'stored');
  }

  #opening(seq: number, clip: Ulid, startedAt: EpochMs): Opening {
    const uptime = uptimeMs(3_600_000);
    const unsigned = {
      ...{ v: 1 as const, clip, boot: 1, seq, trigger: 'ding' as const, startedAt },
      clock: { uptimeAtStartMs: uptime, uptimeNowMs: uptime, syncedAtUptimeMs: uptimeMs(0) },
      ...{ mediaType: 'video/mp4' as const, codec: 'avc1.64001f' },
      preRoll: {
        requestedMs: milliseconds(4000),
        deliveredMs: milliseconds(4000),
        firstIdrOffsetMs: milliseconds(0),
        gapMs: milliseconds(0),
      },
    };
    return { ...unsigned, sig: signatureText(this.#key.sign(openingSignedBytes(unsigned))) };
  }

  #send(topic: string, payload: Uint8Array): void {
    this.#bus.deliver({ thing: this.thing, topic, payload });
  }

  async #until(clip: Ulid, holds: (receipt: Receipt) => boolean): Promise<void> {
    const isSo = (): boolean => {
      const receipt = this.#receipts.get(clip);
      return receipt !== undefined && holds(receipt);
    };
    if (!isSo()) await this.#time.advanceUntil(isSo, patience);
    assert(isSo(), `the cloud answers the doorbell: ${JSON.stringify(this.#receipts.get(clip))}`);
  }
}

/** Chunks below this may be on their way. [WIRE-3] */
const creditOf = ({ next, window }: Receipt): number => next + window;
