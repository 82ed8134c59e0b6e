/** Boxes of ISO 14496-12: walking them, and writing them. */

/** A failed MP4: what was read is not what the format says. */
export class Mp4Error extends Error {
  override readonly name = 'Mp4Error';
}

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

/** The boxes laid end to end in `bytes`. */
export function* boxesIn(bytes: Buffer): Generator<Box> {
  let at = 0;
  while (at < bytes.length) {
    if (at + 8 > bytes.length) throw new Mp4Error(`${bytes.length - at} bytes after the last box`);
    const size = bytes.readUInt32BE(at);
    if (size < 8 || at + size > bytes.length) throw new Mp4Error(`a box of ${size} bytes at ${at}`);
    const type = bytes.toString('latin1', at + 4, at + 8);
    yield { type, body: bytes.subarray(at + 8, at + size) };
    at += size;
  }
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
