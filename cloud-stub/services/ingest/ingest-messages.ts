/**
 * What each message of a doorbell does: read with every limit applied, its signature checked with the key of the
 * device's certificate, then handed to its clip. What does not pass changes nothing. [WIRE-9]
 */
import { hash } from 'node:crypto';
import {
  decode,
  eventSignedBytes,
  finalHash,
  finalSignedBytes,
  markSignedBytes,
  openingSignedBytes,
  verifySignature,
} from '../../../device/wire/codec.ts';
import { crc32c } from '../../../device/wire/crc32c.ts';
import type { Ulid } from '../../../device/wire/ids.ts';
import { limits } from '../../../device/wire/limits.ts';
import {
  eventSchema,
  type Final,
  finalSchema,
  markSchema,
  openingSchema,
} from '../../../device/wire/messages.ts';
import type { UpTopic } from '../../../device/wire/topics.ts';
import type { ClipRow } from '../../catalogue-tables.ts';
import { type ClipKey, VaultError } from '../../ports.ts';
import type { DeviceIdentity } from '../devices/devices.ts';
import type { OpenClip } from './ingest-clip.ts';
import { sendReceipt } from './ingest-clip-events.ts';
import type { IngestClips } from './ingest-clips.ts';
import type { IngestEvents } from './ingest-events.ts';
import type { RefusalReason } from './ingest-refusals.ts';
import { rowReceipt, stillsInSight } from './ingest-row-receipt.ts';
import type { IngestStills } from './ingest-stills.ts';
import type { IngestWorld } from './ingest-world.ts';

export type ClipTopic = Extract<UpTopic, { clip: Ulid }>;

export type MessageHandlers = {
  onClip(identity: DeviceIdentity, topic: ClipTopic, payload: Uint8Array): Promise<void>;
  onEvent(identity: DeviceIdentity, payload: Uint8Array): Promise<void>;
};

export function makeMessageHandlers(
  world: IngestWorld,
  clips: IngestClips,
  stills: IngestStills,
  events: IngestEvents,
): MessageHandlers {
  const refused = (reason: RefusalReason, key: ClipKey, because: string): void =>
    world.refuse(reason, { thing: key.thing, because: `clip ${key.clip}: ${because}` });

  async function onInit(identity: DeviceIdentity, key: ClipKey, payload: Uint8Array) {
    const decoded = decode(openingSchema, payload);
    if (!decoded.ok) return refused('malformed', key, decoded.because);
    const opening = decoded.message;
    if (opening.clip !== key.clip) return refused('malformed', key, 'its topic names another clip');
    if (!(await isSigned(openingSignedBytes(opening), opening, identity))) {
      return refused('bad-signature', key, 'its opening is not signed by this device');
    }
    const opened = await clips.opened(key, opening);
    if (opened.kind === 'refused') return refused(opened.because, key, 'it was opened otherwise');
    if (opened.kind === 'finished') await answerStored(opened.row);
  }

  async function isSigned(
    bytes: Uint8Array,
    { sig }: { readonly sig: string },
    { publicKey }: DeviceIdentity,
  ): Promise<boolean> {
    const { signatures } = world;
    return signatures === undefined
      ? verifySignature(bytes, sig, publicKey)
      : signatures.verify(bytes, sig, publicKey);
  }

  /** Null when the message is of no use; why was counted. */
  async function openClip(key: ClipKey): Promise<OpenClip | null> {
    const found = await clips.find(key);
    switch (found.kind) {
      case 'open':
        return found.clip.faulted ? null : found.clip;
      case 'unknown':
        refused('no-opening', key, 'nothing told of it');
        return null;
      case 'finished':
        refused('after-final', key, 'its final was accepted');
        return null;
      case 'paused':
        return null;
    }
  }

  async function onChunk(key: ClipKey, index: number, crcHex: string, payload: Uint8Array) {
    if (payload.length === 0 || payload.length > limits.chunkBytesMax) {
      return refused('bad-size', key, `chunk ${index} has ${payload.length} bytes`);
    }
    if (crc32c(payload) !== Number.parseInt(crcHex, 16)) {
      return refused('bad-crc', key, `chunk ${index} is not what its topic says`);
    }
    const clip = await openClip(key);
    if (clip === null) return;
    if (clip.overfull) await clip.settled();
    try {
      clip.takeChunk({ index, bytes: payload, sha256: hash('sha256', payload, 'buffer') });
    } catch (error) {
      if (!(error instanceof VaultError)) throw error;
      await clips.fault(clip, error);
    }
    world.counters.chunks += 1;
  }

  async function onMark(identity: DeviceIdentity, key: ClipKey, payload: Uint8Array) {
    const decoded = decode(markSchema, payload);
    if (!decoded.ok) return refused('malformed', key, decoded.because);
    const mark = decoded.message;
    if (mark.clip !== key.clip) return refused('malformed', key, 'its topic names another clip');
    if (!(await isSigned(markSignedBytes(mark), mark, identity))) {
      return refused('bad-signature', key, 'a mark is not signed by this device');
    }
    (await openClip(key))?.take({ kind: 'mark', mark });
  }

  async function onFinal(identity: DeviceIdentity, key: ClipKey, payload: Uint8Array) {
    const decoded = decode(finalSchema, payload);
    if (!decoded.ok) return refused('malformed', key, decoded.because);
    const final = decoded.message;
    if (final.clip !== key.clip) return refused('malformed', key, 'its topic names another clip');
    const found = await clips.find(key);
    switch (found.kind) {
      case 'unknown':
        return refused('no-opening', key, 'its final came without an opening');
      case 'paused':
        return;
      case 'finished':
        // [WIRE-6] The same final gets the same answer, for as long as the clip's row stays.
        if (isAnswered(final, found.row)) return answerStored(found.row);
        return refused('another-final', key, 'another final was accepted');
      case 'open':
        break;
    }
    const { clip } = found;
    if (clip.faulted) return;
    if (
      final.seq !== clip.opening.seq ||
      !(await isSigned(finalSignedBytes(clip.opening, final), final, identity))
    ) {
      return refused('bad-signature', key, 'its final is not signed by this device for it');
    }
    // Its vault may have failed meanwhile; the device sends its final again.
    if (!clip.faulted && !clip.closed) clip.take({ kind: 'final', final });
  }

  async function answerStored(row: ClipRow): Promise<void> {
    sendReceipt(world, row, rowReceipt(row, await stillsInSight(world, row)));
  }

  return {
    onClip(identity, topic, payload) {
      const key: ClipKey = { thing: topic.thing, clip: topic.clip };
      switch (topic.kind) {
        case 'init':
          return onInit(identity, key, payload);
        case 'chunk':
          return onChunk(key, topic.index, topic.crcHex, payload);
        case 'mark':
          return onMark(identity, key, payload);
        case 'final':
          return onFinal(identity, key, payload);
        case 'still':
          return stills.take(key, topic.still, payload);
      }
    },

    async onEvent(identity, payload) {
      const { thing } = identity;
      const decoded = decode(eventSchema, payload);
      if (!decoded.ok) return world.refuse('malformed', { thing, because: decoded.because });
      const event = decoded.message;
      if (!(await isSigned(eventSignedBytes(event), event, identity))) {
        return world.refuse('bad-signature', { thing, because: `event ${event.seq}` });
      }
      await events.take(identity, event);
    },
  };
}

/** The final that was accepted, or the eviction of a clip that was stored before the device heard of it. */
function isAnswered(final: Final, row: ClipRow): boolean {
  const accepted =
    row.final === null ? row.finalHash : finalHash(finalSchema.parse(JSON.parse(row.final)));
  return accepted !== null && (finalHash(final) === accepted || final.replaces === accepted);
}
