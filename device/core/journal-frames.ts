/**
 * The journal's form on flash: frames of JSON, each behind its length and CRC-32C, one append and one sync a frame. A
 * frame holds all facts of one decision, so they survive together or not at all. What follows the last whole frame is a
 * torn append.
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
  /** Each frame's JSON value, unchecked. */
  readonly values: readonly unknown[];
  readonly wholeBytes: number;
};

export function decodeFrames(file: Uint8Array): Frames {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  const values: unknown[] = [];
  let at = 0;
  while (at + headerBytes <= bytes.length) {
    const length = bytes.readUInt32BE(at);
    const end = at + headerBytes + length;
    if (length === 0 || length > frameBytesMax || end > bytes.length) break;
    const body = bytes.subarray(at + headerBytes, end);
    if (crc32c(body) !== bytes.readUInt32BE(at + 4)) break;
    values.push(JSON.parse(body.toString('utf8')));
    at = end;
  }
  return { values, wholeBytes: at };
}
