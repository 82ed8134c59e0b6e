/** The compression stressor: footage encoded once more, badly, as a camera with a poor uplink does. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { findFfmpeg } from '../../device/peripherals/ffmpeg-binary.ts';
import type { Footage } from '../score/footage.ts';
import { FootageError } from '../score/luma-frames.ts';
import type { Strength } from './stressors.ts';

const crf: Readonly<Record<Strength, number>> = { 1: 32, 2: 38, 3: 44 };

/** Footage that reads the copy instead, which is written into `folder`. */
export async function compressCopy(
  footage: Footage,
  strength: Strength,
  folder: string,
): Promise<Footage> {
  const { path: binary } = await findFfmpeg();
  const { source } = footage;
  const file = path.join(folder, `${footage.name.replace(/\W+/g, '-')}-${strength}.mkv`);
  const rate = source.framesPerSecond;
  const input =
    source.kind === 'video'
      ? rate === null
        ? []
        : ['-r', String(rate)]
      : [
          '-framerate',
          String(rate ?? 25),
          ...(source.kind === 'image-glob' ? ['-pattern_type', 'glob'] : []),
        ];
  const scale = "scale=w='trunc(min(640\\,iw)/2)*2':h=-2";
  const encode = ['-c:v', 'libx264', '-preset', 'veryfast', '-threads', '1', '-g', '50'];
  await promisify(execFile)(binary, [
    ...[
      '-v',
      'error',
      '-nostdin',
      '-y',
      ...input,
      '-i',
      source.path,
      '-map',
      '0:v:0',
      '-vf',
      scale,
    ],
    ...['-pix_fmt', 'yuv420p', ...encode, '-crf', String(crf[strength]), file],
  ]).catch((cause: unknown) => {
    throw new FootageError(`${source.path}: cannot be encoded`, { cause });
  });
  return { ...footage, source: { ...source, path: file, kind: 'video' } };
}
