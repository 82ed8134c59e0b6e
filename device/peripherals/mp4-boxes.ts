/** Boxes of an MP4 by what they hold: finding them, and writing them. */
import { Mp4Error, boxesIn as walk } from '../wire/mp4-boxes.ts';

/** Reads boxes whose fields may not all be there: what reaches past a box's end is an Mp4Error. */
export function parseBoxes<Result>(read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new Mp4Error('a box is shorter than its fields', { cause: error });
  }
}

export type Box = { readonly type: string; readonly body: Buffer };

/** The boxes laid end to end in `bytes`, each with what it holds. */
export function* boxesIn(bytes: Buffer): Generator<Box> {
  for (const { type, body, end } of walk(bytes)) yield { type, body: bytes.subarray(body, end) };
}

/** The first box found by following `path` down from `bytes`, or null. */
export function findBox(bytes: Buffer, ...path: readonly string[]): Buffer | null {
  const [type, ...rest] = path;
  for (const box of boxesIn(bytes)) {
    if (box.type === type) return rest.length === 0 ? box.body : findBox(box.body, ...rest);
  }
  return null;
}

export function needBox(bytes: Buffer, ...path: readonly string[]): Buffer {
  const found = findBox(bytes, ...path);
  if (found === null) throw new Mp4Error(`no ${path.join('/')} box`);
  return found;
}

export function writeBox(type: string, ...parts: readonly Uint8Array[]): Buffer {
  const size = parts.reduce((sum, part) => sum + part.length, 8);
  const head = Buffer.alloc(8);
  head.writeUInt32BE(size, 0);
  head.write(type, 4, 'latin1');
  return Buffer.concat([head, ...parts], size);
}

/** A full box's version and flags, then 32-bit words. */
export function words(version: number, flags: number, ...values: readonly number[]): Buffer {
  const out = Buffer.alloc(4 + values.length * 4);
  out.writeUInt32BE(version * 0x1000000 + flags, 0);
  for (const [i, value] of values.entries()) out.writeUInt32BE(value >>> 0, 4 + i * 4);
  return out;
}
