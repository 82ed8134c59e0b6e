/** What `--frames` and `--masks` write while the footage runs past. */

import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { CommandFailure, reasonOf } from '../commands/failure.ts';
import type { Footage } from './footage.ts';
import type { FrameResult } from './footage-scorer.ts';
import { numberIn } from './numbering.ts';
import { unfinishedName, writeWhole } from './whole-file.ts';

export type FrameLines = {
  write(footage: Footage, frame: FrameResult): Promise<void>;
  /** Keeps the file if all were written, else leaves what was there before. */
  end(whole: boolean): Promise<void>;
};

/** One JSON line for each frame. Throws CommandFailure where the file cannot be written. */
export async function openFrameLines(file: string): Promise<FrameLines> {
  const unfinished = await unfinishedName(file);
  const stream: WriteStream = createWriteStream(unfinished);
  let failed: Error | null = null;
  stream.on('error', (error) => {
    failed = error;
  });
  const check = (): void => {
    if (failed === null) return;
    throw new CommandFailure(`cannot write ${file}: ${reasonOf(failed)}`, 2, { cause: failed });
  };
  await once(stream, 'open').catch(() => {});
  check();
  return {
    async write(footage, frame) {
      check();
      const more = stream.write(`${JSON.stringify(lineOf(footage, frame))}\n`);
      if (!more && failed === null)
        await Promise.race([once(stream, 'drain'), once(stream, 'close')]).catch(() => {});
      check();
    },
    async end(whole) {
      stream.end();
      // Its failure is told by `check`.
      if (!stream.closed) await once(stream, 'close').catch(() => {});
      if (unfinished !== file && whole && failed === null) await rename(unfinished, file);
      else if (unfinished !== file) await rm(unfinished, { force: true });
      if (whole) check();
    },
  };
}

const lineOf = ({ name, source }: Footage, { index, observation, moving }: FrameResult) => ({
  file: name,
  frame: index,
  image: source.images === null ? null : path.basename(source.images[index] ?? ''),
  atMs: observation.at,
  motion: observation.motion,
  moving,
  score: observation.score,
  changed: observation.changed,
  because: observation.because,
  regions: observation.regions,
});

/**
 * Writes `DIR/<footage>/mask000001.png`. The mask of an image has the number in the image's name, where all of the
 * footage have one of their own, so that CDnet's in000470.jpg gives mask000470.png; else frames count from 1.
 */
export function maskWriter(dir: string, { name, source }: Footage) {
  const folder = path.join(dir, name);
  const own = source.images?.map(numberIn) ?? [];
  const numbered = !own.includes(null) && new Set(own).size === own.length;
  return async (frame: FrameResult): Promise<void> => {
    const number = (numbered ? own[frame.index] : null) ?? frame.index + 1;
    const file = path.join(folder, `mask${String(number).padStart(6, '0')}.png`);
    const raw = { width: frame.widthPx, height: frame.heightPx, channels: 1 } as const;
    try {
      if (frame.index === 0) await mkdir(folder, { recursive: true });
      const png = sharp(frame.foreground, { raw })
        .toColourspace('b-w')
        .png({ compressionLevel: 3 });
      await writeWhole(file, await png.toBuffer());
    } catch (cause) {
      throw new CommandFailure(`cannot write ${file}: ${reasonOf(cause)}`, 2, { cause });
    }
  };
}
