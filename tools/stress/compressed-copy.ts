/** The compression stressor: footage encoded once more, badly, as a camera with a poor uplink does. */
import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { findFfmpeg } from '../../device/peripherals/ffmpeg-binary.ts';
import { FootageError, type LumaPicture, readLuma } from '../score/luma-frames.ts';
import {
  carrierRate,
  folderOf,
  imageList,
  inputOf,
  type LumaSource,
} from '../score/luma-source.ts';
import type { Strength } from './stressors.ts';

/** x264's constant rate factor: 23 is its default, 51 the worst there is. */
const rateFactor: Readonly<Record<Strength, number>> = { 1: 32, 2: 38, 3: 44 };

export type CompressedCopy = {
  /** The picture as it looks after encoding. Pictures must come in order, from the first. */
  lay(picture: LumaPicture): Promise<LumaPicture>;
  close(): Promise<void>;
};

/** Encodes the footage into `folder` when the first picture comes: its size says at which. */
export function compressFootage(
  source: LumaSource,
  strength: Strength,
  folder: string,
  signal?: AbortSignal,
): CompressedCopy {
  const file = path.join(folder, `${strength}.mkv`);
  let copy: AsyncGenerator<LumaPicture> | null = null;
  return {
    async lay(picture) {
      const { widthPx, heightPx } = picture;
      if (copy === null) {
        await encode(source, rateFactor[strength], { widthPx, heightPx, file, signal });
        const size = { analysisWidthPx: widthPx, analysisHeightPx: heightPx };
        const read = { path: file, images: null, framesPerSecond: carrierRate, ...size };
        copy = readLuma(read, { signal });
      }
      const next = await copy.next();
      if (next.done === true) {
        throw new FootageError(`${source.path}: its compressed copy ends at ${picture.index}`);
      }
      return { ...picture, luma: next.value.luma };
    },
    async close() {
      await copy?.return(undefined);
    },
  };
}

type Encoding = {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly file: string;
  readonly signal: AbortSignal | undefined;
};

/** At twice the analysis size, as a camera's small stream; each picture once, whatever its time. */
async function encode(source: LumaSource, crf: number, encoding: Encoding): Promise<void> {
  const { path: binary } = await findFfmpeg();
  await mkdir(path.dirname(encoding.file), { recursive: true });
  const even = (side: 'iw' | 'ih', px: number): string => `'trunc(min(${side}\\,${px})/2)*2'`;
  const { widthPx, heightPx, file, signal } = encoding;
  const scale = `scale=w=${even('iw', 2 * widthPx)}:h=${even('ih', 2 * heightPx)}:flags=area`;
  const filters = [scale, `settb=1/${carrierRate}`, 'setpts=N'].join(',');
  const x264 = ['-c:v', 'libx264', '-preset', 'veryfast', '-threads', '1', '-g', '50'];
  const args = [
    ...['-v', 'error', '-nostdin', '-y', ...inputOf(source), '-map', '0:V:0', '-vf', filters],
    ...['-r', String(carrierRate), '-pix_fmt', 'yuv420p', ...x264, '-crf', String(crf), file],
  ];
  await new Promise<void>((resolve, reject) => {
    const options = { signal, killSignal: 'SIGKILL' as const, cwd: folderOf(source) };
    const child = execFile(binary, args, options, (cause) => {
      if (cause === null) resolve();
      else if (signal?.aborted === true) reject(signal.reason);
      else reject(new FootageError(`${source.path}: cannot be encoded`, { cause }));
    });
    child.stdin?.on('error', () => {}); // gone early: its exit code tells
    child.stdin?.end(imageList(source));
  });
}
