/**
 * The layout of changedetection.net: `input/in%06d.jpg`, `groundtruth/gt%06d.png`, `temporalROI.txt`, `ROI.bmp`.
 * Numbers begin at 1.
 */
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { type Footage, type MaskTruth, noTruth } from './footage.ts';
import { readPicture } from './picture-file.ts';

export type CdnetOptions = { readonly framesPerSecond: number; readonly analysisWidthPx: number };

/** CDnet states no rate; its cameras ran at about this. */
export const cdnetRateDefault = 25;

export async function isCdnetFolder(folder: string): Promise<boolean> {
  const found = await Promise.all(
    ['input', 'groundtruth'].map((name) => stat(path.join(folder, name)).catch(() => null)),
  );
  return found.every((one) => one?.isDirectory() === true);
}

export async function openCdnet(folder: string, options: CdnetOptions): Promise<Footage> {
  const inputs = (await readdir(path.join(folder, 'input'))).filter((name) =>
    /^in\d+\./.test(name),
  );
  const first = inputs.sort()[0];
  if (first === undefined) throw new Error(`${folder}/input: expected in000001.jpg and so on`);
  const digits = /^in(\d+)/.exec(first)?.[1]?.length ?? 6;
  const extension = path.extname(first);
  const absolute = path.resolve(folder);
  return {
    name: path.basename(absolute),
    category: path.basename(path.dirname(absolute)),
    source: {
      path: path.join(folder, 'input', `in%0${digits}d${extension}`),
      kind: 'numbered-images',
      framesPerSecond: options.framesPerSecond,
      analysisWidthPx: options.analysisWidthPx,
    },
    truth: { ...noTruth, masks: await openMasks(folder) },
  };
}

async function openMasks(folder: string): Promise<MaskTruth> {
  const { first, last } = await readTemporalRegion(folder);
  const truthFolder = path.join(folder, 'groundtruth');
  const names = new Map<number, string>();
  for (const name of await readdir(truthFolder)) {
    const number = /^gt(\d+)\.png$/.exec(name)?.[1];
    if (number !== undefined) names.set(Number(number), name);
  }
  const regionFile = path.join(folder, 'ROI.bmp');
  const hasRegion = (await stat(regionFile).catch(() => null)) !== null;
  return {
    region: hasRegion ? await readPicture(regionFile) : null,
    maskOf: async (frame) => {
      const number = frame + 1;
      const name = names.get(number);
      if (name === undefined || number < first || number > last) return null;
      return readPicture(path.join(truthFolder, name));
    },
  };
}

/** First and last numbered picture that counts, inclusive; everything where the file is absent. */
async function readTemporalRegion(folder: string): Promise<{ first: number; last: number }> {
  const file = path.join(folder, 'temporalROI.txt');
  const text = await readFile(file, 'utf8').catch(() => '');
  const [first, last] = text.trim().split(/\s+/).map(Number);
  return first !== undefined && last !== undefined && last >= first
    ? { first, last }
    : { first: 1, last: Number.MAX_SAFE_INTEGER };
}
