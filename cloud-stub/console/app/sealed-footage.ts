/**
 * Opens end-to-end encrypted footage (the format stands in device/wire/footage-sealing.ts) with the owner's private
 * key, in the owner's browser or on their machine. The cloud has no part in it.
 */
import { type Bytes, fromBase64, joined, openGcm, type SecretKey, utf8 } from './bytes.ts';
import { type OwnerKey, openSealed } from './owner-key.ts';

export type ClipName = { readonly thing: string; readonly clip: string };
export type WrappedKey = {
  readonly recipient: string;
  readonly algorithm: string;
  readonly ephemeral?: string | undefined;
  readonly wrapped: string;
};
export type ClipOpener = {
  /** The footage in `sealed`, chunk by chunk. Throws SealedFootageError at the first that is not right. */
  footage(sealed: AsyncIterable<Uint8Array>): OpenedFootage;
  still(still: string, sealed: Uint8Array): Promise<Bytes>;
};
export type OpenedFootage = {
  readonly pieces: AsyncIterable<Bytes>;
  /** Once all is read: whether the recording's own end was there, so that nothing was cut off. */
  isWhole(): boolean;
};

/** `other-key`: sealed for somebody else. `damaged`: not what the doorbell sealed. */
export class SealedFootageError extends Error {
  override readonly name = 'SealedFootageError';
  readonly kind: 'other-key' | 'damaged';
  constructor(kind: 'other-key' | 'damaged', message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

const algorithm = 'HPKE-P256-SHA256-A256GCM+STREAM-1';
const tagBytes = 16;
const headerBytes = 4;
/** What a chunk holds at most on its way (120 KiB), less its header. */
const chunkBytesMax = 120 * 1024 - headerBytes;
const { subtle } = crypto;
const none = new Uint8Array();

/** What opens the clip whose key is in `recipients`. Throws SealedFootageError. */
export async function openClip(
  owner: OwnerKey,
  { thing, clip }: ClipName,
  recipients: readonly WrappedKey[],
): Promise<ClipOpener> {
  const mine = recipients.find(({ recipient }) => recipient === owner.id);
  if (mine === undefined) {
    const wanted = recipients.map(({ recipient }) => recipient).join(' or ');
    throw new SealedFootageError('other-key', `it is sealed for key ${wanted}, not ${owner.id}`);
  }
  if (mine.algorithm !== algorithm || mine.ephemeral === undefined) {
    throw new SealedFootageError('damaged', `it is sealed by ${mine.algorithm}, unknown here`);
  }
  const name = `doorbell footage 1 ${thing}/${clip}`;
  let clipKey: Bytes;
  try {
    const enc = fromBase64(mine.ephemeral);
    clipKey = await openSealed(owner, enc, utf8(`${name} key`), fromBase64(mine.wrapped));
  } catch (cause) {
    throw new SealedFootageError('damaged', 'its wrapped key is damaged', { cause });
  }
  const source = await subtle.importKey('raw', clipKey, 'HKDF', false, ['deriveKey']);
  const keyFor = (purpose: string): Promise<SecretKey> =>
    subtle.deriveKey(
      { name: 'HKDF', hash: 'SHA-256', salt: none, info: utf8(`${name} ${purpose}`) },
      source,
      { name: 'AES-GCM', length: 256 },
      false,
      ['decrypt'],
    );
  const chunkKey = await keyFor('chunks');
  return {
    footage: (sealed) => openChunks(chunkKey, sealed),
    async still(still, sealed) {
      try {
        return await openGcm(await keyFor(`still ${still}`), new Uint8Array(12), none, sealed);
      } catch (cause) {
        throw new SealedFootageError('damaged', 'the still is damaged', { cause });
      }
    },
  };
}

/** `pieces` can be read once. */
function openChunks(key: SecretKey, sealed: AsyncIterable<Uint8Array>): OpenedFootage {
  let isWhole = false;
  async function* pieces(): AsyncIterable<Bytes> {
    let index = 0;
    for await (const chunk of chunksOf(sealed)) {
      const damaged = (because: string, cause?: unknown) =>
        new SealedFootageError('damaged', `chunk ${index} ${because}`, { cause });
      if (isWhole) throw damaged('follows the end');
      const kind = chunk[0] ?? 0;
      const header = chunk.subarray(0, headerBytes);
      if (chunk.length < headerBytes + tagBytes) throw damaged('is not whole');
      if (chunk.length !== headerBytes + lengthIn(header)) throw damaged('is not whole');
      const nonce = new Uint8Array(12);
      new DataView(nonce.buffer).setUint32(7, index);
      nonce[11] = kind;
      let piece: Bytes;
      try {
        piece = await openGcm(key, nonce, header, chunk.subarray(headerBytes));
      } catch (cause) {
        throw damaged('is not what the doorbell sealed', cause);
      }
      isWhole = kind === 2;
      index += 1;
      if (piece.length > 0) yield piece;
    }
  }
  return { pieces: pieces(), isWhole: () => isWhole };
}

const lengthIn = (header: Uint8Array): number =>
  ((header[1] ?? 0) << 16) | ((header[2] ?? 0) << 8) | (header[3] ?? 0);

/** Cuts what comes into chunks by their own headers; the last may be cut short. */
async function* chunksOf(sealed: AsyncIterable<Uint8Array>): AsyncIterable<Bytes> {
  let rest: Bytes = none;
  for await (const bytes of sealed) {
    rest = joined(rest, bytes);
    for (;;) {
      const length = rest.length < headerBytes ? null : headerBytes + lengthIn(rest);
      if (length === null || (rest.length < length && length <= chunkBytesMax + headerBytes)) break;
      yield rest.slice(0, length);
      rest = rest.slice(length);
    }
  }
  if (rest.length > 0) yield rest;
}
