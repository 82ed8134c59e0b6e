/** What a NUT stream (nut.txt, version 4) says before its first frame, as far as grey pictures need it. */

/** Reads on and on; what lies beyond the end reads as 0, and `short` tells. */
export class NutCursor {
  readonly bytes: Uint8Array;
  at: number;

  constructor(bytes: Uint8Array, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  get short(): boolean {
    return this.at > this.bytes.length;
  }

  byte(): number {
    return this.bytes[this.at++] ?? 0;
  }

  /** A number of variable length: seven bits a byte, the highest first. */
  number(): number {
    let value = 0;
    for (;;) {
      const byte = this.byte();
      value = value * 128 + (byte & 0x7f);
      if (byte < 0x80) return value;
    }
  }

  /** The same with a sign: 0, 1, -1, 2, -2 ... */
  signed(): number {
    const value = this.number() + 1;
    return value % 2 === 0 ? value / 2 : -(value - 1) / 2;
  }

  text(length: number): string {
    const from = this.at;
    this.at += length;
    return Buffer.from(this.bytes.subarray(from, this.at)).toString('latin1');
  }
}

/** What a frame's first byte stands for. */
export type FrameCode = {
  readonly flags: number;
  readonly timeStep: number;
  readonly sizeFactor: number;
  readonly sizeRest: number;
  readonly reserved: number;
  /** Other than 0: the frame's first bytes are left out, as they stand in the main header. */
  readonly elided: number;
};
export type NutStream = {
  readonly widthPx: number;
  readonly heightPx: number;
  /** A coded time below two to the power of this is the end of one only. */
  readonly timeBits: number;
};

export const frameFlag = {
  codedTime: 1 << 3,
  streamId: 1 << 4,
  sizeFactor: 1 << 5,
  checksum: 1 << 6,
  reserved: 1 << 7,
  sideData: 1 << 8,
  headerIndex: 1 << 10,
  matchTime: 1 << 11,
  coded: 1 << 12,
  invalid: 1 << 13,
} as const;

/** Packets other than frames begin with this byte, which no frame does. */
export const packetMark = 'N'.charCodeAt(0);
const versions: readonly number[] = [3, 4];

/** The main header: what the first byte of frames stands for, by byte. Null when it is not what is expected. */
export function parseMainHeader(cursor: NutCursor): readonly FrameCode[] | null {
  const version = cursor.number();
  if (!versions.includes(version)) return null;
  if (version > 3) cursor.number(); // minor version
  const streams = cursor.number();
  cursor.number(); // bytes between syncpoints
  const timeBases = cursor.number();
  if (streams !== 1 || timeBases !== 1) return null;
  cursor.number();
  cursor.number();
  return parseFrameCodes(cursor);
}

function parseFrameCodes(cursor: NutCursor): readonly FrameCode[] | null {
  const codes: FrameCode[] = [];
  let timeStep = 0;
  let sizeFactor = 1;
  let elided = 0;
  while (codes.length < 256) {
    if (cursor.short) return null;
    const flags = cursor.number();
    const fields = cursor.number();
    if (fields > 0) timeStep = cursor.signed();
    if (fields > 1) sizeFactor = cursor.number();
    if (fields > 2) cursor.number(); // the stream: there is one
    const size = fields > 3 ? cursor.number() : 0;
    const reserved = fields > 4 ? cursor.number() : 0;
    const count = fields > 5 ? cursor.number() : sizeFactor - size;
    if (fields > 6) cursor.signed(); // time of a match
    if (fields > 7) elided = cursor.number();
    for (let field = 8; field < fields; field++) cursor.number();
    if (count < 1) return null;
    for (let n = 0; n < count && codes.length < 256; n++) {
      if (codes.length === packetMark) codes.push({ ...unused });
      codes.push({ flags, timeStep, sizeFactor, sizeRest: size + n, reserved, elided });
    }
  }
  return codes.slice(0, 256);
}

const unused: FrameCode = {
  flags: frameFlag.invalid,
  timeStep: 0,
  sizeFactor: 0,
  sizeRest: 0,
  reserved: 0,
  elided: 0,
};

/** A stream header. Null when it is not of grey pictures that this project would ask for. */
export function parseStreamHeader(cursor: NutCursor): NutStream | null {
  const [id, kind] = [cursor.number(), cursor.number()];
  const codec = cursor.text(cursor.number());
  cursor.number(); // time base
  const timeBits = cursor.number();
  cursor.number(); // largest time step without a syncpoint
  cursor.number(); // decoding delay
  cursor.number(); // flags
  cursor.text(cursor.number()); // for the codec
  const [widthPx, heightPx] = [cursor.number(), cursor.number()];
  const sound =
    id === 0 &&
    kind === 0 &&
    codec === 'Y800' &&
    timeBits < 32 &&
    !cursor.short &&
    widthPx > 0 &&
    heightPx > 0 &&
    widthPx * heightPx <= 4096 * 4096;
  return sound ? { widthPx, heightPx, timeBits } : null;
}
