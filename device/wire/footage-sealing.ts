/**
 * End-to-end encryption of footage, the sender's half. A key drawn for each clip seals its chunks one by one, as they
 * are recorded, and its stills; the opening carries it wrapped for each of the owner's keys, and the device's
 * signature covers that. Whoever carries the clip sees lengths and times, and can read nothing.
 *
 * Chunks are a STREAM (Hoang, Reyhanitabar, Rogaway, Vizar, CRYPTO 2015): the nonce counts them and tells the last, so
 * none can be swapped, left out, repeated or taken from another clip, and a clip that ended as it should has an end
 * that cannot be cut off. Each begins with its length, so that the chunks one after the other are a file that needs no
 * table: kind (1: a part, 2: the end), three bytes of length, the sealed bytes.
 */
import assert from 'node:assert/strict';
import { createPublicKey, hkdfSync } from 'node:crypto';
import { z } from 'zod';
import { sha256 } from './codec.ts';
import { drawPrivateKey, gcmTagBytes, sealGcm, sealTo } from './hpke.ts';
import type { ThingName, Ulid } from './ids.ts';
import { limits } from './limits.ts';
import type { Opening } from './messages.ts';

/** What the wrapped key opens, and how: HPKE (RFC 9180) with this suite, then the format of this file. */
export const sealingAlgorithm = 'HPKE-P256-SHA256-A256GCM+STREAM-1';

declare const kind: unique symbol;
/** A public key of an owner: a point of P-256, uncompressed (0x04, x, y), base64url. */
export type OwnerKey = string & { readonly [kind]: 'OwnerKey' };

export const ownerKeySchema = z.custom<OwnerKey>(
  (value) => typeof value === 'string' && isOwnerKey(value),
  { error: 'expected a public key as `doorbell key create` prints it: 87 characters, B...' },
);

const pointBytes = (key: string): Buffer => Buffer.from(key, 'base64url');

function isOwnerKey(text: string): boolean {
  if (!/^B[A-Za-z0-9_-]{86}$/.test(text)) return false;
  const point = pointBytes(text);
  const x = point.toString('base64url', 1, 33);
  const y = point.toString('base64url', 33);
  try {
    createPublicKey({ key: { kty: 'EC', crv: 'P-256', x, y }, format: 'jwk' });
    return true;
  } catch {
    return false; // no point of the curve
  }
}

/** A key's short name, for people and for finding the right one: 16 hex digits of its SHA-256. */
export const ownerKeyId = (key: OwnerKey): string =>
  sha256(pointBytes(key)).toString('hex').slice(0, 16);

/** How the pieces of a fragment stand on flash and travel. */
export type ChunkForm = {
  /** Of a piece before it takes this form. */
  readonly pieceBytesMax: number;
  /** `index` is the chunk's place in its clip. */
  of(index: number, piece: Uint8Array): Uint8Array;
};

export const plainChunks: ChunkForm = {
  pieceBytesMax: limits.chunkBytesMax,
  of: (_index, piece) => piece,
};

export type ClipSealer = {
  /** Of the opening: the clip's key, wrapped for each of the owner's. */
  readonly e2ee: NonNullable<Opening['e2ee']>;
  readonly parts: ChunkForm;
  /** The empty piece after the last part. */
  readonly end: ChunkForm;
  still(still: Ulid, jpeg: Uint8Array): Uint8Array;
};

const headerBytes = 4;
/** What sealing adds to a chunk. */
export const sealedChunkOverheadBytes = headerBytes + gcmTagBytes;
export const sealedStillOverheadBytes = gcmTagBytes;

/** A sealer under a key that nobody else holds and that ends with it. `draw` gives as many random bytes as asked. */
export function sealClip(
  { thing, clip }: { readonly thing: ThingName; readonly clip: Ulid },
  owners: readonly OwnerKey[],
  draw: (count: number) => Uint8Array,
): ClipSealer {
  const name = `doorbell footage 1 ${thing}/${clip}`;
  const clipKey = draw(32);
  const chunkKey = derived(clipKey, `${name} chunks`);
  /** Below it every index has been used: sealing two texts under one nonce would give both away. */
  let next = 0;

  const form = (kindOf: 1 | 2): ChunkForm => ({
    pieceBytesMax: limits.chunkBytesMax - sealedChunkOverheadBytes,
    of(index, piece) {
      assert(index >= next, 'a chunk is sealed once');
      next = kindOf === 2 ? Number.POSITIVE_INFINITY : index + 1;
      const header = Buffer.alloc(headerBytes);
      header.writeUInt32BE((kindOf << 24) | (piece.length + gcmTagBytes));
      const nonce = Buffer.alloc(12);
      nonce.writeUInt32BE(index, 7);
      nonce.writeUInt8(kindOf, 11);
      return Buffer.concat([header, sealGcm({ key: chunkKey, nonce, aad: header }, piece)]);
    },
  });

  return {
    e2ee: {
      recipients: owners.map((owner) => {
        const info = Buffer.from(`${name} key`);
        const ephemeral = drawPrivateKey(draw);
        const wrapped = sealTo(pointBytes(owner), ephemeral, { info, plaintext: clipKey });
        return {
          recipient: ownerKeyId(owner),
          algorithm: sealingAlgorithm,
          ephemeral: Buffer.from(wrapped.ephemeral).toString('base64url'),
          wrapped: Buffer.from(wrapped.sealed).toString('base64url'),
        };
      }),
    },
    parts: form(1),
    end: form(2),
    still(still, jpeg) {
      // A key for each still, so that it needs no nonce of its own.
      const key = derived(clipKey, `${name} still ${still}`);
      return sealGcm({ key, nonce: new Uint8Array(12), aad: new Uint8Array() }, jpeg);
    },
  };
}

const derived = (key: Uint8Array, info: string): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', key, new Uint8Array(), info, 32));
