/** From paths on the command line to footage with the truth that lies beside it. */
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { cdnetRateDefault, isCdnetFolder, openCdnet } from './cdnet.ts';
import { type Footage, type MaskTruth, noTruth } from './footage.ts';
import { readIntervals } from './interval-truth.ts';
import { FootageError, readLuma } from './luma-frames.ts';
import { readPicture } from './picture-file.ts';
import { isSceneFolder, openScene } from './scene-truth.ts';

export type DiscoveryOptions = {
  /** Overrides what the footage says. */
  readonly framesPerSecond: number | null;
  readonly analysisWidthPx: number;
  /** A video of masks for the one piece of footage that is named. */
  readonly masksVideo: string | null;
};

const videoName = /\.(mp4|m4v|mkv|avi|mov|webm|mpg|mpeg|ts)$/i;
const imageName = /\.(jpe?g|png|bmp|tiff?)$/i;
const depthMax = 4;

/** Throws FootageError for a path that is not there or holds no footage. */
export async function findFootage(
  paths: readonly string[],
  options: DiscoveryOptions,
): Promise<readonly Footage[]> {
  const found: Footage[] = [];
  for (const given of paths) {
    const facts = await stat(given).catch(() => null);
    if (facts === null) throw new FootageError(`${given}: no such file or folder`);
    const here = facts.isDirectory()
      ? await fromFolder(given, options, 0)
      : [await fromVideo(given, options)];
    if (here.length === 0) throw new FootageError(`${given}: no footage in it`);
    found.push(...here);
  }
  return found;
}

async function fromFolder(
  folder: string,
  options: DiscoveryOptions,
  depth: number,
): Promise<readonly Footage[]> {
  const { analysisWidthPx } = options;
  if (await isCdnetFolder(folder)) {
    const framesPerSecond = options.framesPerSecond ?? cdnetRateDefault;
    return [await openCdnet(folder, { framesPerSecond, analysisWidthPx })];
  }
  if (await isSceneFolder(folder)) return [await openScene(folder, analysisWidthPx)];
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.map((entry) => entry.name).sort();
  const videos = names.filter((name) => videoName.test(name));
  const found: Footage[] = [];
  for (const name of videos) found.push(await fromVideo(path.join(folder, name), options));
  const images = names.filter((name) => imageName.test(name));
  if (videos.length === 0 && images.length > 1) found.push(fromImages(folder, images, options));
  if (depth < depthMax) {
    for (const entry of entries.filter((one) => one.isDirectory())) {
      found.push(...(await fromFolder(path.join(folder, entry.name), options, depth + 1)));
    }
  }
  return found;
}

async function fromVideo(file: string, options: DiscoveryOptions): Promise<Footage> {
  const folder = path.dirname(file);
  const name = path.basename(file);
  const intervals = (await readIntervals(folder)).get(name);
  const masks =
    options.masksVideo === null ? await stillMasks(folder, name) : masksFrom(options.masksVideo);
  return {
    name,
    category: path.basename(path.resolve(folder)),
    source: {
      path: file,
      kind: 'video',
      framesPerSecond: options.framesPerSecond ?? intervals?.framesPerSecond ?? null,
      analysisWidthPx: options.analysisWidthPx,
    },
    truth: {
      ...noTruth,
      intervals: intervals?.intervals ?? null,
      region: intervals?.region ?? null,
      masks,
    },
  };
}

function fromImages(folder: string, names: readonly string[], options: DiscoveryOptions): Footage {
  const extension = path.extname(names[0] ?? '');
  if (options.framesPerSecond === null) {
    throw new FootageError(`${folder}: images have no frame rate, expected --rate`);
  }
  return {
    name: path.basename(path.resolve(folder)),
    category: path.basename(path.dirname(path.resolve(folder))),
    source: {
      path: path.join(folder, `*${extension}`),
      kind: 'image-glob',
      framesPerSecond: options.framesPerSecond,
      analysisWidthPx: options.analysisWidthPx,
    },
    truth: noTruth,
  };
}

/** A second video, of the same frames, white where something moves. */
function masksFrom(file: string): MaskTruth {
  const pictures = readLuma({
    path: file,
    kind: 'video',
    framesPerSecond: null,
    analysisWidthPx: null,
  });
  return {
    region: null,
    maskOf: async () => {
      const next = await pictures.next();
      if (next.done === true) return null;
      const { luma, widthPx, heightPx } = next.value;
      return { bytes: luma, widthPx, heightPx };
    },
  };
}

/**
 * Masks of single frames beside a video, as the Wallflower set has them: the longest part of the video's name before
 * `_gt_f<number>`, where `_is_frame<number>` gives the number in this video if it is another.
 */
async function stillMasks(folder: string, video: string): Promise<MaskTruth | null> {
  const files = new Map<number, string>();
  for (const name of await readdir(folder)) {
    const found = /^(.+)_gt_f(\d+)(?:_is_frame(\d+))?.*\.(bmp|png)$/i.exec(name);
    if (found === null || !video.startsWith(found[1] ?? '')) continue;
    files.set(Number(found[3] ?? found[2]), path.join(folder, name));
  }
  if (files.size === 0) return null;
  return {
    region: null,
    maskOf: async (frame) => {
      const file = files.get(frame);
      return file === undefined ? null : readPicture(file);
    },
  };
}
