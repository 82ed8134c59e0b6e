/** Footage as the detector gets it: luma frames at analysis size, one by one, decoded by ffmpeg. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { findFfmpeg } from '../../device/peripherals/ffmpeg-binary.ts';
import { createLumaReader } from '../../device/peripherals/luma-reader.ts';
import { createFfmpegLog, type FfmpegLog } from './ffmpeg-log.ts';
import { createFrameStamper } from './frame-times.ts';
import { argumentsFor, carrierRate, folderOf, imageList, type LumaSource } from './luma-source.ts';

export type LumaPicture = {
  /** From 0. */
  readonly index: number;
  readonly widthPx: number;
  readonly heightPx: number;
  /** As stated, or as the file has it; of footage with a varying rate, the usual one. */
  readonly framesPerSecond: number;
  /** From the first frame. */
  readonly atMs: number;
  readonly luma: Uint8Array;
};

export type ReadOptions = {
  readonly signal?: AbortSignal | undefined;
  /** Told what was wrong with footage that could be read all the same. */
  readonly onNote?: ((note: string) => void) | undefined;
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
  const { path: binary } = await findFfmpeg();
  options.signal?.throwIfAborted();
  const child = spawn(binary, argumentsFor(source), {
    cwd: folderOf(source),
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const closed = once(child, 'close') as Promise<[number | null]>;
  const log = createFfmpegLog();
  const heard = hear(child, log);
  child.stdin.on('error', () => {}); // gone early: its exit code tells
  child.stdin.end(imageList(source));
  const stop = (): void => void child.kill('SIGKILL');
  options.signal?.addEventListener('abort', stop, { once: true });
  try {
    let frames = 0;
    for await (const picture of stamp(source, child.stdout, log, heard)) {
      options.signal?.throwIfAborted();
      frames++;
      yield picture;
    }
    const [code] = await closed;
    options.signal?.throwIfAborted();
    judge(source, code, frames, log, options.onNote);
  } finally {
    options.signal?.removeEventListener('abort', stop);
    child.kill('SIGKILL');
  }
}

/** ffmpeg logs a frame before it writes it. */
const logMsMax = 60_000;

type Decoder = ChildProcessByStdio<Writable, Readable, Readable>;
type Heard = {
  /** True when the log has said something more, or will say nothing more; false when it was silent so long. */
  more(limitMs: number): Promise<boolean>;
  readonly over: boolean;
};

function hear(child: Decoder, log: FfmpegLog): Heard {
  let wake = (): void => {};
  let over = false;
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log.take(text);
    wake();
  });
  child.stderr.on('close', () => {
    log.take('\n');
    over = true;
    wake();
  });
  return {
    more: (limitMs) =>
      new Promise((resolve) => {
        const silent = setTimeout(() => resolve(false), limitMs);
        wake = () => {
          clearTimeout(silent);
          resolve(true);
        };
      }),
    get over() {
      return over;
    },
  };
}

/** The pictures that come out, each with its time from the log. */
async function* stamp(
  source: LumaSource,
  output: Readable,
  log: FfmpegLog,
  heard: Heard,
): AsyncGenerator<LumaPicture> {
  const stated = source.framesPerSecond;
  const rate = (): number => stated ?? log.frameRate() ?? carrierRate;
  const stamper = createFrameStamper(() => 1000 / rate());
  const ready: { widthPx: number; heightPx: number; luma: Uint8Array; index: number }[] = [];
  let broken: string | null = null;
  const reader = createLumaReader({
    // The reader fills a buffer of its own for each picture.
    onPicture: ({ widthPx, heightPx }, luma, index) =>
      ready.push({ widthPx, heightPx, luma, index }),
    onBroken: (because) => {
      broken = because;
    },
  });
  for await (const chunk of output) {
    reader.write(chunk);
    for (const picture of ready.splice(0)) {
      const line = await lineOf(source, picture.index, log, heard);
      const ownMs = stamper.next(line?.atMs ?? null);
      const atMs = stated === null ? ownMs : (picture.index * 1000) / stated;
      yield { ...picture, atMs, framesPerSecond: rate() };
    }
    if (broken !== null) throw new FootageError(`${source.path}: ${broken}`);
  }
}

/** What the log says of a frame: before the picture itself, if not always read before it. */
async function lineOf(source: LumaSource, index: number, log: FfmpegLog, heard: Heard) {
  while (log.frame(index) === undefined && !heard.over) {
    // Without a limit this ffmpeg, whose output is not read meanwhile, would never end.
    if (!(await heard.more(logMsMax))) {
      throw new FootageError(`${source.path}: ffmpeg gives frame ${index} and does not log it`);
    }
  }
  return log.frame(index);
}

/** Frames of another form than the first cannot be compared with it; ffmpeg would stretch them, or leave some out. */
function expectForm(source: LumaSource, log: FfmpegLog): void {
  const changedAt = log.changedAt();
  if (changedAt === null) return;
  const name = source.images?.[changedAt];
  const which = name === undefined ? `frame ${changedAt}` : path.basename(name);
  const [was, is] = [log.frame(0)?.size, log.frame(changedAt)?.size];
  const sizes = was === is ? '' : ` (analysed at ${is} after ${was})`;
  throw new FootageError(
    `${source.path}: ${which} is of another size or pixel format than those before it${sizes}`,
  );
}

/** What is to be said when all has been read. Throws FootageError where that is not all there should have been. */
function judge(
  source: LumaSource,
  code: number | null,
  frames: number,
  log: FfmpegLog,
  onNote: ((note: string) => void) | undefined,
): void {
  expectForm(source, log);
  const complaints = log.complaints();
  const said =
    complaints.at(-1)?.replace(`file:${source.path}: `, '') ?? 'ffmpeg says nothing about it';
  if (code !== 0 || frames === 0) {
    throw new FootageError(`${source.path}: ${frames === 0 ? 'no picture in it: ' : ''}${said}`);
  }
  if (source.images !== null && frames !== source.images.length) {
    throw new FootageError(
      `${source.path}: only ${frames} of ${source.images.length} images could be read: ${said}`,
    );
  }
  if (complaints.length > 0) {
    onNote?.(`damaged, ${frames} frames could be read: ${complaints.slice(0, 3).join('; ')}`);
  }
}
