/** From paths on the command line to footage with the truth that lies beside it. */
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { FOOTAGE_FILE } from '../fixtures/scene-files.ts';
import { cdnetRateDefault, isCdnetFolder, openCdnet } from './cdnet.ts';
import { type Footage, noTruth } from './footage.ts';
import { type IntervalTruth, readIntervals } from './interval-truth.ts';
import { FootageError } from './luma-frames.ts';
import { maskVideo, stillMasks } from './mask-truth.ts';
import { byNumber, gapsIn, numberIn } from './numbering.ts';
import { isSceneFolder, openScene } from './scene-truth.ts';

export type DiscoveryOptions = {
  /** Overrides what the footage says. */
  readonly framesPerSecond: number | null;
  readonly analysisWidthPx: number;
  /** A video of masks for the one piece of footage that is named. */
  readonly masksVideo: string | null;
  /** Told what lies beside the footage and cannot be used. */
  readonly onNote?: (note: string) => void;
};

const videoName =
  /\.(mp4|m4v|mkv|avi|mov|webm|mpe?g|ts|m2ts|wmv|flv|3gp|h264|hevc|mjpe?g|gif|y4m)$/i;
const imageName = /\.(jpe?g|png|bmp|tiff?|webp)$/i;
/** Masks of single frames, and videos of masks, lie beside what they are of; mask000001.png is of `--masks`. */
const maskName = /_gt(_f\d+.*)?\.\w+$|^mask\d{6}\.png$/i;
const depthMax = 8;
/** How far up an `events.csv` may lie that names `folder/file`. */
const parentsMax = 2;

/** Throws FootageError for a path that is not there or holds no footage. Names are unique. */
export async function findFootage(
  paths: readonly string[],
  options: DiscoveryOptions,
): Promise<readonly Footage[]> {
  const found: Footage[] = [];
  for (const given of paths) {
    const facts = await stat(given).catch(() => null);
    if (facts === null) throw new FootageError(`${given}: no such file or folder`);
    if (!facts.isDirectory()) {
      found.push(await fromFile(given, options));
      continue;
    }
    const leftOut: string[] = [];
    const here = await fromFolder(given, { ...options, leftOut }, 0);
    if (here.length === 0) {
      const none = `${given}: no footage in it (videos, images, scenes or CDnet layout)`;
      throw new FootageError(leftOut[0] ?? none);
    }
    for (const note of leftOut) options.onNote?.(`left out: ${note}`);
    found.push(...here);
  }
  return distinguish(found);
}

/** Collects what of a folder cannot be used for want of an option. */
type FolderOptions = DiscoveryOptions & { readonly leftOut: string[] };

async function fromFolder(
  folder: string,
  options: FolderOptions,
  depth: number,
): Promise<readonly Footage[]> {
  const { analysisWidthPx } = options;
  if (depth > depthMax) throw new FootageError(`${folder}: nested too deep, name it itself`);
  if (await isCdnetFolder(folder)) {
    const framesPerSecond = options.framesPerSecond ?? cdnetRateDefault;
    return [await openCdnet(folder, { framesPerSecond, analysisWidthPx })];
  }
  if (await isSceneFolder(folder)) return [await openScene(folder, analysisWidthPx)];
  const { files, folders } = await list(folder);
  const videos = files.filter((name) => videoName.test(name) && !maskName.test(name));
  const found: Footage[] = [];
  for (const name of videos) found.push(await fromVideo(path.join(folder, name), options));
  const images = files.filter((name) => imageName.test(name) && !maskName.test(name));
  if (videos.length === 0 && images.length > 0) {
    found.push(...(await fromImages(folder, images, options)));
  }
  for (const name of folders) {
    found.push(...(await fromFolder(path.join(folder, name), options, depth + 1)));
  }
  for (const name of (await readIntervals(folder)).keys()) {
    if ((await stat(path.join(folder, name)).catch(() => null)) === null) {
      options.onNote?.(`${path.join(folder, 'events.csv')} names ${name}, which is not there`);
    }
  }
  return found;
}

/** Links are followed; what begins with a dot is left alone. */
async function list(folder: string): Promise<{ files: string[]; folders: string[] }> {
  const files: string[] = [];
  const folders: string[] = [];
  for (const name of (await readdir(folder)).sort()) {
    if (name.startsWith('.')) continue;
    const facts = await stat(path.join(folder, name)).catch(() => null);
    if (facts?.isDirectory() === true) folders.push(name);
    else if (facts !== null) files.push(name);
  }
  return { files, folders };
}

async function fromFile(file: string, options: DiscoveryOptions): Promise<Footage> {
  const folder = path.dirname(file);
  const isScene = path.basename(file) === FOOTAGE_FILE && (await isSceneFolder(folder));
  if (isScene && options.masksVideo === null) return openScene(folder, options.analysisWidthPx);
  return fromVideo(file, options);
}

async function fromVideo(file: string, options: DiscoveryOptions): Promise<Footage> {
  const folder = path.dirname(file);
  const name = path.basename(file);
  const truth = await intervalsOf(file);
  const masks =
    options.masksVideo === null ? await masksBeside(folder, name) : maskVideo(options.masksVideo);
  return {
    name,
    category: path.basename(path.resolve(folder)),
    source: {
      path: file,
      images: null,
      framesPerSecond: options.framesPerSecond ?? truth?.framesPerSecond ?? null,
      analysisWidthPx: options.analysisWidthPx,
    },
    truth: {
      ...noTruth,
      intervals: truth?.intervals ?? null,
      region: truth?.region ?? null,
      masks,
    },
    notes: truth?.region == null ? [] : [partly],
  };
}

const partly = 'its labels speak of one part of the picture, so only that is watched';

/** `walk_gt.mkv` beside `walk.mp4`, or masks of single frames. */
async function masksBeside(folder: string, video: string) {
  const { files } = await list(folder);
  const stem = path.parse(video).name;
  const twin = files.find((name) => videoName.test(name) && path.parse(name).name === `${stem}_gt`);
  return twin === undefined ? stillMasks(folder, video) : maskVideo(path.join(folder, twin));
}

async function fromImages(
  folder: string,
  names: readonly string[],
  options: FolderOptions,
): Promise<readonly Footage[]> {
  const kinds = new Set(names.map((name) => kindOf(name)));
  if (kinds.size > 1) {
    throw new FootageError(`${folder}: images of several kinds (${[...kinds].join(', ')})`);
  }
  const ordered = [...names].sort(byNumber);
  const truth = await intervalsOf(folder);
  const framesPerSecond = options.framesPerSecond ?? truth?.framesPerSecond ?? null;
  if (framesPerSecond === null && names.length > 1) {
    options.leftOut.push(`${folder}: images have no frame rate, expected --rate`);
    return [];
  }
  const numbers = ordered.map(numberIn);
  const gaps = numbers.includes(null) ? null : gapsIn(numbers.map((number) => number ?? 0));
  const footage: Footage = {
    name: path.basename(path.resolve(folder)),
    category: path.basename(path.dirname(path.resolve(folder))),
    source: {
      path: folder,
      images: ordered.map((name) => path.join(folder, name)),
      framesPerSecond,
      analysisWidthPx: options.analysisWidthPx,
    },
    truth: { ...noTruth, intervals: truth?.intervals ?? null, region: truth?.region ?? null },
    notes: gaps === null ? [] : [`${gaps}; the pictures about a gap follow each other`],
  };
  return [footage];
}

const kindOf = (name: string): string =>
  path.extname(name).toLowerCase().replace('jpeg', 'jpg').replace('tiff', 'tif');

/** What an `events.csv` beside or above says of a file or a folder of images. */
async function intervalsOf(footage: string): Promise<IntervalTruth | undefined> {
  const absolute = path.resolve(footage);
  let folder = (await stat(absolute)).isDirectory() ? absolute : path.dirname(absolute);
  for (let up = 0; up <= parentsMax; up++) {
    const truths = await readIntervals(folder);
    const name = path.relative(folder, absolute).split(path.sep).join('/');
    const truth = truths.get(name === '' ? path.basename(absolute) : name);
    if (truth !== undefined) return truth;
    folder = path.dirname(folder);
  }
  return undefined;
}

/** Gives footage of the same name its category's too, and a number where that is not enough. */
function distinguish(footage: readonly Footage[]): readonly Footage[] {
  const counts = Map.groupBy(footage, ({ name }) => name);
  const taken = new Set<string>();
  return footage.map((one) => {
    const alone = counts.get(one.name)?.length === 1;
    const base = alone ? one.name : `${one.category}/${one.name}`;
    let name = base;
    for (let n = 2; taken.has(name); n++) name = `${base} (${n})`;
    taken.add(name);
    return { ...one, name };
  });
}
