/**
 * The layout of changedetection.net: `input/in%06d.jpg`, `groundtruth/gt%06d.png`, `temporalROI.txt`, `ROI.bmp`.
 * An input belongs to the truth of the same number, wherever the numbers begin.
 */
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import type { MaskView } from './confusion.ts';
import { type Footage, type MaskTruth, noTruth } from './footage.ts';
import { FootageError } from './luma-frames.ts';
import { gapsIn } from './numbering.ts';
import { readPicture } from './picture-file.ts';

export type CdnetOptions = {
  /** Null takes what the folder's name says, or what most of the set was taken at. */
  readonly framesPerSecond: number | null;
  readonly analysisWidthPx: number;
};

/** CDnet states no rate; its cameras ran at about this. */
const rateDefault = 25;

/** But for the slow ones, which have it in their names: 0.17 for `port_0_17fps`. */
function rateInName(name: string): number | null {
  const [, whole, part = '0'] = /_(\d+)(?:_(\d+))?fps$/i.exec(name) ?? [];
  const rate = Number(`${whole}.${part}`);
  return rate > 0 ? rate : null;
}

export async function isCdnetFolder(folder: string): Promise<boolean> {
  const found = await Promise.all(
    ['input', 'groundtruth'].map((name) => stat(path.join(folder, name)).catch(() => null)),
  );
  return found.every((one) => one?.isDirectory() === true);
}

export async function openCdnet(folder: string, options: CdnetOptions): Promise<Footage> {
  const inputs = await numbered(path.join(folder, 'input'), /^in(\d+)\.(jpe?g|png|bmp|tiff?)$/i);
  if (inputs.size === 0) {
    throw new FootageError(`${folder}/input: expected in000001.jpg and so on`);
  }
  const numbers = [...inputs.keys()].sort((a, b) => a - b);
  const gaps = gapsIn(numbers);
  const absolute = path.resolve(folder);
  const name = path.basename(absolute);
  const named = options.framesPerSecond === null ? rateInName(name) : null;
  return {
    name,
    category: path.basename(path.dirname(absolute)),
    source: {
      path: path.join(folder, 'input'),
      images: numbers.map((number) => inputs.get(number) ?? ''),
      framesPerSecond: options.framesPerSecond ?? named ?? rateDefault,
      analysisWidthPx: options.analysisWidthPx,
    },
    truth: { ...noTruth, masks: await openMasks(folder, numbers) },
    notes: [
      ...(named === null ? [] : [`taken at ${named} frames/s, as its name says`]),
      ...(gaps === null ? [] : [`input: ${gaps}; the pictures about a gap follow each other`]),
    ],
  };
}

async function openMasks(folder: string, inputs: readonly number[]): Promise<MaskTruth> {
  const truths = await numbered(path.join(folder, 'groundtruth'), /^gt(\d+)\.(png|bmp)$/i);
  if (truths.size === 0) {
    throw new FootageError(`${folder}/groundtruth: expected gt000001.png and so on`);
  }
  const { first, last } = await readTemporalRegion(folder);
  const counts = (number: number): boolean => number >= first && number <= last;
  return {
    region: await readRegion(folder),
    maskOf: async (frame) => {
      const number = inputs[frame] ?? Number.NaN;
      const file = truths.get(number);
      return file === undefined || !counts(number) ? null : readPicture(file);
    },
    misfit: async () => {
      const without = inputs.filter((number) => counts(number) && !truths.has(number)).length;
      const known = new Set(inputs);
      const unseen = [...truths.keys()].filter((n) => counts(n) && !known.has(n)).length;
      if (!inputs.some(counts))
        return `temporalROI.txt counts ${first} to ${last}, no picture is among them`;
      const parts = [
        without > 0 && `${without} pictures have no mask`,
        unseen > 0 && `${unseen} masks have no picture`,
      ].filter(Boolean);
      return parts.length === 0 ? null : parts.join(', ');
    },
    close: async () => {},
  };
}

/** Files of a folder by the number in their name; `name` holds it as its first group. */
async function numbered(folder: string, name: RegExp): Promise<ReadonlyMap<number, string>> {
  const files = new Map<number, string>();
  for (const file of await readdir(folder)) {
    const number = name.exec(file)?.[1];
    if (number === undefined) continue;
    const twin = files.get(Number(number));
    if (twin !== undefined) {
      throw new FootageError(`${folder}: ${path.basename(twin)} and ${file} have the same number`);
    }
    files.set(Number(number), path.join(folder, file));
  }
  return files;
}

/** Some copies of the set have the region as JPEG, or not at all. */
async function readRegion(folder: string): Promise<MaskView | null> {
  for (const name of ['ROI.bmp', 'ROI.png', 'ROI.jpg']) {
    const file = path.join(folder, name);
    if ((await stat(file).catch(() => null)) === null) continue;
    const { bytes, ...size } = await readPicture(file);
    // A JPEG's edges are not quite black.
    return { bytes: bytes.map((value) => (value >= 128 ? 255 : 0)), ...size };
  }
  return null;
}

/** First and last numbered picture that counts, inclusive; everything where the file is absent. */
async function readTemporalRegion(folder: string): Promise<{ first: number; last: number }> {
  const file = path.join(folder, 'temporalROI.txt');
  const text = await readFile(file, 'utf8').catch(() => null);
  if (text === null) return { first: 0, last: Number.MAX_SAFE_INTEGER };
  const [first, last] = text.trim().split(/\s+/).map(Number);
  if (first === undefined || last === undefined || !(last >= first)) {
    throw new FootageError(
      `${file}: expected two numbers, the second no less than the first, found ${JSON.stringify(text.trim())}`,
    );
  }
  return { first, last };
}
