/** From paths on the command line to footage with the truth that lies beside it. */
import { readdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { machineRefusal } from '../commands/failure.ts';
import { FOOTAGE_FILE } from '../fixtures/scene-files.ts';
import { isCdnetFolder, openCdnet } from './cdnet.ts';
import { type Footage, noTruth } from './footage.ts';
import { footageFault, type Unscored } from './footage-fault.ts';
import { openImages } from './image-folder.ts';
import { type IntervalTruth, intervalsOf, readIntervals } from './interval-truth.ts';
import { FootageError } from './luma-frames.ts';
import { maskVideo, stillMasks } from './mask-truth.ts';
import { isSceneFolder, openScene } from './scene-truth.ts';

export type DiscoveryOptions = {
  /** Overrides what the footage says. */
  readonly framesPerSecond: number | null;
  readonly analysisWidthPx: number;
  /** A video of masks for the one piece of footage that is named. */
  readonly masksVideo: string | null;
  /** Told what lies beside the footage and cannot be used. */
  readonly onNote?: (note: string) => void;
  /** Told which footage under a folder is none; without it, the first such is thrown. */
  readonly onFault?: (fault: Unscored) => void;
};

const videoName =
  /\.(mp4|m4v|mkv|avi|mov|webm|mpe?g|ts|m2ts|wmv|flv|3gp|h264|hevc|mjpe?g|gif|y4m)$/i;
const imageName = /\.(jpe?g|png|bmp|tiff?|webp)$/i;
/** Masks of single frames, and videos of masks, lie beside what they are of; mask000001.png is of `--masks`. */
const maskName = /_gt(_f\d+.*)?\.\w+$|^mask\d{6,}\.png$/i;
const depthMax = 8;

/**
 * Names are unique. Throws FootageError for a path that is not there, and where there is no footage at all; of
 * what lies under the paths and is none, `onFault` is told.
 */
export async function findFootage(
  paths: readonly string[],
  options: DiscoveryOptions,
): Promise<readonly Footage[]> {
  for (const given of paths) {
    const there = await stat(given).catch(() => null);
    if (there === null) throw new FootageError(`${given}: no such file or folder`);
  }
  const faults: Unscored[] = [];
  const openings = paths.map((given) => ({
    name: path.basename(path.resolve(given)),
    open: () => fromGiven(given, { ...options, leftOut: [], faults, visited: new Set() }),
  }));
  const found = await openAll(openings, faults);
  const [first] = faults;
  if (first !== undefined && (found.length === 0 || options.onFault === undefined)) {
    throw new FootageError(first.because);
  }
  for (const fault of faults) options.onFault?.(fault);
  const once = withoutRepeats(found, options.onNote);
  return distinguish(once.map((one) => withMasks(one, options.masksVideo)));
}

/** Paths may hold one another: what is named twice counts once. */
function withoutRepeats(
  found: readonly Footage[],
  onNote: DiscoveryOptions['onNote'],
): readonly Footage[] {
  const seen = new Set<string>();
  return found.filter(({ source }) => {
    const file = path.resolve(source.path);
    if (!seen.has(file)) return seen.add(file);
    onNote?.(`${source.path} is named more than once, and counted once`);
    return false;
  });
}

/** Masks that are named stand for whatever lies beside the footage. */
const withMasks = (footage: Footage, video: string | null): Footage =>
  video === null ? footage : { ...footage, truth: { ...footage.truth, masks: maskVideo(video) } };

async function fromGiven(given: string, options: FolderOptions): Promise<readonly Footage[]> {
  if (!(await stat(given)).isDirectory()) return [await fromFile(given, options)];
  const { leftOut, faults } = options;
  const faultsBefore = faults.length;
  const found = await fromFolder(given, options, 0);
  if (found.length === 0 && faults.length === faultsBefore) {
    const none = `${given}: no footage in it (videos, images, scenes or CDnet layout)`;
    throw new FootageError(leftOut[0] ?? none);
  }
  for (const note of leftOut) options.onNote?.(`left out: ${note}`);
  return found;
}

type FolderOptions = DiscoveryOptions & {
  /** Collects what of a folder cannot be used for want of an option. */
  readonly leftOut: string[];
  /** Collects what cannot be used at all. */
  readonly faults: Unscored[];
  /** Folders as they really are: a link may lead back to one above. */
  readonly visited: Set<string>;
};

async function fromFolder(
  folder: string,
  options: FolderOptions,
  depth: number,
): Promise<readonly Footage[]> {
  const real = await realpath(folder);
  if (options.visited.has(real)) return [];
  options.visited.add(real);
  if (depth > depthMax) throw new FootageError(`${folder}: nested too deep, name it itself`);
  if (await isCdnetFolder(folder)) return [await openCdnet(folder, options)];
  if (await isSceneFolder(folder)) return [await openScene(folder, options)];
  const { files, folders } = await list(folder);
  const videos = files.filter((name) => videoName.test(name) && !maskName.test(name));
  const images = files.filter((name) => imageName.test(name) && !maskName.test(name));
  const within = (name: string): string => path.join(folder, name);
  const openings: Opening[] = videos.map((name) => ({
    name,
    open: async () => [await fromVideo(within(name), options)],
  }));
  if (videos.length === 0 && images.length > 0) {
    const name = path.basename(path.resolve(folder));
    openings.push({ name, open: () => fromImages(folder, images, options) });
  }
  for (const name of folders) {
    openings.push({ name, open: () => fromFolder(within(name), options, depth + 1) });
  }
  const found = await openAll(openings, options.faults);
  await noteUnusedLabels(folder, options);
  return found;
}

async function noteUnusedLabels(folder: string, { onNote }: FolderOptions): Promise<void> {
  // Labels that cannot be read are the fault of whatever they lie beside.
  const labels = await readIntervals(folder).catch(() => new Map<string, IntervalTruth>());
  for (const name of labels.keys()) {
    if ((await stat(path.join(folder, name)).catch(() => null)) === null) {
      onNote?.(`${path.join(folder, 'events.csv')} names ${name}, which is not there`);
    }
  }
}

type Opening = { readonly name: string; readonly open: () => Promise<readonly Footage[]> };

/** What cannot be used joins `faults`, and the rest goes on. */
async function openAll(
  openings: readonly Opening[],
  faults: Unscored[],
): Promise<readonly Footage[]> {
  const found: Footage[] = [];
  for (const { name, open } of openings) {
    try {
      found.push(...(await open()));
    } catch (error) {
      const because = footageFault(error) ?? machineRefusal(error);
      if (because === null) throw error;
      faults.push({ name, because });
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
  return isScene ? openScene(folder, options) : fromVideo(file, options);
}

async function fromVideo(file: string, options: DiscoveryOptions): Promise<Footage> {
  const folder = path.dirname(file);
  const name = path.basename(file);
  const truth = await intervalsOf(file);
  const masks = await masksBeside(folder, name);
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
  const footage = await openImages(folder, names, options);
  if (footage !== null) return [footage];
  options.leftOut.push(`${folder}: images have no frame rate, expected --rate`);
  return [];
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
