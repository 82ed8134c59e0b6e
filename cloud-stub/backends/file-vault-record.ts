/**
 * A journal's records. Each is a header, the ciphertext and its tag:
 *
 *   offset  bytes
 *        0      4  magic "DBV1"
 *        4      4  kind: 0 a chunk, 1 a still
 *        8      4  a chunk's index; 0 for a still
 *       12     28  a still's ULID, padded with zero bytes; zeros for a chunk
 *       40      4  length of the plaintext, which is that of the ciphertext
 *       44      8  how many bytes of the journal were known to be durable when this record was written
 *       52     32  SHA-256 of the plaintext
 *       84      4  CRC-32C of the 84 bytes before
 *
 * Numbers are unsigned and little-endian.
 */
import { crc32c } from '../../device/wire/crc32c.ts';
import { isUlid, type Ulid } from '../../device/wire/ids.ts';
import { limits } from '../../device/wire/limits.ts';
import { type RecordPlace, tagBytes } from './vault-sealing.ts';

export const headerBytes = 88;
const crcAt = headerBytes - 4;
const magic = Buffer.from('DBV1').readUInt32LE();
const plaintextBytesMax = Math.max(limits.chunkBytesMax, limits.stillBytesMax);

export type RecordHeader = {
  readonly place: RecordPlace;
  readonly length: number;
  readonly durableBytes: number;
  readonly sha256: Uint8Array;
};

export const recordBytes = (header: { readonly length: number }): number =>
  headerBytes + header.length + tagBytes;

export function encodeHeader({ place, length, durableBytes, sha256 }: RecordHeader): Buffer {
  const bytes = Buffer.alloc(headerBytes);
  bytes.writeUInt32LE(magic, 0);
  bytes.writeUInt32LE(place.kind === 'chunk' ? 0 : 1, 4);
  if (place.kind === 'chunk') bytes.writeUInt32LE(place.index, 8);
  else bytes.write(place.still, 12, 'latin1');
  bytes.writeUInt32LE(length, 40);
  bytes.writeBigUInt64LE(BigInt(durableBytes), 44);
  bytes.set(sha256, 52);
  bytes.writeUInt32LE(crc32c(bytes.subarray(0, crcAt)), crcAt);
  return bytes;
}

/** The header, or null when these bytes are none: the journal ends before them. */
export function decodeHeader(bytes: Buffer): RecordHeader | null {
  if (bytes.length < headerBytes || bytes.readUInt32LE(0) !== magic) return null;
  if (bytes.readUInt32LE(crcAt) !== crc32c(bytes.subarray(0, crcAt))) return null;
  const length = bytes.readUInt32LE(40);
  const place = decodePlace(bytes);
  if (place === null || length > plaintextBytesMax) return null;
  return {
    place,
    length,
    durableBytes: Number(bytes.readBigUInt64LE(44)),
    sha256: Uint8Array.from(bytes.subarray(52, crcAt)),
  };
}

function decodePlace(bytes: Buffer): RecordPlace | null {
  const kind = bytes.readUInt32LE(4);
  if (kind === 0) return { kind: 'chunk', index: bytes.readUInt32LE(8) };
  const still = bytes.toString('latin1', 12, 38);
  return kind === 1 && isUlid(still) ? { kind: 'still', still: still as Ulid } : null;
}
