/** Masks that lie beside a video: one of every frame as a second video, or of single frames as pictures. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { MaskTruth } from './footage.ts';
import { readLuma } from './luma-frames.ts';
import { readPicture } from './picture-file.ts';

/** A second video, of the same frames, white where something moves. */
export function maskVideo(file: string): MaskTruth {
  const pictures = readLuma({
    path: file,
    images: null,
    framesPerSecond: null,
    analysisWidthPx: null,
  });
  let masks = 0;
  return {
    region: null,
    maskOf: async () => {
      const next = await pictures.next();
      if (next.done === true) return null;
      masks++;
      const { luma, widthPx, heightPx } = next.value;
      return { bytes: luma, widthPx, heightPx };
    },
    misfit: async (frames) => {
      const more = (await pictures.next()).done !== true;
      if (more) return `${file} goes on after the footage has ended`;
      return masks === frames ? null : `${file} has only ${masks} masks for ${frames} frames`;
    },
    close: async () => {
      await pictures.return(undefined);
    },
  };
}

/**
 * Masks of single frames beside a video, as the Wallflower set has them: the longest part of the video's name before
 * `_gt_f<number>`, where `_is_frame<number>` gives the number in this video if it is another.
 */
export async function stillMasks(folder: string, video: string): Promise<MaskTruth | null> {
  const files = new Map<number, string>();
  for (const name of await readdir(folder)) {
    const found = /^(.+)_gt_f(\d+)(?:_is_frame(\d+))?.*\.(bmp|png)$/i.exec(name);
    if (found === null || !isPartOf(found[1] ?? '', video)) continue;
    files.set(Number(found[3] ?? found[2]), path.join(folder, name));
  }
  if (files.size === 0) return null;
  return {
    region: null,
    maskOf: async (frame) => {
      const file = files.get(frame);
      return file === undefined ? null : readPicture(file);
    },
    misfit: async (frames) => {
      const late = [...files.keys()].filter((frame) => frame >= frames);
      return late.length === 0 ? null : `masks of frames ${late.join(', ')}, which it has not`;
    },
    close: async () => {},
  };
}

/** `cam` is part of `cam_4fps.mkv`, and not of `cam2.mkv`. */
const isPartOf = (beginning: string, video: string): boolean =>
  video.startsWith(beginning) && !/^[a-z0-9]/i.test(video.slice(beginning.length));
