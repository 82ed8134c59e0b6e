/**
 * Reads the analysis pictures as ffmpeg writes them: YUV4MPEG2 with one grey plane. The format says its own size
 * and rate and marks every frame, so garbage on the pipe is noticed at once.
 */
import { Writable } from 'node:stream';

export type LumaFormat = {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly framesPerSecond: number;
};
export type LumaReaderSink = {
  /** `luma` is the receiver's to keep. `index` counts from 0. */
  onPicture(format: LumaFormat, luma: Uint8Array, index: number): void;
  onBroken(because: string): void;
};

const headerBytesMax = 256;
const frameMark = Buffer.from('FRAME');
const newline = 0x0a;

/** A stream to pipe ffmpeg's output into. It swallows everything after the first defect. */
export function createLumaReader(sink: LumaReaderSink): Writable {
  const reader = new LumaReader(sink);
  return new Writable({
    // fluent-ffmpeg kills ffmpeg when its output stream closes, which it may do before ffmpeg has exited.
    emitClose: false,
    write(chunk: Buffer, _encoding, done) {
      reader.take(chunk);
      done();
    },
  });
}

class LumaReader {
  readonly #sink: LumaReaderSink;
  #state: 'header' | 'frame-line' | 'picture' | 'broken' = 'header';
  #line: number[] = [];
  #format: LumaFormat | null = null;
  #picture: Uint8Array = new Uint8Array(0);
  #filled = 0;
  #index = 0;

  constructor(sink: LumaReaderSink) {
    this.#sink = sink;
  }

  take(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length && this.#state !== 'broken') {
      at = this.#state === 'picture' ? this.#takePicture(chunk, at) : this.#takeLine(chunk, at);
    }
  }

  #takePicture(chunk: Buffer, at: number): number {
    const count = Math.min(chunk.length - at, this.#picture.length - this.#filled);
    this.#picture.set(chunk.subarray(at, at + count), this.#filled);
    this.#filled += count;
    if (this.#filled === this.#picture.length && this.#format !== null) {
      this.#state = 'frame-line';
      this.#sink.onPicture(this.#format, this.#picture, this.#index++);
    }
    return at + count;
  }

  #takeLine(chunk: Buffer, at: number): number {
    const end = chunk.indexOf(newline, at);
    const stop = end < 0 ? chunk.length : end;
    for (let i = at; i < stop; i++) this.#line.push(chunk[i] ?? 0);
    if (this.#line.length > headerBytesMax) return this.#break(chunk, 'no line end in its header');
    if (end < 0) return chunk.length;
    const line = Buffer.from(this.#line);
    this.#line = [];
    return this.#state === 'header' ? this.#openStream(line, end) : this.#openFrame(line, end);
  }

  #openStream(line: Buffer, end: number): number {
    const format = parseHeader(line.toString('latin1'));
    if (format === null) return this.#break(line, 'no YUV4MPEG2 header');
    this.#format = format;
    this.#state = 'frame-line';
    return end + 1;
  }

  #openFrame(line: Buffer, end: number): number {
    const format = this.#format;
    if (format === null || !line.subarray(0, frameMark.length).equals(frameMark)) {
      return this.#break(line, 'a frame does not begin with FRAME');
    }
    // A buffer of its own for each picture: the receiver may keep it.
    this.#picture = new Uint8Array(format.widthPx * format.heightPx);
    this.#filled = 0;
    this.#state = 'picture';
    return end + 1;
  }

  #break(found: Buffer, because: string): number {
    this.#state = 'broken';
    this.#line = [];
    const sample = JSON.stringify(found.subarray(0, 24).toString('latin1'));
    this.#sink.onBroken(`ffmpeg's luma output is not what was asked for: ${because} (${sample})`);
    return Number.MAX_SAFE_INTEGER;
  }
}

/** For example `YUV4MPEG2 W320 H180 F5:1 Ip A1:1 Cmono`. */
function parseHeader(line: string): LumaFormat | null {
  const [magic, ...fields] = line.split(' ');
  if (magic !== 'YUV4MPEG2') return null;
  const field = (letter: string): string => fields.find((f) => f[0] === letter)?.slice(1) ?? '';
  const widthPx = Number(field('W'));
  const heightPx = Number(field('H'));
  const [numerator, denominator] = field('F').split(':').map(Number);
  const framesPerSecond = (numerator ?? 0) / (denominator ?? 0);
  const sound =
    Number.isInteger(widthPx) &&
    Number.isInteger(heightPx) &&
    widthPx > 0 &&
    heightPx > 0 &&
    widthPx * heightPx <= 4096 * 4096 &&
    framesPerSecond > 0 &&
    Number.isFinite(framesPerSecond) &&
    field('C') === 'mono';
  return sound ? { widthPx, heightPx, framesPerSecond } : null;
}
