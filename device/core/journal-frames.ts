/**
 * The journal's form on flash: frames of JSON, each behind its length and CRC-32C, one append and one sync a frame. A
 * frame holds all facts of one decision, so they survive together or not at all. What follows the last whole frame is a
 * torn append; what is not whole before it was whole once, and is rot.
 */
import { canonicalJson } from '../wire/codec.ts';
import { crc32c } from '../wire/crc32c.ts';

const headerBytes = 8;
const frameBytesMax = 64 * 1024 * 1024;

export function encodeFrame(value: object): Uint8Array {
  const body = Buffer.from(canonicalJson(value));
  const header = Buffer.alloc(headerBytes);
  header.writeUInt32BE(body.length, 0);
  header.writeUInt32BE(crc32c(body), 4);
  return Buffer.concat([header, body]);
}

export type Frames = {
  /** Each frame's JSON value, unchecked; in the place of frames that are damaged, how many bytes they had. */
  readonly parts: readonly ({ readonly value: unknown } | { readonly damagedBytes: number })[];
  /** Where the last whole frame ends. */
  readonly wholeBytes: number;
};

export function decodeFrames(file: Uint8Array): Frames {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  const parts: ({ readonly value: unknown } | { readonly damagedBytes: number })[] = [];
  let at = 0;
  for (;;) {
    const from = nextFrame(bytes, at);
    if (from === null) return { parts, wholeBytes: at };
    if (from > at) parts.push({ damagedBytes: from - at });
    const body = bodyAt(bytes, from);
    parts.push({ value: JSON.parse(body.toString('utf8')) });
    at = from + headerBytes + body.length;
  }
}

/** Where the first whole frame stands from `at` on. None begins inside another: a length's first byte is no letter. */
function nextFrame(bytes: Buffer, at: number): number | null {
  for (let from = at; from + headerBytes < bytes.length; from++) {
    if (isFrame(bytes, from)) return from;
  }
  return null;
}

const bodyAt = (bytes: Buffer, at: number): Buffer =>
  bytes.subarray(at + headerBytes, at + headerBytes + bytes.readUInt32BE(at));

function isFrame(bytes: Buffer, at: number): boolean {
  const length = bytes.readUInt32BE(at);
  const end = at + headerBytes + length;
  if (length === 0 || length > frameBytesMax || end > bytes.length) return false;
  const body = bodyAt(bytes, at);
  // Looked at first, as it costs nothing: behind damage every byte is tried.
  if (body[0] !== 0x7b && body[0] !== 0x5b) return false;
  return crc32c(body) === bytes.readUInt32BE(at + 4);
}
