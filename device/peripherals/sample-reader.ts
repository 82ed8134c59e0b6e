/**
 * Reads ffmpeg's fragmented MP4 as it arrives, sample by sample. mediabunny reads whole files or grows with the
 * stream; this keeps at most one box.
 */
import { Mp4Error } from '../wire/mp4-boxes.ts';
import { limits } from './limits.ts';
import { type MediaHead, readMediaHead, type Track } from './media-head.ts';
import { boxesIn, needBox, parseBoxes } from './mp4-boxes.ts';

export type Sample = {
  readonly trackId: number;
  /** Decode time and duration, in the track's timescale. */
  readonly time: number;
  readonly duration: number;
  readonly compositionOffset: number;
  readonly flags: number;
  readonly bytes: Buffer;
};
export type SampleReaderSink = {
  onHead(head: MediaHead): void;
  onSample(sample: Sample): void;
  /** A `moof` with its `mdat` as ffmpeg wrote them; called before their samples. */
  onMovie(bytes: Buffer): void;
};

/**
 * `take` throws Mp4Error at what is not a fragmented MP4. It copies what it keeps: the chunk may be used again for the
 * next read.
 */
export class SampleReader {
  readonly #sink: SampleReaderSink;
  #pending: Buffer = Buffer.allocUnsafeSlow(256 * 1024);
  #pendingBytes = 0;
  #ftyp: Buffer | null = null;
  #head: MediaHead | null = null;
  readonly #ends = new Map<number, number>();

  constructor(sink: SampleReaderSink) {
    this.#sink = sink;
  }

  take(chunk: Uint8Array): void {
    this.#append(chunk);
    let at = 0;
    for (;;) {
      const rest = this.#pending.subarray(at, this.#pendingBytes);
      const size = unitSize(rest);
      if (size === null || size > rest.length) break;
      this.#takeUnit(rest.subarray(0, size));
      at += size;
    }
    if (at === 0) return;
    this.#pending.copyWithin(0, at, this.#pendingBytes);
    this.#pendingBytes -= at;
  }

  #append(chunk: Uint8Array): void {
    const needed = this.#pendingBytes + chunk.length;
    if (needed > this.#pending.length) {
      const larger = Buffer.allocUnsafeSlow(needed * 2);
      this.#pending.copy(larger, 0, 0, this.#pendingBytes);
      this.#pending = larger;
    }
    this.#pending.set(chunk, this.#pendingBytes);
    this.#pendingBytes = needed;
  }

  #takeUnit(unit: Buffer): void {
    const type = typeOf(unit);
    if (this.#ftyp === null && type !== 'ftyp') throw notMp4(unit);
    if (type === 'ftyp') this.#ftyp = Buffer.from(unit);
    else if (type === 'moov') this.#takeHead(unit);
    else if (type === 'moof') this.#takeMovie(Buffer.from(unit));
  }

  #takeHead(moov: Buffer): void {
    const ftyp = this.#ftyp ?? Buffer.alloc(0);
    this.#head = parseBoxes(() => readMediaHead(ftyp, Buffer.from(moov)));
    this.#sink.onHead(this.#head);
  }

  #takeMovie(movie: Buffer): void {
    const head = this.#head;
    if (head === null) throw new Mp4Error('moof without moov');
    const samples = parseBoxes(() => samplesOf(movie, head));
    this.#sink.onMovie(movie);
    for (const sample of samples) this.#sink.onSample(this.#repaired(sample));
  }

  /**
   * ffmpeg 5 writes some single-sample fragments with no duration and the decode time of their end; the end
   * is right in all of them, so such a sample lasts from the end of the one before.
   */
  #repaired(sample: Sample): Sample {
    const from = this.#ends.get(sample.trackId);
    this.#ends.set(sample.trackId, sample.time + sample.duration);
    return sample.duration === 0 && from !== undefined && from < sample.time
      ? { ...sample, time: from, duration: sample.time - from }
      : sample;
  }
}

/** Bytes of the next box, a `moof` together with its `mdat`; null while it cannot be told. */
function unitSize(bytes: Buffer): number | null {
  const size = boxSize(bytes);
  if (size === null || typeOf(bytes) !== 'moof') return size;
  const next = bytes.subarray(size);
  const nextSize = boxSize(next);
  if (nextSize === null) return null;
  if (typeOf(next) !== 'mdat') throw new Mp4Error(`${typeOf(next)} after moof, expected mdat`);
  return size + nextSize;
}

function boxSize(bytes: Buffer): number | null {
  if (bytes.length < 8) return null;
  const size = bytes.readUInt32BE(0);
  if (size < 8 || size > limits.boxBytesMax) throw notMp4(bytes);
  return size;
}

const typeOf = (box: Buffer): string => box.toString('latin1', 4, 8);

const notMp4 = (found: Buffer): Mp4Error =>
  new Mp4Error(
    `ffmpeg's video output is not MP4: ${JSON.stringify(found.toString('latin1', 0, 24))}`,
  );

/** The samples of a `moof` and its `mdat`, track after track. */
function samplesOf(movie: Buffer, head: MediaHead): readonly Sample[] {
  const samples: Sample[] = [];
  for (const { type, body } of boxesIn(movie.subarray(8, movie.readUInt32BE(0)))) {
    if (type !== 'traf') continue;
    const tfhd = needBox(body, 'tfhd');
    const trackId = tfhd.readUInt32BE(4);
    const track = [head.video, head.audio].find((t) => t?.trackId === trackId);
    if (track === null || track === undefined) continue;
    const defaults = readDefaults(tfhd, track);
    const tfdt = needBox(body, 'tfdt');
    let time = tfdt[0] === 1 ? Number(tfdt.readBigUInt64BE(4)) : tfdt.readUInt32BE(4);
    for (const run of boxesIn(body)) {
      if (run.type !== 'trun') continue;
      for (const sample of readRun(run.body, trackId, time, defaults, movie)) {
        samples.push(sample);
        time += sample.duration;
      }
    }
  }
  return samples;
}

function readDefaults(tfhd: Buffer, track: Track): Track['defaults'] {
  const flags = tfhd.readUIntBE(1, 3);
  let at = 8 + ((flags & 0x1) !== 0 ? 8 : 0) + ((flags & 0x2) !== 0 ? 4 : 0);
  const next = (present: boolean, otherwise: number): number => {
    if (!present) return otherwise;
    at += 4;
    return tfhd.readUInt32BE(at - 4);
  };
  return {
    duration: next((flags & 0x8) !== 0, track.defaults.duration),
    size: next((flags & 0x10) !== 0, track.defaults.size),
    flags: next((flags & 0x20) !== 0, track.defaults.flags),
  };
}

/** The samples of one `trun`; data offsets count from the start of the `moof`. */
function* readRun(
  trun: Buffer,
  trackId: number,
  firstTime: number,
  defaults: Track['defaults'],
  movie: Buffer,
): Generator<Sample> {
  const flags = trun.readUIntBE(1, 3);
  const count = trun.readUInt32BE(4);
  if (count > limits.groupSamplesMax) throw new Mp4Error(`a run of ${count} samples`);
  let at = 8;
  const word = (): number => {
    at += 4;
    return trun.readUInt32BE(at - 4);
  };
  let offset = (flags & 0x1) !== 0 ? word() : 0;
  const firstFlags = (flags & 0x4) !== 0 ? word() : null;
  let time = firstTime;
  for (let i = 0; i < count; i++) {
    const duration = (flags & 0x100) !== 0 ? word() : defaults.duration;
    const size = (flags & 0x200) !== 0 ? word() : defaults.size;
    const ownFlags = (flags & 0x400) !== 0 ? word() : defaults.flags;
    const compositionOffset = (flags & 0x800) !== 0 ? word() | 0 : 0;
    if (offset + size > movie.length) throw new Mp4Error('a sample reaches past its mdat');
    const bytes = movie.subarray(offset, offset + size);
    const sampleFlags = i === 0 && firstFlags !== null ? firstFlags : ownFlags;
    yield { trackId, time, duration, compositionOffset, flags: sampleFlags, bytes };
    offset += size;
    time += duration;
  }
}

/** Whether a sample in AVC format holds an IDR slice (NAL unit type 5). */
export function isIdr(bytes: Buffer, nalLengthBytes: number): boolean {
  let at = 0;
  while (at + nalLengthBytes < bytes.length) {
    const length = bytes.readUIntBE(at, nalLengthBytes);
    if (((bytes[at + nalLengthBytes] ?? 0) & 0x1f) === 5) return true;
    at += nalLengthBytes + length;
  }
  return false;
}
