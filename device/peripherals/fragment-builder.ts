/**
 * Regroups single samples into fragments: each starts on an IDR picture, lasts at most a second and carries
 * the sound of the same span. Times are of the stream; the imager sets them on the device's clock.
 */
import { Mp4Error } from '../wire/mp4-boxes.ts';
import { limits } from './limits.ts';
import type { MediaHead } from './media-head.ts';
import { words, writeBox } from './mp4-boxes.ts';
import { isIdr, type Sample } from './sample-reader.ts';

export type StreamFragment = {
  readonly bytes: Buffer;
  /** Since the stream's first picture. */
  readonly startMs: number;
  readonly durationMs: number;
  readonly decodeTimes: readonly { readonly trackId: number; readonly time: number }[];
};

/** `take` gives a fragment whenever an IDR picture ends the one before. Throws Mp4Error. */
export class FragmentBuilder {
  readonly #head: MediaHead;
  #video: Sample[] = [];
  #audio: Sample[] = [];
  #sequence = 0;
  #origin: number | null = null;

  constructor(head: MediaHead) {
    this.#head = head;
  }

  /** Whether `sample` starts a new group of pictures. */
  startsGroup(sample: Sample): boolean {
    return this.#isVideo(sample) && isIdr(sample.bytes, this.#head.nalLengthBytes);
  }

  take(sample: Sample): StreamFragment | null {
    if (!this.#isVideo(sample)) {
      this.#audio.push(sample);
      return null;
    }
    const idr = this.startsGroup(sample);
    const closed = idr && this.#video.length > 0 ? this.#close(sample.time) : null;
    // Before the first IDR nothing can be decoded.
    if (idr || this.#video.length > 0) this.#video.push(sample);
    this.#checkLength();
    return closed;
  }

  /** What is left at the stream's end, or null. */
  flush(): StreamFragment | null {
    return this.#video.length === 0 ? null : this.#close(Number.POSITIVE_INFINITY);
  }

  #isVideo(sample: Sample): boolean {
    return sample.trackId === this.#head.video.trackId;
  }

  #checkLength(): void {
    const first = this.#video[0];
    const last = this.#video.at(-1);
    if (first === undefined || last === undefined) return;
    const ms = this.#ms(last.time - first.time);
    if (ms > limits.fragmentMsMax) {
      throw new Mp4Error(`no IDR picture for ${ms} ms, expected one every ${limits.fragmentMsMax}`);
    }
  }

  #close(endTime: number): StreamFragment {
    const video = this.#withSteadyStart(this.#video);
    this.#video = [];
    const first = video[0];
    if (first === undefined) throw new Mp4Error('a fragment without pictures');
    this.#origin ??= first.time;
    const audio = this.#soundBefore(endTime);
    const runs = audio.length === 0 ? [video] : [video, audio];
    const duration = video.reduce((sum, sample) => sum + sample.duration, 0);
    return {
      bytes: writeFragment(++this.#sequence, runs),
      startMs: this.#ms(first.time - this.#origin),
      durationMs: this.#ms(duration),
      decodeTimes: runs.flatMap(([sample]) =>
        sample === undefined ? [] : [{ trackId: sample.trackId, time: sample.time }],
      ),
    };
  }

  /**
   * The AAC encoder's priming pushes the video some 20 ms back, and ffmpeg's muxer then stretches the very first
   * picture to reach from 0 to the second one. It is given the length of its neighbour again.
   */
  #withSteadyStart(video: Sample[]): Sample[] {
    const [first, second] = video;
    if (this.#origin !== null || first === undefined || second === undefined) return video;
    if (first.duration <= second.duration) return video;
    const time = first.time + first.duration - second.duration;
    return [{ ...first, time, duration: second.duration }, ...video.slice(1)];
  }

  #soundBefore(endTime: number): Sample[] {
    const track = this.#head.audio;
    if (track === null) return [];
    const end = (endTime / this.#head.video.timescaleHz) * track.timescaleHz;
    const later = this.#audio.findIndex((sample) => sample.time >= end);
    return this.#audio.splice(0, later < 0 ? this.#audio.length : later);
  }

  #ms(ticks: number): number {
    return (ticks * 1000) / this.#head.video.timescaleHz;
  }
}

const trunFlags = 0x1 | 0x100 | 0x200 | 0x400 | 0x800;

/** One `moof` with a track fragment for each run, and one `mdat` with their bytes in the same order. */
function writeFragment(sequence: number, runs: readonly (readonly Sample[])[]): Buffer {
  const head = (offsets: readonly number[]): Buffer =>
    writeBox(
      'moof',
      writeBox('mfhd', words(0, 0, sequence)),
      ...runs.map((run, i) => writeTrackFragment(run, offsets[i] ?? 0)),
    );
  // The data offsets' values do not change the size of the box they stand in.
  let offset = head([]).length + 8;
  const offsets = runs.map((run) => {
    const start = offset;
    offset += bytesOf(run);
    return start;
  });
  const samples = runs.flatMap((run) => run.map((sample) => sample.bytes));
  return Buffer.concat([head(offsets), writeBox('mdat', ...samples)]);
}

const bytesOf = (run: readonly Sample[]): number =>
  run.reduce((sum, sample) => sum + sample.bytes.length, 0);

function writeTrackFragment(run: readonly Sample[], dataOffset: number): Buffer {
  const first = run[0];
  const time = Buffer.alloc(12);
  time.writeUInt8(1, 0);
  time.writeBigUInt64BE(BigInt(first?.time ?? 0), 4);
  const entries = run.flatMap((s) => [s.duration, s.bytes.length, s.flags, s.compositionOffset]);
  return writeBox(
    'traf',
    // 0x020000: offsets count from the start of this moof.
    writeBox('tfhd', words(0, 0x020000, first?.trackId ?? 0)),
    writeBox('tfdt', time),
    writeBox('trun', words(1, trunFlags, run.length, dataOffset, ...entries)),
  );
}
