/** Doorbells that send clips as wire.md has it, and nothing else: the least a cloud must answer for. */
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import type { Bus, BusMessage } from '../../cloud-stub/ports.ts';
import {
  clipRoot,
  encode,
  finalHash,
  finalSignedBytes,
  openingSignedBytes,
  sha256,
  signatureText,
} from '../../device/wire/codec.ts';
import { crc32cHex } from '../../device/wire/crc32c.ts';
import { makeUlid, type ThingName } from '../../device/wire/ids.ts';
import { type EpochMs, later, milliseconds, seconds, uptimeMs } from '../../device/wire/time.ts';
import { topics } from '../../device/wire/topics.ts';
import { makeSeededCertificate } from '../simulation/seeded-certificate.ts';

export type DirectBus = Bus & {
  deliver(message: BusMessage): void;
  /** Receipts and whatever else went to a doorbell. */
  readonly counted: { sent: number };
};

/** From the sender to the listener, with nothing in between. */
export function openDirectBus(): DirectBus {
  const listeners: ((message: BusMessage) => void)[] = [];
  const counted = { sent: 0 };
  const nothing = (): void => {};
  return {
    counted,
    publish: async () => {
      counted.sent += 1;
    },
    onMessage: (listener) => void listeners.push(listener),
    onPresence: nothing,
    pause: nothing,
    resume: nothing,
    disconnect: nothing,
    close: async () => {},
    deliver(message) {
      for (const listener of listeners) listener(message);
    },
  };
}

export type ClipSender = {
  readonly thing: ThingName;
  /** PEM. */
  readonly certificate: string;
  /** The messages of a whole clip of one chunk of `bytes`, recorded until now. */
  sendClip(now: EpochMs, bytes: Uint8Array): readonly BusMessage[];
};

const clipMs = seconds(10);

export async function makeClipSender(thing: ThingName, bornAt: EpochMs): Promise<ClipSender> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const seeded = { privateKey, publicKey, sign: (bytes: Uint8Array) => signed(bytes, privateKey) };
  const certificate = await makeSeededCertificate(thing, seeded, bornAt);
  let seq = 0;
  let prev: string | null = null;
  let drawn = 0;
  const draw = (count: number) => sha256(`${thing}/${drawn++}`).subarray(0, count);
  const sigOf = (bytes: Uint8Array) => signatureText(signed(bytes, privateKey));

  return {
    thing,
    certificate,
    sendClip(now, bytes) {
      const startedAt = later(now, milliseconds(-clipMs));
      const uptimeNowMs = uptimeMs(now - bornAt + clipMs);
      const clip = makeUlid(startedAt, draw);
      const unsignedOpening = {
        v: 1 as const,
        ...{ clip, boot: 1, seq, trigger: 'motion' as const, startedAt },
        clock: {
          uptimeAtStartMs: uptimeMs(uptimeNowMs - clipMs),
          uptimeNowMs,
          syncedAtUptimeMs: uptimeMs(0),
        },
        ...{ mediaType: 'video/mp4' as const, codec: 'avc1.64001f' },
        preRoll: {
          requestedMs: seconds(4),
          deliveredMs: seconds(4),
          firstIdrOffsetMs: milliseconds(0),
          gapMs: milliseconds(0),
        },
      };
      const opening = { ...unsignedOpening, sig: sigOf(openingSignedBytes(unsignedOpening)) };
      const unsignedFinal = {
        v: 1 as const,
        ...{ clip, seq, disposition: 'complete' as const, chunks: 1, size: bytes.length },
        root: clipRoot([sha256(bytes)]),
        endedAt: now,
        triggers: [{ kind: 'motion' as const, at: startedAt, offsetMs: seconds(4) }],
        ...{ truncated: false, prev },
      };
      const sig = sigOf(finalSignedBytes(opening, unsignedFinal));
      const final = { ...unsignedFinal, sig };
      seq += 1;
      prev = finalHash(final);
      return [
        { thing, topic: topics.init(thing, clip), payload: encode(opening) },
        { thing, topic: topics.chunk(thing, clip, 0, crc32cHex(bytes)), payload: bytes },
        { thing, topic: topics.final(thing, clip), payload: encode(final) },
      ];
    },
  };
}

const signed = (bytes: Uint8Array, key: KeyObject): Buffer => sign('sha256', bytes, key);
