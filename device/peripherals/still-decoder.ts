/** Decodes a picture now and then, by an ffmpeg that stays: to start one costs more than several pictures. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { type Clock, ImagerError, type Timer } from '../board.ts';
import type { PictureGroup } from './camera-stream.ts';
import type { FfmpegBinary } from './ffmpeg-binary.ts';
import { limits } from './limits.ts';
import { boxesIn, needBox, parseBoxes } from './mp4-boxes.ts';

export type DecoderParts = {
  readonly clock: Clock;
  readonly binary: Pick<FfmpegBinary, 'path' | 'timing'>;
};
export type PictureSize = { readonly width: number; readonly height: number };
/** Three samples of 8 bits a pixel. */
type Rgb = Buffer;
type Wanted = {
  readonly pixels: Rgb;
  readonly watch: Timer;
  readonly resolve: (pixels: Rgb) => void;
  readonly reject: (error: ImagerError) => void;
  gotBytes: number;
};

export class StillDecoder {
  readonly #clock: Clock;
  readonly #stream: Pick<PictureGroup, 'init' | 'colorMatrix'>;
  readonly #size: PictureSize;
  readonly #ffmpeg: ChildProcessWithoutNullStreams;
  #wanted: Wanted | null = null;
  #time = 0;
  #said = '';
  #closed = false;

  /** For pictures of one stream, in one size. */
  constructor(
    parts: DecoderParts,
    stream: Pick<PictureGroup, 'init' | 'colorMatrix'>,
    size: PictureSize,
  ) {
    this.#clock = parts.clock;
    this.#stream = stream;
    this.#size = size;
    const ffmpeg = spawn(parts.binary.path, decoderOptions(parts.binary, stream, size), {
      windowsHide: true,
    });
    this.#ffmpeg = ffmpeg;
    ffmpeg.on('error', (error) => this.#fail(error.message));
    ffmpeg.on('close', () => this.#fail(`ffmpeg ended (${this.#said.trim()})`));
    ffmpeg.stdin.on('error', () => undefined);
    ffmpeg.stdout.on('data', (chunk: Buffer) => this.#take(chunk));
    ffmpeg.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#said = (this.#said + text).slice(-limits.encoderLineCharsMax);
    });
    ffmpeg.stdin.write(stream.init.bytes);
  }

  /** Whether it still runs, and is for such pictures: the width says the height too. */
  serves({ init }: PictureGroup, { width }: PictureSize): boolean {
    return !this.#closed && init === this.#stream.init && width === this.#size.width;
  }

  /** The group's last picture; one at a time. Throws ImagerError, and then the decoder is closed. */
  decodeLast({ movies }: PictureGroup): Promise<Rgb> {
    return new Promise((resolve, reject) => {
      const pixels = Buffer.allocUnsafeSlow(this.#size.width * this.#size.height * 3);
      const watch = this.#clock.setTimer('still', limits.stillMs, () =>
        this.#fail(`ffmpeg did not decode it within ${limits.stillMs / 1000} s`),
      );
      this.#wanted = { pixels, watch, resolve, reject, gotBytes: 0 };
      for (const movie of movies) this.#write(movie, movie === movies.at(-1));
    });
  }

  /** Takes no more pictures; ffmpeg ends by itself after the one it has. */
  close(): void {
    this.#closed = true;
    this.#ffmpeg.stdin.end();
  }

  /** Tells ffmpeg by its time whether a picture is wanted: even ones are, odd ones only lead there. */
  #write(movie: Buffer, isWanted: boolean): void {
    this.#time += isWanted === (this.#time % 2 === 0) ? 2 : 1;
    this.#ffmpeg.stdin.write(atTime(movie, this.#time));
  }

  #take(chunk: Buffer): void {
    const wanted = this.#wanted;
    if (wanted === null) {
      this.#fail('ffmpeg gave a picture nobody asked for');
      return;
    }
    wanted.gotBytes += chunk.copy(wanted.pixels, wanted.gotBytes);
    if (wanted.gotBytes < wanted.pixels.length) return;
    this.#wanted = null;
    wanted.watch.cancel();
    wanted.resolve(wanted.pixels);
  }

  #fail(because: string): void {
    this.#closed = true;
    this.#ffmpeg.stdin.destroy();
    this.#ffmpeg.kill('SIGKILL');
    this.#wanted?.watch.cancel();
    this.#wanted?.reject(new ImagerError(`no still: ${because}`));
    this.#wanted = null;
  }
}

function decoderOptions(
  { timing }: Pick<FfmpegBinary, 'timing'>,
  { colorMatrix }: Pick<PictureGroup, 'colorMatrix'>,
  { width, height }: PictureSize,
): readonly string[] {
  const filter =
    'select=not(mod(pts\\,2)),' +
    `scale=${width}:${height}:in_color_matrix=${colorMatrix}:in_range=auto,format=rgb24`;
  return [
    // Each picture is to come out before the next goes in: one thread at every stage, nothing held back. Not each of
    // these matters to every ffmpeg; together they do to those from 4.1 on.
    ...['-hide_banner', '-v', 'error', '-threads', '1', '-filter_threads', '1'],
    ...['-flags', 'low_delay', '-copyts'],
    // The head says all there is to know: one picture is enough to begin with, however small it is.
    ...['-probesize', '32', '-analyzeduration', '0', '-fpsprobesize', '0'],
    ...['-f', 'mp4', '-i', 'pipe:0', '-map', '0:v:0', '-vf', filter],
    ...[timing, 'passthrough', '-threads', '1', '-flush_packets', '1', '-f', 'rawvideo', 'pipe:1'],
  ];
}

/** A copy of `moof` and `mdat` whose tracks begin at another decode time. */
function atTime(movie: Buffer, time: number): Buffer {
  const copy = Buffer.from(movie);
  parseBoxes(() => {
    for (const { type, body } of boxesIn(copy.subarray(8, copy.readUInt32BE(0)))) {
      if (type !== 'traf') continue;
      const tfdt = needBox(body, 'tfdt');
      if (tfdt[0] === 1) tfdt.writeBigUInt64BE(BigInt(time), 4);
      else tfdt.writeUInt32BE(time, 4);
    }
  });
  return copy;
}
