/** The live view: an ffmpeg that decodes the encoder's pictures, alive only while somebody looks. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import type { Clock, LiveSettings, Timer } from '../board.ts';
import type { PictureGroup } from './camera-stream.ts';
import { JpegSplitter } from './jpeg-splitter.ts';
import { limits } from './limits.ts';

type Parts = { readonly clock: Clock; readonly binary: string };
export type LiveVideo = Pick<PictureGroup, 'init' | 'colorMatrix'>;
type Viewer = {
  readonly settings: LiveSettings;
  readonly onFrame: (jpeg: Uint8Array) => void;
  decoder: ChildProcessWithoutNullStreams | null;
};

export class LiveView {
  readonly #parts: Parts;
  readonly #viewers = new Set<Viewer>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Begins with `group`, when there is one, so that the first frame does not wait for the next IDR. */
  watch(
    settings: LiveSettings,
    onFrame: (jpeg: Uint8Array) => void,
    group: PictureGroup | null,
  ): Timer {
    const viewer: Viewer = { settings, onFrame, decoder: null };
    this.#viewers.add(viewer);
    if (group !== null) {
      this.#open(viewer, group);
      for (const movie of group.movies) this.#write(viewer, movie);
    }
    return {
      cancel: () => {
        this.#viewers.delete(viewer);
        this.#close(viewer);
      },
    };
  }

  /** Each picture of the encoder. */
  feed(video: LiveVideo, movie: Buffer, startsGroup: boolean): void {
    for (const viewer of this.#viewers) {
      if (viewer.decoder === null && startsGroup) this.#open(viewer, video);
      this.#write(viewer, movie);
    }
  }

  /** The encoder's stream is over: another one needs decoders of its own. */
  reset(): void {
    for (const viewer of this.#viewers) this.#close(viewer);
  }

  stop(): void {
    this.reset();
    this.#viewers.clear();
  }

  #open(viewer: Viewer, { init, colorMatrix }: LiveVideo): void {
    const { widthPxMax, framesPerSecond } = viewer.settings;
    const width = Math.max(2, Math.min(init.widthPx, widthPxMax) & ~1);
    // JPEG is BT.601 in full range, whatever the video is; by way of RGB, as ffmpeg 4 knows no shorter one.
    const filter =
      `fps=${framesPerSecond},scale=${width}:-2:in_color_matrix=${colorMatrix},format=rgb24,` +
      'scale=out_color_matrix=bt601:out_range=pc,format=yuvj420p';
    const decoder = spawn(
      this.#parts.binary,
      [
        ...['-hide_banner', '-v', 'error', '-threads', '1', '-fflags', 'nobuffer'],
        ...['-probesize', '32', '-analyzeduration', '0', '-f', 'mp4', '-i', 'pipe:0'],
        ...['-map', '0:v:0', '-vf', filter, '-c:v', 'mjpeg', '-q:v', '6', '-threads', '1'],
        ...['-flush_packets', '1', '-f', 'image2pipe', 'pipe:1'],
      ],
      { windowsHide: true },
    );
    viewer.decoder = decoder;
    const splitter = new JpegSplitter(limits.livePendingBytesMax);
    decoder.stdout.on('data', (chunk: Buffer) => {
      for (const jpeg of splitter.take(chunk)) {
        const wanted = viewer.decoder === decoder && jpeg.length <= limits.liveFrameBytesMax;
        if (wanted) viewer.onFrame(jpeg);
      }
    });
    decoder.stderr.resume();
    decoder.stdin.on('error', () => undefined);
    const gone = (): void => {
      // The next IDR starts another one.
      if (viewer.decoder === decoder) viewer.decoder = null;
    };
    decoder.on('error', gone);
    decoder.on('close', gone);
    this.#write(viewer, init.bytes);
  }

  #write(viewer: Viewer, bytes: Uint8Array): void {
    const stdin = viewer.decoder?.stdin;
    if (stdin === undefined || stdin.destroyed) return;
    // A decoder that does not keep up is closed; the next IDR starts another one.
    if (stdin.writableLength > limits.livePendingBytesMax) this.#close(viewer);
    else stdin.write(bytes);
  }

  #close(viewer: Viewer): void {
    const decoder = viewer.decoder;
    viewer.decoder = null;
    decoder?.stdin.destroy();
    decoder?.kill('SIGKILL');
  }
}
