/** One run of ffmpeg, driven by fluent-ffmpeg: luma comes by its pipe, MP4 by a socket in a private folder. */

import { connect, type Socket } from 'node:net';
import ffmpeg from 'fluent-ffmpeg';
import type { Clock, Timer } from '../board.ts';
import { Mp4Error } from '../wire/mp4-boxes.ts';
import { milliseconds } from '../wire/time.ts';
import type { EncoderPlan } from './encoder-plan.ts';
import { limits } from './limits.ts';
import { createLumaReader, type LumaFormat } from './luma-reader.ts';
import { SampleReader, type SampleReaderSink } from './sample-reader.ts';

export type EncoderRunSink = SampleReaderSink & {
  onPicture(format: LumaFormat, luma: Uint8Array, index: number): void;
  /** What ffmpeg says, line by line. */
  onLine(line: string): void;
  /** The last call of a run; what it gave before has been handed on. */
  onEnd(end: EncoderEnd): void;
};
export type EncoderEnd = {
  /** `finished`: the footage is at its end. `exited`: by itself, with an error. `crashed`: by a signal not ours. */
  readonly how: 'finished' | 'exited' | 'crashed' | 'killed' | 'hung' | 'broken';
  readonly because: string;
};

/**
 * fluent-ffmpeg asks a binary for its formats and encoders before it runs it, and from ffmpeg 7 on misreads the list:
 * lavfi and V4L2 are marked as devices, and passed for unknown. What ffmpeg lacks it says itself, sooner.
 */
const trusted = { _checkCapabilities: (done: () => void): void => queueMicrotask(done) };

export class EncoderRun {
  readonly #clock: Clock;
  readonly #sink: EncoderRunSink;
  readonly #command: ffmpeg.FfmpegCommand;
  readonly #socketPath: string;
  readonly #killAtExit = (): void => this.#signal('SIGKILL');
  #socket: Socket | null = null;
  #watch: Timer | null = null;
  #heard = false;
  #end: EncoderEnd | null = null;
  #started = false;
  #exited = false;
  #lumaDone = false;
  #reported = false;

  /** `socketPath` is new, in a folder of mode 0700. Starts at once. */
  constructor(
    parts: {
      readonly clock: Clock;
      readonly binary: { readonly path: string };
      readonly socketPath: string;
    },
    plan: EncoderPlan,
    sink: EncoderRunSink,
  ) {
    this.#clock = parts.clock;
    this.#sink = sink;
    this.#socketPath = parts.socketPath;
    this.#command = this.#build(parts.binary.path, plan);
    this.#command.run();
    process.once('exit', this.#killAtExit);
    this.#rearm(limits.encoderFirstOutputMs);
  }

  /** Ends ffmpeg, first by asking. `onEnd` follows. */
  stop(): void {
    this.#finish('killed', 'stopped');
  }

  /** Ends a run whose output turned out to be unusable. */
  breakOff(because: string): void {
    this.#finish('broken', because);
  }

  #build(binary: string, plan: EncoderPlan): ffmpeg.FfmpegCommand {
    const luma = createLumaReader({
      onPicture: (format, picture, index) => {
        this.#hear();
        if (this.#end === null) this.#sink.onPicture(format, picture, index);
      },
      onBroken: (because) => this.#finish('broken', because),
    });
    luma.on('finish', () => {
      this.#lumaDone = true;
      this.#reportWhenDrained();
    });
    const reader = new SampleReader(this.#sink);
    return (
      Object.assign(ffmpeg({ stdoutLines: 1 }), trusted)
        .setFfmpegPath(binary)
        .input(plan.input.target)
        // One picture is too little to be shared among threads: handing slices on costs 7 % of all ffmpeg does.
        .inputOptions(['-filter_complex_threads', '1'])
        .inputOptions(['-hide_banner', '-nostats', '-nostdin', ...plan.input.options])
        .complexFilter([...plan.filters])
        .output(luma)
        .outputOptions([...plan.lumaOptions])
        .output(`unix:${this.#socketPath}`)
        // ffmpeg listens and we connect, as only a connecting socket can read into one buffer again and again.
        .outputOptions(['-listen', '1', '-timeout', `${limits.encoderFirstOutputMs}`])
        .outputOptions([...plan.videoOptions])
        .on('start', () => {
          this.#started = true;
          if (this.#end !== null) this.#command.kill('SIGKILL');
          else this.#connect(reader);
        })
        .on('stderr', (line: string) =>
          this.#sink.onLine(line.slice(0, limits.encoderLineCharsMax)),
        )
        .on('end', () => this.#exit('finished', 'the footage is at its end'))
        .on('error', ({ message }: Error) => {
          this.#exit(/killed with signal/.test(message) ? 'crashed' : 'exited', message);
        })
    );
  }

  /** Until ffmpeg listens there is nobody to connect to, so it is tried until there is. */
  #connect(reader: SampleReader): void {
    if (this.#end !== null) return;
    const take = (count: number, buffer: Uint8Array): boolean => {
      this.#take(reader, buffer.subarray(0, count));
      return true;
    };
    const buffer = Buffer.allocUnsafeSlow(limits.readBytes);
    const socket = connect({ path: this.#socketPath, onread: { buffer, callback: take } });
    socket.once('connect', () => {
      this.#socket = socket;
      socket.on('close', () => this.#reportWhenDrained());
    });
    socket.on('error', (error) => {
      if (this.#socket !== null) this.#finish('broken', error.message);
      else this.#clock.setTimer('encoder-connect', connectMs, () => this.#connect(reader));
    });
  }

  #take(reader: SampleReader, bytes: Uint8Array): void {
    this.#hear();
    // What a finished run still holds is handed on; what a broken one does is not.
    if (this.#end !== null && this.#end.how !== 'finished') return;
    try {
      reader.take(bytes);
    } catch (error) {
      if (!(error instanceof Mp4Error)) throw error;
      this.#finish('broken', error.message);
    }
  }

  #hear(): void {
    this.#heard = true;
  }

  /** Looks once in each span whether anything came in it: a timer for each picture would cost more. */
  #rearm(delay: typeof limits.encoderSilenceMs): void {
    this.#heard = false;
    this.#watch = this.#clock.setTimer('encoder-watch', delay, () => {
      if (this.#heard) this.#rearm(limits.encoderSilenceMs);
      else this.#finish('hung', `ffmpeg gave nothing for ${delay / 1000} s`);
    });
  }

  #finish(how: EncoderEnd['how'], because: string): void {
    if (this.#end !== null) return;
    this.#end = { how, because };
    this.#watch?.cancel();
    this.#signal(how === 'killed' ? 'SIGTERM' : 'SIGKILL');
    this.#watch = this.#clock.setTimer('encoder-kill', limits.encoderStopMs, () => {
      this.#signal('SIGKILL');
      if (!this.#started) this.#exit(how, because);
    });
  }

  #exit(how: EncoderEnd['how'], because: string): void {
    if (this.#exited) return;
    this.#exited = true;
    this.#end ??= { how, because };
    this.#watch?.cancel();
    // ffmpeg may end before its connection has been taken, or without ever making one.
    this.#watch = this.#clock.setTimer('encoder-drain', drainMs, () =>
      this.#reportWhenDrained(true),
    );
    this.#reportWhenDrained();
  }

  #reportWhenDrained(late = false): void {
    if (this.#reported || !this.#exited || this.#end === null) return;
    const videoDone = this.#socket?.closed ?? false;
    if (!late && !(videoDone && this.#lumaDone)) return;
    this.#reported = true;
    this.#watch?.cancel();
    this.#socket?.destroy();
    process.removeListener('exit', this.#killAtExit);
    this.#sink.onEnd(this.#end);
  }

  #signal(signal: 'SIGTERM' | 'SIGKILL'): void {
    if (this.#started && !this.#exited) this.#command.kill(signal);
  }
}

const connectMs = milliseconds(10);
const drainMs = milliseconds(1000);
