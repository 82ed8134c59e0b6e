/** A clip is an MP4 (ISO/IEC 14496-12): walking its boxes, never past the bytes there are. */

export type Box = {
  readonly type: string;
  /** From the box's first byte to the byte after its last. */
  readonly start: number;
  readonly end: number;
  /** Where its content begins, after size and type. */
  readonly body: number;
};

/** The bytes are not the MP4 they claim to be. */
export class Mp4Error extends Error {
  override readonly name = 'Mp4Error';
}

/** The boxes that fill `from` (inclusive) to `to` (exclusive) exactly, read as they are asked for. */
export function* boxesIn(bytes: Uint8Array, from = 0, to = bytes.length): Generator<Box> {
  const view = viewOf(bytes);
  let start = from;
  while (start < to) {
    if (start + 8 > to) throw new Mp4Error(`${to - start} bytes left over at ${start}`);
    const size32 = view.getUint32(start);
    let body = start + 8;
    let size = size32;
    if (size32 === 1) {
      if (start + 16 > to) throw new Mp4Error(`a large box without its size at ${start}`);
      size = Number(view.getBigUint64(start + 8));
      body = start + 16;
    } else if (size32 === 0) size = to - start;
    if (size < body - start || size > to - start) {
      throw new Mp4Error(`a box of ${size} bytes at ${start}, where ${to - start} are left`);
    }
    const type = Buffer.from(bytes.buffer, bytes.byteOffset + start + 4, 4).toString('latin1');
    yield { type, start, end: start + size, body };
    start += size;
  }
}

export const childrenOf = (bytes: Uint8Array, box: Box): Generator<Box> =>
  boxesIn(bytes, box.body, box.end);

export function childOf(bytes: Uint8Array, box: Box, type: string): Box | undefined {
  for (const child of childrenOf(bytes, box)) if (child.type === type) return child;
  return undefined;
}

/** A reader of a full box's fields, in order, that refuses to leave the box. */
export type FieldReader = {
  readonly version: number;
  readonly flags: number;
  /** Where the next field stands. */
  position(): number;
  uint32(): number;
  uint64(): number;
  int32(): number;
};

export function fieldsOf(bytes: Uint8Array, box: Box): FieldReader {
  const view = viewOf(bytes);
  let at = box.body;
  const take = (count: number): number => {
    if (at + count > box.end) throw new Mp4Error(`${box.type} at ${box.start} is cut short`);
    at += count;
    return at - count;
  };
  const head = view.getUint32(take(4));
  return {
    version: head >>> 24,
    flags: head & 0xffffff,
    position: () => at,
    uint32: () => view.getUint32(take(4)),
    uint64: () => {
      const value = Number(view.getBigUint64(take(8)));
      if (Number.isSafeInteger(value)) return value;
      throw new Mp4Error(`${box.type} at ${box.start} says ${value}, more than 2^53`);
    },
    int32: () => view.getInt32(take(4)),
  };
}

export const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
