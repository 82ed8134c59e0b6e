/** The messages of a clip's transfer, as topics and bytes. */
import type { Clock, Signer } from '../board.ts';
import { clipIn } from '../core/spool-state.ts';
import type { Urgency } from '../core/uplink-scheduler.ts';
import { clipRoot, encode, markSignedBytes, signatureText } from '../wire/codec.ts';
import type { ThingName, Ulid } from '../wire/ids.ts';
import type { Mark, Unsigned } from '../wire/messages.ts';
import { topics } from '../wire/topics.ts';
import { stampNow } from './media-time.ts';
import type { Spool } from './spool.ts';
import type { TransferOffer } from './transfers.ts';

export type ClipMessages = {
  /** What the scheduler needs to know before the bytes are read. */
  envelope(offer: TransferOffer): {
    readonly topic: string;
    readonly urgency: Urgency;
    readonly bytes: number;
  };
  /** Null when the clip has left, or its bytes were given up. */
  load(offer: TransferOffer): Promise<Uint8Array | null>;
};

/** About what manifests and marks weigh; only the bucket needs it. */
const manifestBytes = 1024;

export function createClipMessages(
  spool: Spool,
  signer: Signer,
  clock: Clock,
  thing: ThingName,
): ClipMessages {
  /** Undefined when the clip was given up a moment ago, and its session has not heard of it yet. */
  const chunkOf = (clip: Ulid, index: number) => spool.knownChunks(clip)?.[index];

  function init(clip: Ulid): Uint8Array | null {
    const state = spool.durableState();
    const record = clipIn(state, clip);
    if (record === undefined) return null;
    const { opening } = record;
    // [RET-5] Elapsed uptime dates a clip without trusting this device's wall clock; that of a later boot would make a
    // clip that waited on flash look new, and keep it too long.
    const now = opening.boot === state.boot ? stampNow(clock).uptimeAtMs : null;
    return encode({ ...opening, clock: { ...opening.clock, uptimeNowMs: now } });
  }

  function mark(clip: Ulid, count: number): Uint8Array | null {
    const chunks = spool.knownChunks(clip);
    if (chunks === null) return null;
    const unsigned: Unsigned<Mark> = {
      v: 1,
      clip,
      chunks: count,
      root: clipRoot(chunks.slice(0, count).map(({ sha256 }) => sha256)),
    };
    return encode({ ...unsigned, sig: signatureText(signer.sign(markSignedBytes(unsigned))) });
  }

  return {
    envelope({ clip, message, live }) {
      const urgency = live ? 'recording' : 'older';
      switch (message.kind) {
        case 'init':
          // Until it is answered nothing else of the clip can go.
          return {
            topic: topics.init(thing, clip),
            urgency: live ? 'event' : 'older',
            bytes: manifestBytes,
          };
        case 'mark':
          return { topic: topics.mark(thing, clip), urgency, bytes: manifestBytes };
        case 'final':
          return { topic: topics.final(thing, clip), urgency, bytes: manifestBytes };
        case 'still': {
          const { stills = [] } = clipIn(spool.durableState(), clip) ?? {};
          const bytes = stills.find(({ still }) => still === message.still)?.bytes ?? 0;
          return { topic: topics.still(thing, clip, message.still), urgency: 'still', bytes };
        }
        case 'chunk': {
          const chunk = chunkOf(clip, message.index);
          const crc = (chunk?.crc32c ?? 0).toString(16).padStart(8, '0');
          const topic = topics.chunk(thing, clip, message.index, crc);
          return { topic, urgency, bytes: chunk?.length ?? 0 };
        }
      }
    },
    async load({ clip, message }) {
      switch (message.kind) {
        case 'init':
          return init(clip);
        case 'mark':
          return mark(clip, message.chunks);
        case 'final': {
          const final = clipIn(spool.durableState(), clip)?.final ?? null;
          return final === null ? null : encode(final);
        }
        case 'still':
          return spool.readStill(clip, message.still);
        case 'chunk': {
          const chunk = chunkOf(clip, message.index);
          return chunk === undefined ? null : spool.readChunk(clip, chunk);
        }
      }
    },
  };
}
