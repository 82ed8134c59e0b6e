/** A doorbell as the cloud sees one: it signs and speaks wire.md properly, unless a test makes it do otherwise. */
import { createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';
import {
  clipRoot,
  encode,
  eventSignedBytes,
  finalHash,
  finalSignedBytes,
  markSignedBytes,
  openingSignedBytes,
  sha256,
  signatureText,
} from '../../../device/wire/codec.ts';
import { crc32cHex } from '../../../device/wire/crc32c.ts';
import type { ThingName, Ulid } from '../../../device/wire/ids.ts';
import {
  type DeviceEvent,
  eventReceiptSchema,
  type Final,
  type Mark,
  type Opening,
  type Receipt,
  receiptSchema,
} from '../../../device/wire/messages.ts';
import { type EpochMs, epochMs, milliseconds, uptimeMs } from '../../../device/wire/time.ts';
import { parseDownTopic, topics } from '../../../device/wire/topics.ts';
import { sampleBytes } from './clip-samples.ts';
import type { FakeBus } from './fake-bus.ts';

export class FakeDevice {
  readonly thing: ThingName;
  readonly receipts: Receipt[] = [];
  readonly eventReceipts: number[] = [];
  readonly #bus: FakeBus;
  readonly #key: KeyObject;

  constructor(bus: FakeBus, thing: ThingName, keyPem: string) {
    this.thing = thing;
    this.#bus = bus;
    this.#key = createPrivateKey(keyPem);
    bus.onSent(({ topic, payload }) => {
      const down = parseDownTopic(topic);
      if (down === null || down.thing !== thing) return;
      const text = Buffer.from(payload).toString();
      if (down.kind === 'receipt') this.receipts.push(receiptSchema.parse(JSON.parse(text)));
      if (down.kind === 'event-receipt') {
        this.eventReceipts.push(eventReceiptSchema.parse(JSON.parse(text)).upTo);
      }
    });
  }

  get publicKey(): KeyObject {
    return createPublicKey(this.#key);
  }

  sign(bytes: Uint8Array): string {
    return signatureText(sign('sha256', bytes, this.#key));
  }

  send(topic: string, payload: Uint8Array): void {
    this.#bus.deliver(this.thing, topic, payload);
  }

  lastReceipt(clip: Ulid): Receipt | undefined {
    return this.receipts.findLast((receipt) => receipt.clip === clip);
  }

  clip(clip: Ulid, draft: Partial<FakeClipDraft> = {}): FakeClip {
    return new FakeClip(this, clip, draft);
  }

  event(seq: number, id: Ulid, at: EpochMs, rest: Partial<DeviceEvent> = {}): DeviceEvent {
    const unsigned = { v: 1 as const, id, seq, kind: 'ding' as const, at, data: {}, ...rest };
    const event = { ...unsigned, sig: this.sign(eventSignedBytes(unsigned)) };
    this.send(topics.event(this.thing), encode(event));
    return event;
  }
}

export type FakeClipDraft = {
  readonly seq: number;
  readonly boot: number;
  readonly startedAt: EpochMs;
  readonly chunkCount: number;
  readonly chunkBytes: number;
  readonly prev: string | null;
  readonly trigger: Opening['trigger'];
  readonly clock: Opening['clock'];
  readonly disposition: Final['disposition'];
  /** Null: not end-to-end encrypted. What the chunks hold is the cloud's business in neither case. */
  readonly e2ee: NonNullable<Opening['e2ee']> | null;
};

/** One clip with all its messages; `init`, `chunk` ... send them. */
export class FakeClip {
  readonly opening: Opening;
  readonly chunks: readonly Uint8Array[];
  readonly #device: FakeDevice;
  readonly #draft: FakeClipDraft;

  constructor(device: FakeDevice, clip: Ulid, draft: Partial<FakeClipDraft>) {
    this.#device = device;
    this.#draft = {
      seq: 0,
      boot: 1,
      startedAt: epochMs(1_800_000_000_000),
      chunkCount: 6,
      chunkBytes: 1000,
      prev: null,
      trigger: 'ding',
      clock: {
        uptimeAtStartMs: uptimeMs(1000),
        uptimeNowMs: uptimeMs(1000),
        syncedAtUptimeMs: uptimeMs(0),
      },
      disposition: 'complete',
      e2ee: null,
      ...draft,
    };
    const { seq, boot, startedAt, trigger, clock, chunkCount, chunkBytes, e2ee } = this.#draft;
    const unsigned = {
      v: 1 as const,
      clip,
      boot,
      seq,
      trigger,
      startedAt,
      clock,
      mediaType: 'video/mp4' as const,
      codec: 'avc1.64001f',
      preRoll: {
        requestedMs: milliseconds(4000),
        deliveredMs: milliseconds(4000),
        firstIdrOffsetMs: milliseconds(0),
        gapMs: milliseconds(0),
      },
      ...(e2ee === null ? {} : { e2ee }),
    };
    this.opening = { ...unsigned, sig: device.sign(openingSignedBytes(unsigned)) };
    this.chunks = Array.from({ length: chunkCount }, (_, index) =>
      sampleBytes(chunkBytes + index, `${device.thing}/${clip}/${index}`),
    );
  }

  get clip(): Ulid {
    return this.opening.clip;
  }

  get receipt(): Receipt | undefined {
    return this.#device.lastReceipt(this.clip);
  }

  root(count = this.chunks.length): string {
    return clipRoot(this.chunks.slice(0, count).map((chunk) => sha256(chunk)));
  }

  bytes(count = this.chunks.length): Buffer {
    return Buffer.concat(this.chunks.slice(0, count));
  }

  makeMark(count: number, change: Partial<Mark> = {}): Mark {
    const unsigned = { v: 1 as const, clip: this.clip, chunks: count, root: this.root(count) };
    const signed = { ...unsigned, ...change };
    return { ...signed, sig: change.sig ?? this.#device.sign(markSignedBytes(signed)) };
  }

  makeFinal(change: Partial<Final> = {}): Final {
    const { seq, startedAt, prev, disposition } = this.#draft;
    const unsigned = {
      v: 1 as const,
      clip: this.clip,
      seq,
      disposition,
      chunks: this.chunks.length,
      size: this.bytes().length,
      root: this.root(),
      endedAt: epochMs(startedAt + 10_000),
      triggers: [{ kind: 'ding' as const, at: startedAt, offsetMs: milliseconds(4000) }],
      truncated: disposition !== 'complete',
      prev,
      ...change,
    };
    return {
      ...unsigned,
      sig: change.sig ?? this.#device.sign(finalSignedBytes(this.opening, unsigned)),
    };
  }

  get finalHash(): string {
    return finalHash(this.makeFinal());
  }

  init(opening: Opening = this.opening): void {
    this.#device.send(topics.init(this.#device.thing, this.clip), encode(opening));
  }

  chunk(index: number, bytes = this.chunks[index] ?? new Uint8Array(0)): void {
    const topic = topics.chunk(this.#device.thing, this.clip, index, crc32cHex(bytes));
    this.#device.send(topic, bytes);
  }

  sendChunks(from = 0, to = this.chunks.length): void {
    for (let index = from; index < to; index++) this.chunk(index);
  }

  mark(count: number, change: Partial<Mark> = {}): void {
    this.#device.send(
      topics.mark(this.#device.thing, this.clip),
      encode(this.makeMark(count, change)),
    );
  }

  final(final: Final = this.makeFinal()): void {
    this.#device.send(topics.final(this.#device.thing, this.clip), encode(final));
  }

  still(still: Ulid, jpeg: Uint8Array): void {
    this.#device.send(topics.still(this.#device.thing, this.clip, still), jpeg);
  }

  /** The whole clip, as a device sends one that nothing disturbs. */
  sendAll(): void {
    this.init();
    this.sendChunks();
    this.mark(this.chunks.length);
    this.final();
  }
}
