/** Turns what one run of ffmpeg gives into what the firmware sees, on the device's clock. */
import type { Fragment, ImagerSink, MediaInit } from '../board.ts';
import { later, milliseconds, type UptimeMs, uptimeMs } from '../wire/time.ts';
import type { ColorMatrix } from './footage-probe.ts';
import { FragmentBuilder, type StreamFragment } from './fragment-builder.ts';
import type { LumaFormat } from './luma-reader.ts';
import type { MediaHead } from './media-head.ts';
import { ReplayOrder } from './replay-order.ts';
import type { Sample } from './sample-reader.ts';

/** What is needed to decode the newest picture: the head, and each picture since the last IDR. */
export type PictureGroup = {
  readonly init: MediaInit;
  readonly colorMatrix: ColorMatrix;
  readonly movies: readonly Buffer[];
  readonly at: UptimeMs;
};

export type CameraStreamParts = {
  readonly uptime: () => UptimeMs;
  /** The stream before, which may have run ahead of the clock, ended here. */
  readonly notBefore: UptimeMs;
  readonly framesPerSecond: number;
  readonly colorMatrix: ColorMatrix;
  /** False for a stream after a fault. */
  readonly continuous: boolean;
  /**
   * Whether luma and fragments are handed on in the order of their media time, so that a replay gives the same
   * verdicts each time. It delays luma by what the encoder holds back, so a watched doorbell goes without.
   */
  readonly inOrder: boolean;
  readonly sink: Pick<ImagerSink, 'onLuma' | 'onMediaInit' | 'onFragment'>;
  /** Each picture of the encoder, for the live view: the head first, then `moof` and `mdat`. */
  readonly onMovie: (init: MediaInit, movie: Buffer, startsGroup: boolean) => void;
  /** How far the footage has played, and at which uptime that was. */
  readonly onProgress: (footageMs: number, startedAt: UptimeMs) => void;
};

export class CameraStream {
  readonly #parts: CameraStreamParts;
  readonly #order: ReplayOrder | null;
  #origin: UptimeMs | null = null;
  #newestLumaAt: UptimeMs;
  #head: MediaHead | null = null;
  #builder: FragmentBuilder | null = null;
  #movie: Buffer = Buffer.alloc(0);
  #movies: Buffer[] = [];
  #firstVideoEnd: number | null = null;
  #newestMs = 0;
  #endsAt: UptimeMs;
  #continuous: boolean;

  constructor(parts: CameraStreamParts) {
    this.#parts = parts;
    this.#order = parts.inOrder ? new ReplayOrder() : null;
    this.#continuous = parts.continuous;
    this.#endsAt = parts.notBefore;
    this.#newestLumaAt = parts.notBefore;
  }

  /** The newest picture's group, or null before the first IDR. */
  get group(): PictureGroup | null {
    if (this.#head === null || this.#movies.length === 0) return null;
    const { colorMatrix } = this.#parts;
    return {
      init: this.#head.init,
      colorMatrix,
      movies: [...this.#movies],
      at: this.#at(this.#newestMs),
    };
  }

  /** No picture of it comes later, so far. */
  get endsAt(): UptimeMs {
    return this.#endsAt;
  }

  /**
   * ffmpeg has begun to read at the footage's own pace: media time runs from here, however long it takes until the
   * first picture comes out. Without it the pictures that follow in a burst would lie in the future.
   */
  paceFromNow(): void {
    this.#begin(this.#parts.uptime());
  }

  takePicture(format: LumaFormat, luma: Uint8Array, index: number): void {
    const footageMs = (index * 1000) / format.framesPerSecond;
    const { widthPx, heightPx } = format;
    this.#cameBy(footageMs);
    // Luma comes behind the video, which may just have shown that all was sooner: its time never goes back.
    const at = uptimeMs(Math.max(this.#newestLumaAt, this.#at(footageMs)));
    this.#newestLumaAt = at;
    const frame = { widthPx, heightPx, luma, at };
    this.#reach(frame.at);
    const handOn = (): void => {
      this.#parts.onProgress(footageMs, this.#start());
      this.#parts.sink.onLuma(frame);
    };
    if (this.#order === null) handOn();
    else this.#order.takeLuma(footageMs, handOn);
  }

  takeHead(head: MediaHead): void {
    this.#head = head;
    this.#builder = new FragmentBuilder(head);
    this.#start();
    this.#parts.sink.onMediaInit(head.init);
  }

  takeMovie(movie: Buffer): void {
    this.#movie = movie;
  }

  /** Throws Mp4Error. */
  takeSample(sample: Sample): void {
    const builder = this.#builder;
    const head = this.#head;
    if (builder === null || head === null) return;
    if (sample.trackId === head.video.trackId) this.#takeVideo(sample, head, builder);
    const fragment = builder.take(sample);
    if (fragment !== null) this.#emit(fragment);
  }

  /** Hands on what is left. */
  end(): void {
    const fragment = this.#builder?.flush() ?? null;
    if (fragment !== null) this.#emit(fragment);
    this.#order?.end();
  }

  #takeVideo(sample: Sample, head: MediaHead, builder: FragmentBuilder): void {
    const startsGroup = builder.startsGroup(sample);
    if (startsGroup) this.#movies = [];
    if (startsGroup || this.#movies.length > 0) this.#movies.push(this.#movie);
    // By their ends: the first picture's beginning is not always right (fragment-builder.ts).
    const end = sample.time + sample.duration;
    this.#firstVideoEnd ??= end;
    this.#newestMs = ((end - this.#firstVideoEnd) * 1000) / head.video.timescaleHz;
    this.#cameBy(this.#newestMs);
    this.#parts.onMovie(head.init, this.#movie, startsGroup);
    if (this.#order === null) this.#parts.onProgress(this.#newestMs, this.#start());
    else this.#order.sawVideo(this.#newestMs);
  }

  #emit(built: StreamFragment): void {
    const fragment: Fragment = {
      bytes: built.bytes,
      at: this.#at(built.startMs),
      durationMs: milliseconds(Math.round(built.durationMs)),
      decodeTimes: built.decodeTimes,
      continuous: this.#continuous,
    };
    this.#continuous = true;
    this.#reach(later(fragment.at, fragment.durationMs));
    const handOn = (): void => this.#parts.sink.onFragment(fragment);
    if (this.#order === null) handOn();
    else this.#order.takeFragment(built.startMs + built.durationMs, handOn);
  }

  /** The picture that comes first was taken one picture ago: ffmpeg holds one back to know its length. */
  #start(): UptimeMs {
    const { uptime, framesPerSecond } = this.#parts;
    return this.#origin ?? this.#begin(uptimeMs(Math.round(uptime() - 1000 / framesPerSecond)));
  }

  #begin(at: UptimeMs): UptimeMs {
    this.#origin ??= uptimeMs(Math.max(this.#parts.notBefore, at));
    return this.#origin;
  }

  /**
   * Nothing that is watched lies in the future: what comes before its time shows that the footage began sooner than was
   * heard here, where this process waited for a processor meanwhile.
   */
  #cameBy(footageMs: number): void {
    if (this.#order !== null) return;
    const latest = Math.max(this.#parts.notBefore, this.#parts.uptime() - Math.round(footageMs));
    this.#origin = uptimeMs(Math.min(this.#start(), latest));
  }

  #reach(at: UptimeMs): void {
    this.#endsAt = uptimeMs(Math.max(this.#endsAt, at));
  }

  #at(footageMs: number): UptimeMs {
    return later(this.#start(), milliseconds(Math.round(footageMs)));
  }
}
