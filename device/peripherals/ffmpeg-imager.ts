/** Camera, scaler and encoder of this host: ffmpeg, watched and started anew after faults. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Clock,
  type Imager,
  ImagerError,
  type ImagerSettings,
  type ImagerSink,
  type LiveSettings,
  type Still,
  type StillSettings,
  type Timer,
} from '../board.ts';
import { type DurationMs, milliseconds, type UptimeMs, uptimeMs } from '../wire/time.ts';
import { withoutSecrets } from './camera-address.ts';
import { CameraStream } from './camera-stream.ts';
import { type CameraSettings, defaultCamera, type VideoPath } from './encoder-plan.ts';
import { type Prepared, prepareEncoder } from './encoder-preparation.ts';
import { type EncoderEnd, EncoderRun } from './encoder-run.ts';
import type { FfmpegBinary } from './ffmpeg-binary.ts';
import { ProbeTimeoutError } from './footage-probe.ts';
import { type FootageSource, isFast, isPaced, isReplayed, sourceName } from './footage-source.ts';
import { limits } from './limits.ts';
import { LiveView } from './live-view.ts';
import { StillMaker } from './still-picture.ts';

export type FfmpegImagerParts = {
  readonly clock: Clock;
  /** An ffmpeg with libx264. */
  readonly binary: Pick<FfmpegBinary, 'path' | 'timing'>;
  readonly source: FootageSource;
  readonly encoder: VideoPath | 'auto';
  readonly camera?: CameraSettings;
  /**
   * How far the footage has played in this run, the uptime at which the run's first picture was taken, and the length
   * of one round of looped footage.
   */
  readonly onProgress?: (footageMs: number, startedAt: UptimeMs, loopMs: number | null) => void;
  /** What ffmpeg says; for the log. */
  readonly onLine?: (line: string) => void;
};

type Wanted = { readonly settings: ImagerSettings; readonly sink: ImagerSink };

export class FfmpegImager implements Imager {
  readonly #parts: FfmpegImagerParts;
  readonly #camera: CameraSettings;
  readonly #live: LiveView;
  readonly #stills: StillMaker;
  #wanted: Wanted | null = null;
  #folder: string | null = null;
  #run: EncoderRun | null = null;
  #stream: CameraStream | null = null;
  /** Where all streams so far end: the next one begins no earlier. */
  #endsAt: UptimeMs = uptimeMs(0);
  #lines: string[] = [];
  #restart: Timer | null = null;
  #restartMs: DurationMs = limits.restartMs;
  #runs = 0;
  #firstPicture: { resolve: () => void; reject: (error: ImagerError) => void } | null = null;
  #stopped: (() => void) | null = null;

  constructor(parts: FfmpegImagerParts) {
    this.#parts = parts;
    this.#camera = parts.camera ?? defaultCamera;
    this.#live = new LiveView({ clock: parts.clock, binary: parts.binary.path });
    this.#stills = new StillMaker(parts);
  }

  /** Throws ImagerError for what can never work; anything else is a fault, and tried again. */
  async start(settings: ImagerSettings, sink: ImagerSink): Promise<void> {
    if (this.#wanted !== null) throw new ImagerError('the imager is running already');
    const wanted = { settings, sink };
    this.#wanted = wanted;
    // A private folder: who could connect to the socket in it would see the video.
    const folder = await mkdtemp(join(tmpdir(), `doorbell-imager-${process.pid}-`));
    if (this.#wanted !== wanted) {
      await rm(folder, { recursive: true, force: true });
      throw new ImagerError('stopped before the first picture');
    }
    this.#folder = folder;
    const first = new Promise<void>((resolve, reject) => {
      this.#firstPicture = { resolve, reject };
    });
    void this.#launch(wanted);
    await first;
  }

  async still(wanted: StillSettings): Promise<Still> {
    const group = this.#stream?.group ?? null;
    if (group === null) throw new ImagerError('no picture yet');
    return this.#stills.make(group, wanted);
  }

  liveFrames(wanted: LiveSettings, onFrame: (jpeg: Uint8Array) => void): Timer {
    return this.#live.watch(wanted, onFrame, this.#stream?.group ?? null);
  }

  async stop(): Promise<void> {
    if (this.#wanted === null) return;
    const folder = this.#folder;
    this.#wanted = null;
    this.#folder = null;
    this.#restart?.cancel();
    this.#live.stop();
    this.#firstPicture?.reject(new ImagerError('stopped before the first picture'));
    this.#firstPicture = null;
    if (this.#run !== null) {
      const ended = new Promise<void>((resolve) => {
        this.#stopped = resolve;
      });
      this.#run.stop();
      await ended;
    }
    if (folder !== null) await rm(folder, { recursive: true, force: true });
  }

  async #launch(wanted: Wanted): Promise<void> {
    try {
      await this.#startRun(wanted);
    } catch (error) {
      if (this.#wanted !== wanted) return;
      if (error instanceof ImagerError && this.#isHopeless()) this.#giveUp(error);
      else if (error instanceof ImagerError || error instanceof ProbeTimeoutError) {
        this.#fault(wanted, error.message);
      } else throw error;
    }
  }

  async #startRun(wanted: Wanted): Promise<void> {
    const { clock, binary } = this.#parts;
    const folder = this.#folder;
    if (folder === null) return;
    const prepared = await prepareEncoder(
      { ...this.#parts, binary: binary.path, camera: this.#camera, folder },
      wanted.settings,
    );
    if (this.#wanted !== wanted) return;
    const stream = this.#openStream(wanted, prepared);
    this.#stream = stream;
    this.#lines = [];
    const startedAt = clock.uptime();
    const socketPath = join(folder, `video-${++this.#runs}.sock`);
    const run: EncoderRun = new EncoderRun({ clock, binary, socketPath }, prepared.plan, {
      onPicture: (format, luma, index) => {
        stream.takePicture(format, luma, index);
        this.#firstPicture?.resolve();
        this.#firstPicture = null;
      },
      onHead: (head) => stream.takeHead(head),
      onMovie: (bytes) => stream.takeMovie(bytes),
      onSample: (sample) => stream.takeSample(sample),
      onLine: (line) => {
        // Said when the clock of -re starts to run.
        if (isPaced(this.#parts.source) && line.startsWith('Stream mapping:')) stream.paceFromNow();
        this.#hear(line);
      },
      onEnd: (end) => this.#runEnded(wanted, stream, end, startedAt),
    });
    this.#run = run;
  }

  #openStream(wanted: Wanted, { facts, loopMs }: Prepared): CameraStream {
    return new CameraStream({
      uptime: () => this.#parts.clock.uptime(),
      notBefore: this.#endsAt,
      framesPerSecond: this.#camera.framesPerSecond,
      colorMatrix: facts.colorMatrix,
      continuous: this.#runs === 0,
      inOrder: isFast(this.#parts.source),
      sink: wanted.sink,
      onMovie: (init, movie, startsGroup) =>
        this.#live.feed({ init, colorMatrix: facts.colorMatrix }, movie, startsGroup),
      onProgress: (footageMs, startedAt) => this.#parts.onProgress?.(footageMs, startedAt, loopMs),
    });
  }

  /** What ffmpeg says repeats a camera's address, which may hold its password. */
  #withoutSecrets(text: string): string {
    const { source } = this.#parts;
    return source.kind === 'url' ? withoutSecrets(text, source.url) : text;
  }

  #hear(said: string): void {
    const line = this.#withoutSecrets(said);
    this.#parts.onLine?.(line);
    this.#lines.push(line);
    if (this.#lines.length > limits.encoderLinesKept) this.#lines.shift();
  }

  #runEnded(wanted: Wanted, stream: CameraStream, end: EncoderEnd, startedAt: UptimeMs): void {
    this.#run = null;
    if (this.#wanted === wanted && end.how !== 'broken') stream.end();
    this.#endsAt = stream.endsAt;
    if (this.#stream === stream) this.#stream = null;
    this.#live.reset();
    this.#stills.reset();
    this.#stopped?.();
    this.#stopped = null;
    if (this.#wanted !== wanted) return;
    if (this.#parts.clock.uptime() - startedAt >= limits.soundStreamMs) {
      this.#restartMs = limits.restartMs;
    }
    const replayed = isReplayed(this.#parts.source);
    if (end.how === 'finished' && replayed && this.#firstPicture === null) {
      wanted.sink.onFault({ ended: true, because: end.because });
      return;
    }
    const told = this.#complaint(end.because);
    const ended = end.how === 'exited' || end.how === 'finished';
    if (ended && this.#runs === 1 && this.#isHopeless()) {
      this.#giveUp(
        new ImagerError(`${sourceName(this.#parts.source)}: no picture came out of it: ${told}`),
      );
    } else if (end.how === 'finished' && replayed) {
      wanted.sink.onFault({ ended: true, because: end.because });
    } else this.#fault(wanted, told);
  }

  /** Footage that ffmpeg gives up on before its first picture will not get better. */
  #isHopeless(): boolean {
    return this.#firstPicture !== null && isReplayed(this.#parts.source);
  }

  /** What ffmpeg said last, where it says why. */
  #complaint(said: string): string {
    const line = this.#lines.findLast((l) => /error|invalid|failed|cannot|unable/i.test(l));
    const because = this.#withoutSecrets(said);
    return line === undefined || because.includes(line) ? because : `${because} (${line})`;
  }

  #giveUp(error: ImagerError): void {
    const first = this.#firstPicture;
    this.#firstPicture = null;
    first?.reject(error);
    // After a refusal `start` may be called again.
    void this.stop();
  }

  #fault(wanted: Wanted, because: string): void {
    wanted.sink.onFault({ ended: false, because });
    if (this.#wanted !== wanted) return;
    this.#restart = this.#parts.clock.setTimer('imager-restart', this.#restartMs, () => {
      void this.#launch(wanted);
    });
    this.#restartMs = milliseconds(Math.min(this.#restartMs * 2, limits.restartMsMax));
  }
}
