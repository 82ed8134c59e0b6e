/** A folder of images as footage: its pictures in the order in which people count. */
import path from 'node:path';
import { type Footage, noTruth } from './footage.ts';
import { intervalsOf } from './interval-truth.ts';
import { FootageError } from './luma-frames.ts';
import { byNumber, gapsIn, numberIn } from './numbering.ts';

export type ImageOptions = {
  /** Null takes what an `events.csv` says of them. */
  readonly framesPerSecond: number | null;
  readonly analysisWidthPx: number;
};

/** Null where nothing says how fast they follow each other. Throws FootageError for images of several kinds. */
export async function openImages(
  folder: string,
  names: readonly string[],
  options: ImageOptions,
): Promise<Footage | null> {
  const kinds = new Set(names.map((name) => kindOf(name)));
  if (kinds.size > 1) {
    throw new FootageError(`${folder}: images of several kinds (${[...kinds].join(', ')})`);
  }
  const ordered = [...names].sort(byNumber);
  const truth = await intervalsOf(folder);
  const framesPerSecond = options.framesPerSecond ?? truth?.framesPerSecond ?? null;
  if (framesPerSecond === null && names.length > 1) return null;
  const numbers = ordered.map(numberIn);
  const gaps = numbers.includes(null) ? null : gapsIn(numbers.map((number) => number ?? 0));
  return {
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
}

const kindOf = (name: string): string =>
  path.extname(name).toLowerCase().replace('jpeg', 'jpg').replace('tiff', 'tif');
