/** What `--frames` and `--masks` write while the footage runs past. */

import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { CommandFailure } from '../commands/failure.ts';
import type { FrameResult } from './footage-scorer.ts';

export type FrameLines = {
  write(file: string, frame: FrameResult): Promise<void>;
  end(): Promise<void>;
};

/** One JSON line for each frame. Throws CommandFailure where the file cannot be written. */
export async function openFrameLines(file: string): Promise<FrameLines> {
  const stream: WriteStream = createWriteStream(file);
  let failed: Error | null = null;
  stream.on('error', (error) => {
    failed = error;
  });
  const check = (): void => {
    if (failed === null) return;
    throw new CommandFailure(`cannot write ${file}: ${failed.message}`, 2, { cause: failed });
  };
  await once(stream, 'open').catch(() => {});
  check();
  return {
    async write(name, frame) {
      check();
      const more = stream.write(`${JSON.stringify(lineOf(name, frame))}\n`);
      if (!more && failed === null)
        await Promise.race([once(stream, 'drain'), once(stream, 'close')]);
    },
    async end() {
      stream.end();
      if (!stream.closed) await once(stream, 'close');
      check();
    },
  };
}

const lineOf = (file: string, { index, observation, moving }: FrameResult) => ({
  file,
  frame: index,
  atMs: observation.at,
  motion: observation.motion,
  moving,
  score: observation.score,
  changed: observation.changed,
  because: observation.because,
  regions: observation.regions,
});

/** `DIR/<footage>/mask000001.png`, numbered from 1 as CDnet numbers its results. */
export async function writeMask(dir: string, name: string, frame: FrameResult): Promise<void> {
  const folder = path.join(dir, name);
  const number = String(frame.index + 1).padStart(6, '0');
  const file = path.join(folder, `mask${number}.png`);
  const raw = { width: frame.widthPx, height: frame.heightPx, channels: 1 } as const;
  try {
    if (frame.index === 0) await mkdir(folder, { recursive: true });
    await sharp(frame.foreground, { raw })
      .toColourspace('b-w')
      .png({ compressionLevel: 3 })
      .toFile(file);
  } catch (cause) {
    throw new CommandFailure(`cannot write ${file}`, 2, { cause });
  }
}
