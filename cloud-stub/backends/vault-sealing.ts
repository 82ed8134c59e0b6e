/**
 * Sealing of chunks and stills: AES-256-GCM with the clip's data key. The nonce is derived from
 * what is sealed and where it belongs, so that the same chunk sealed again gives the same bytes and
 * two different ones never share a nonce; thing, clip and place are authenticated, so that no
 * sealed record passes for another.
 */
import { createCipheriv, createDecipheriv, createHmac, type KeyObject } from 'node:crypto';
import type { Ulid } from '../../device/wire/ids.ts';
import type { ClipKey } from '../ports.ts';

export const tagBytes = 16;
const nonceBytes = 12;

export type RecordPlace =
  | { readonly kind: 'chunk'; readonly index: number }
  | { readonly kind: 'still'; readonly still: Ulid };

export type Sealed = { readonly ciphertext: Uint8Array; readonly tag: Uint8Array };

export function seal(
  key: ClipKey,
  dataKey: KeyObject,
  place: RecordPlace,
  plaintext: Uint8Array,
  sha256: Uint8Array,
): Sealed {
  const cipher = createCipheriv('aes-256-gcm', dataKey, nonce(dataKey, place, sha256), {
    authTagLength: tagBytes,
  });
  cipher.setAAD(additionalData(key, place));
  const ciphertext = cipher.update(plaintext);
  cipher.final(); // GCM holds nothing back: this only computes the tag
  return { ciphertext, tag: cipher.getAuthTag() };
}

/** The plaintext, or null when it is not what was sealed there. */
export function unseal(
  key: ClipKey,
  dataKey: KeyObject,
  place: RecordPlace,
  { ciphertext, tag }: Sealed,
  sha256: Uint8Array,
): Uint8Array | null {
  const decipher = createDecipheriv('aes-256-gcm', dataKey, nonce(dataKey, place, sha256), {
    authTagLength: tagBytes,
  });
  decipher.setAAD(additionalData(key, place));
  decipher.setAuthTag(tag);
  const plaintext = decipher.update(ciphertext);
  try {
    decipher.final();
  } catch {
    return null;
  }
  return plaintext;
}

const placeName = (place: RecordPlace): string =>
  place.kind === 'chunk' ? `chunk/${place.index}` : `still/${place.still}`;

const nonce = (dataKey: KeyObject, place: RecordPlace, sha256: Uint8Array): Buffer =>
  createHmac('sha256', dataKey)
    .update(`${placeName(place)}/`)
    .update(sha256)
    .digest()
    .subarray(0, nonceBytes);

const additionalData = (key: ClipKey, place: RecordPlace): Buffer =>
  Buffer.from(`${key.thing}/${key.clip}/${placeName(place)}`);
