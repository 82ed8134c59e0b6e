/**
 * The journal's form on flash: frames of JSON, each behind its length and CRC-32C, one append and one sync a frame. A
 * frame holds all facts of one decision, so they survive together or not at all. What follows the last whole frame is a
 * torn append, if it ends too early or was not written throughout. What else is not whole was whole once, and is rot.
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
  /** Of an append that never became whole, at the end. */
  readonly tornBytes: number;
};

export function decodeFrames(file: Uint8Array): Frames {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  const parts: ({ readonly value: unknown } | { readonly damagedBytes: number })[] = [];
  let at = 0;
  for (;;) {
    const from = nextFrame(bytes, at);
    if (from === null) {
      const tail = bytes.subarray(at);
      if (tail.length === 0) return { parts, tornBytes: 0 };
      const value = valueOfMislaid(tail);
      if (value !== null) return { parts: [...parts, { value }], tornBytes: 0 };
      if (isTorn(tail)) return { parts, tornBytes: tail.length };
      return { parts: [...parts, { damagedBytes: tail.length }], tornBytes: 0 };
    }
    if (from > at) parts.push({ damagedBytes: from - at });
    const body = bodyAt(bytes, from);
    parts.push({ value: JSON.parse(body.toString('utf8')) });
    at = from + headerBytes + body.length;
  }
}

/** Only the length of the last frame has rotted: the rest of the file is its body. */
function valueOfMislaid(tail: Buffer): unknown {
  const body = tail.subarray(headerBytes);
  const isWhole = looksLikeJson(body) && crc32c(body) === tail.readUInt32BE(4);
  return isWhole ? JSON.parse(body.toString('utf8')) : null;
}

/** JSON has no zeros, and no 0xff: so much of either was never written. */
const unwritten = [Buffer.alloc(16, 0), Buffer.alloc(16, 0xff)] as const;

/** Shorter than its frames say, or with places that were never written. A frame that was synced is neither. */
function isTorn(tail: Buffer): boolean {
  if (unwritten.some((gap) => tail.includes(gap))) return true;
  let end = 0;
  while (end + headerBytes < tail.length) end += headerBytes + tail.readUInt32BE(end);
  return end !== tail.length;
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
  return looksLikeJson(body) && crc32c(body) === bytes.readUInt32BE(at + 4);
}

const looksLikeJson = (body: Buffer): boolean => body[0] === 0x7b || body[0] === 0x5b;
