/**
 * Reads grey pictures with their time stamps as ffmpeg's NUT muxer writes them without syncpoints
 * (`-syncpoints none`). Of all its containers this is the one that adds a few bytes a picture and keeps any time base.
 */
import {
  type FrameCode,
  frameFlag,
  NutCursor,
  type NutStream,
  packetMark,
  parseMainHeader,
  parseStreamHeader,
} from './nut-head.ts';

export type NutReaderSink = {
  /** `luma` is the receiver's to keep. `stamp` is in ticks of the stream. */
  onPicture(stream: NutStream, luma: Uint8Array, stamp: number): void;
  /** A picture that is larger or smaller than those before it; what follows is not read. */
  onOtherSize(): void;
  onBroken(because: string): void;
};

export const nutOptions: readonly string[] = [
  ...['-c:v', 'rawvideo', '-pix_fmt', 'gray', '-f', 'nut', '-f_strict', 'experimental'],
  ...['-syncpoints', 'none', '-write_index', '0'],
];

const fileMark = 'nut/multimedia container\0';
const marks = {
  main: '4e4d7a561f5f04ad',
  stream: '4e5311405bf2f9db',
  syncpoint: '4e4be4adeeca4569',
  info: '4e49ab68b596ba78',
} as const;
/** Of a header, what the footage says of itself included; and of a frame's own head. */
const packetBytesMax = 1 << 20;
const frameHeadBytesMax = 64;
/** Packets longer than this have a checksum of their head. */
const shortPacketBytesMax = 4096;
const checksumBytes = 4;

export class NutReader {
  readonly #sink: NutReaderSink;
  #over = false;
  #begun = false;
  #codes: readonly FrameCode[] | null = null;
  #stream: NutStream | null = null;
  #stamp = 0;
  #kept: Uint8Array = new Uint8Array(0);
  #picture: Uint8Array | null = null;
  #filled = 0;
  readonly #spare: Uint8Array[] = [];

  constructor(sink: NutReaderSink) {
    this.#sink = sink;
  }

  /** The bytes are looked at, and not kept. After the first defect they are swallowed. */
  take(chunk: Uint8Array): void {
    let bytes = chunk;
    while (bytes.length > 0 && !this.#over) {
      if (this.#picture !== null) {
        bytes = bytes.subarray(this.#fill(this.#picture, bytes));
        continue;
      }
      if (this.#kept.length > 0) bytes = Buffer.concat([this.#kept, bytes]);
      const cursor = new NutCursor(bytes);
      const whole = this.#takeHead(cursor);
      if (this.#over) return;
      // A head that is not all there yet is read again from its beginning with what comes next.
      this.#kept = whole ? new Uint8Array(0) : bytes.slice();
      bytes = whole ? bytes.subarray(cursor.at) : new Uint8Array(0);
    }
  }

  /** Takes a picture back that nobody looks at any more: one of those to come gets its bytes. */
  takeBack(luma: Uint8Array): void {
    this.#spare.push(luma);
  }

  #fill(picture: Uint8Array, bytes: Uint8Array): number {
    const count = Math.min(bytes.length, picture.length - this.#filled);
    picture.set(count === bytes.length ? bytes : bytes.subarray(0, count), this.#filled);
    this.#filled += count;
    if (this.#filled === picture.length && this.#stream !== null) {
      this.#picture = null;
      this.#sink.onPicture(this.#stream, picture, this.#stamp);
    }
    return count;
  }

  /** Takes whatever stands before the next picture's bytes; false when some of it is still to come. */
  #takeHead(cursor: NutCursor): boolean {
    if (!this.#begun) {
      if (cursor.bytes.length < fileMark.length) return false;
      this.#begun = true;
      if (cursor.text(fileMark.length) !== fileMark) this.#break(cursor, 'no NUT stream');
      return true;
    }
    if (cursor.bytes[0] === packetMark) return this.#takePacket(cursor);
    return this.#takeFrameHead(cursor);
  }

  #takePacket(cursor: NutCursor): boolean {
    const mark = Buffer.from(cursor.text(8), 'latin1').toString('hex');
    const length = cursor.number();
    if (length > shortPacketBytesMax) cursor.at += checksumBytes;
    const end = cursor.at + length;
    if (length > packetBytesMax) this.#break(cursor, 'a header without end');
    else if (end > cursor.bytes.length) return false;
    else this.#takeBody(mark, new NutCursor(cursor.bytes.subarray(0, end), cursor.at));
    cursor.at = end;
    return true;
  }

  /** Headers come again and again, for readers that begin in the middle: the first ones are enough. */
  #takeBody(mark: string, body: NutCursor): void {
    switch (mark) {
      case marks.main:
        this.#codes ??= parseMainHeader(body);
        if (this.#codes === null) this.#break(body, 'another main header');
        return;
      case marks.stream:
        this.#stream ??= parseStreamHeader(body);
        if (this.#stream === null) this.#break(body, 'no stream of grey pictures');
        return;
      case marks.syncpoint:
        this.#stamp = body.number();
        return;
      case marks.info:
        return;
      default:
        this.#break(body, 'an unknown packet');
    }
  }

  #takeFrameHead(cursor: NutCursor): boolean {
    const code = this.#codes?.[cursor.byte()];
    const stream = this.#stream;
    if (code === undefined || stream === null) {
      this.#break(cursor, 'a frame before its headers');
      return true;
    }
    const coded = (code.flags & frameFlag.coded) === 0 ? 0 : cursor.number();
    const flags = code.flags ^ coded;
    const has = (flag: number): boolean => (flags & flag) !== 0;
    if (has(frameFlag.streamId)) cursor.number();
    const stamp = has(frameFlag.codedTime)
      ? wholeTime(cursor.number(), this.#stamp, stream.timeBits)
      : this.#stamp + code.timeStep;
    const factor = has(frameFlag.sizeFactor) ? cursor.number() : 0;
    if (has(frameFlag.matchTime)) cursor.signed();
    const elided = has(frameFlag.headerIndex) ? cursor.number() : code.elided;
    const reserved = has(frameFlag.reserved) ? cursor.number() : code.reserved;
    for (let n = 0; n < reserved && !cursor.short; n++) cursor.number();
    if (has(frameFlag.checksum)) cursor.at += checksumBytes;
    if (cursor.short && cursor.bytes.length < frameHeadBytesMax) return false;
    if (cursor.short || has(frameFlag.invalid) || has(frameFlag.sideData) || elided !== 0) {
      this.#break(cursor, 'no frame of its kind');
    } else this.#openPicture(stream, code.sizeRest + factor * code.sizeFactor, stamp);
    return true;
  }

  #openPicture({ widthPx, heightPx }: NutStream, length: number, stamp: number): void {
    if (length !== widthPx * heightPx) {
      this.#over = true;
      this.#sink.onOtherSize();
      return;
    }
    this.#stamp = stamp;
    // Every byte of it is written before it is handed on.
    this.#picture = this.#spare.pop() ?? new Uint8Array(Buffer.allocUnsafeSlow(length).buffer);
    this.#filled = 0;
  }

  #break({ bytes }: NutCursor, because: string): void {
    this.#over = true;
    const sample = JSON.stringify(Buffer.from(bytes.subarray(0, 24)).toString('latin1'));
    this.#sink.onBroken(`ffmpeg's luma output is not what was asked for: ${because} (${sample})`);
  }
}

/** A time of which only the end may be coded: then it is the one nearest to the last. */
function wholeTime(coded: number, last: number, bits: number): number {
  const span = 2 ** bits;
  if (coded >= span) return coded - span;
  const from = last - Math.floor((span - 1) / 2);
  const off = (coded - from) % span;
  return from + (off < 0 ? off + span : off);
}
