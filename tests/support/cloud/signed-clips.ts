/** Clips as their doorbell signs them, for whoever checks its signatures. */
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import type { ClipSignatures } from '../../../cloud-stub/services/owners/clip-signatures.ts';
import {
  clipRoot,
  finalSignedBytes,
  markSignedBytes,
  openingSignedBytes,
  sha256,
  signatureText,
} from '../../../device/wire/codec.ts';
import type { Ulid } from '../../../device/wire/ids.ts';
import type { Final, Mark, Opening, Unsigned } from '../../../device/wire/messages.ts';
import { epochMs, milliseconds, uptimeMs } from '../../../device/wire/time.ts';

export type SigningDoorbell = {
  readonly publicKey: Uint8Array;
  opening(clip: Ulid, rest?: Partial<Opening>): Opening;
  /** The whole of it: opening, final, and how it is cut. */
  signatures(
    clip: Ulid,
    chunks: readonly Uint8Array[],
    rest?: Partial<Opening>,
  ): ClipSignatures & { readonly final: Final };
  mark(clip: Ulid, chunks: readonly Uint8Array[]): Mark;
};

export function makeSigningDoorbell(): SigningDoorbell {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const doorbell: SigningDoorbell = {
    publicKey: spki,
    opening(clip, rest = {}) {
      const unsigned: Unsigned<Opening> = { ...plainOpening, clip, ...rest };
      return { ...unsigned, sig: signed(openingSignedBytes(unsigned), privateKey) };
    },
    signatures(clip, chunks, rest = {}) {
      const opening = doorbell.opening(clip, rest);
      const unsigned: Unsigned<Final> = {
        v: 1,
        clip,
        seq: opening.seq,
        disposition: 'complete',
        chunks: chunks.length,
        size: chunks.reduce((sum, { length }) => sum + length, 0),
        root: clipRoot(chunks.map((chunk) => sha256(chunk))),
        endedAt: epochMs(opening.startedAt + 8000),
        triggers: [{ kind: 'ding', at: opening.startedAt, offsetMs: milliseconds(4000) }],
        truncated: false,
        prev: null,
      };
      const final = { ...unsigned, sig: signed(finalSignedBytes(opening, unsigned), privateKey) };
      const chunkBytes = chunks.map(({ length }) => length);
      return { opening, final, mark: null, publicKey: spki, chunkBytes };
    },
    mark(clip, chunks) {
      const root = clipRoot(chunks.map((chunk) => sha256(chunk)));
      const unsigned: Unsigned<Mark> = { v: 1, clip, chunks: chunks.length, root };
      return { ...unsigned, sig: signed(markSignedBytes(unsigned), privateKey) };
    },
  };
  return doorbell;
}

const signed = (bytes: Uint8Array, key: KeyObject): string =>
  signatureText(sign('sha256', bytes, key));

const startedAt = epochMs(1_790_000_000_000);
const plainOpening: Omit<Unsigned<Opening>, 'clip'> = {
  v: 1,
  boot: 3,
  seq: 12,
  trigger: 'ding',
  startedAt,
  clock: { uptimeAtStartMs: uptimeMs(5000), uptimeNowMs: uptimeMs(5100), syncedAtUptimeMs: null },
  mediaType: 'video/mp4',
  codec: 'avc1.64001f',
  preRoll: {
    requestedMs: milliseconds(4000),
    deliveredMs: milliseconds(4000),
    firstIdrOffsetMs: milliseconds(0),
    gapMs: milliseconds(0),
  },
};
