/** Footage as the detector gets it: luma frames at analysis size, one by one, decoded by ffmpeg. */
import { type ChildProcessByStdio, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import path from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { findFfmpeg } from '../../device/peripherals/ffmpeg-binary.ts';
import { createFfmpegLog, type FfmpegLog } from './ffmpeg-log.ts';
import { createFrameStamper } from './frame-times.ts';
import { argumentsFor, carrierRate, folderOf, imageList, type LumaSource } from './luma-source.ts';
import { openSocketPair } from './socket-pair.ts';
import { createPictureQueue } from './stamped-pictures.ts';
import { createTimeDecoder } from './time-code.ts';
import { unreadableImage } from './unreadable-image.ts';

export type LumaPicture = {
  /** From 0. */
  readonly index: number;
  readonly widthPx: number;
  readonly heightPx: number;
  /** As stated, or as the file has it; of footage with a varying rate, the usual one. */
  readonly framesPerSecond: number;
  /** From the first frame. */
  readonly atMs: number;
  /** The receiver's, unless it was lent. */
  readonly luma: Uint8Array;
};

export type ReadOptions = {
  readonly signal?: AbortSignal | undefined;
  /** Told what was wrong with footage that could be read all the same. */
  readonly onNote?: ((note: string) => void) | undefined;
  /** A picture's bytes may be another's once the next is asked for. New ones for each cost more than to fill them. */
  readonly lends?: boolean;
};

/** Footage that cannot be read or does not fit its truth; the message says which and why. */
export class FootageError extends Error {
  override readonly name = 'FootageError';
}

/** Throws FootageError; what `signal` says when that is aborted. */
export async function* readLuma(
  source: LumaSource,
  options: ReadOptions = {},
): AsyncGenerator<LumaPicture> {
  const binary = await findFfmpeg();
  options.signal?.throwIfAborted();
  const queue = createPictureQueue();
  const { ours, theirs } = await openSocketPair(queue.take);
  ours.on('error', () => {}); // it closes then
  ours.on('close', queue.end);
  const child = startDecoder(binary.path, argumentsFor(source, binary), folderOf(source), theirs);
  const closed = once(child, 'close') as Promise<[number | null]>;
  const log = createFfmpegLog();
  child.stderr.setEncoding('utf8').on('data', (text: string) => log.take(text));
  child.stdin.on('error', () => {}); // gone early: its exit code tells
  child.stdin.end(imageList(source));
  const stop = (): void => void child.kill('SIGKILL');
  options.signal?.addEventListener('abort', stop, { once: true });
  const times = createTimeDecoder();
  const rate = (): number => source.framesPerSecond ?? times.frameRate() ?? carrierRate;
  const stamper = createFrameStamper(() => 1000 / rate());
  let index = 0;
  try {
    for await (const picture of queue.pictures(() => ours.resume())) {
      options.signal?.throwIfAborted();
      if (picture === 'other-size') throw otherForm(source, index);
      if ('because' in picture) throw new FootageError(`${source.path}: ${picture.because}`);
      const { widthPx, heightPx, luma, stamp } = picture;
      const own = times.next(stamp);
      if (own === 'anew') throw otherForm(source, index);
      const ownMs = stamper.next(own);
      const stated = source.framesPerSecond;
      const atMs = stated === null ? ownMs : (index * 1000) / stated;
      yield { index, widthPx, heightPx, framesPerSecond: rate(), atMs, luma };
      if (options.lends === true) queue.takeBack(luma);
      index++;
    }
    const [code] = await closed;
    log.take('\n');
    options.signal?.throwIfAborted();
    await judge(source, code, index, log, options.onNote);
  } finally {
    options.signal?.removeEventListener('abort', stop);
    child.kill('SIGKILL');
    ours.destroy();
  }
}

function startDecoder(
  binary: string,
  args: readonly string[],
  cwd: string | undefined,
  output: Socket,
): ChildProcessByStdio<Writable, null, Readable> {
  const stdio: StdioOptions = ['pipe', output, 'pipe'];
  const child = spawn(binary, args, { cwd, stdio });
  output.destroy(); // the child has it now, and its end is the end
  return child as ChildProcessByStdio<Writable, null, Readable>;
}

/** Frames of another form than the first cannot be compared with it: ffmpeg would stretch them, or leave some out. */
function otherForm(source: LumaSource, index: number): FootageError {
  const name = source.images?.[index];
  const which = name === undefined ? `frame ${index}` : path.basename(name);
  return new FootageError(
    `${source.path}: ${which} is of another size or pixel format than those before it`,
  );
}

/** What is to be said when all has been read. Throws FootageError where that is not all there should have been. */
async function judge(
  source: LumaSource,
  code: number | null,
  frames: number,
  log: FfmpegLog,
  onNote: ((note: string) => void) | undefined,
): Promise<void> {
  const complaints = log.complaints();
  const said =
    complaints.at(-1)?.replace(`file:${source.path}: `, '') ?? 'ffmpeg says nothing about it';
  if (source.images !== null && frames !== source.images.length) {
    const name = await unreadableImage(source.images);
    const which = name === null ? said : `${name} cannot be read`;
    throw new FootageError(
      `${source.path}: only ${frames} of ${source.images.length} images could be read: ${which}`,
    );
  }
  if (code !== 0 || frames === 0) {
    throw new FootageError(`${source.path}: ${frames === 0 ? 'no picture in it: ' : ''}${said}`);
  }
  if (complaints.length > 0) {
    onNote?.(`damaged, ${frames} frames could be read: ${complaints.slice(0, 3).join('; ')}`);
  }
}
