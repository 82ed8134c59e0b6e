/** `events.csv`: the intervals in which something moves, or surely nothing does. */
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { reasonOf } from '../commands/failure.ts';

export type TruthInterval = {
  /** Frames, from 0, inclusive. */
  readonly start: number;
  readonly end: number;
  readonly label: string;
  /** False for `NO_MOTION`. */
  readonly moving: boolean;
  /** Frames by which the borders may be off. */
  readonly tolerance: number;
  /** The frame from which the delay of the onset counts; null where none is owed. */
  readonly onsetFrom: number | null;
};

export type IntervalTruth = {
  readonly framesPerSecond: number;
  readonly intervals: readonly TruthInterval[];
  /** The only part of the picture the labels speak of, normalised; null for the whole. */
  readonly region: NormalisedRegion | null;
};
export type NormalisedRegion = {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
};

/** A line of events.csv that cannot be read. */
export class IntervalTruthError extends Error {
  override readonly name = 'IntervalTruthError';
}

/** By file name; empty when there is no `events.csv` in the folder. */
export async function readIntervals(folder: string): Promise<ReadonlyMap<string, IntervalTruth>> {
  const file = path.join(folder, 'events.csv');
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw new IntervalTruthError(`${file}: ${reasonOf(error)}`, { cause: error });
  });
  return text === null ? new Map() : parseIntervals(text, file);
}

/** How far up an `events.csv` may lie that names `folder/file`. */
const parentsMax = 2;

/** What an `events.csv` beside or above says of a file or a folder of images. */
export async function intervalsOf(footage: string): Promise<IntervalTruth | undefined> {
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

/** Throws IntervalTruthError, which names the line. */
export function parseIntervals(text: string, name: string): ReadonlyMap<string, IntervalTruth> {
  const truths = new Map<string, IntervalTruth>();
  // A spreadsheet may begin its files with a byte order mark.
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  for (const [index, line] of lines.entries()) {
    if (line.trim() === '' || line.startsWith('#') || /^"?file"?,/.test(line)) continue;
    const where = `${name} line ${index + 1}`;
    const { file, framesPerSecond, region, interval } = parseLine(line, where);
    const before = truths.get(file);
    if (before !== undefined && before.framesPerSecond !== framesPerSecond) {
      throw new IntervalTruthError(
        `${where}: ${file} has ${framesPerSecond} frames/s here and ${before.framesPerSecond} above`,
      );
    }
    const rival = before?.intervals.find((other) => contradict(other, interval));
    if (rival !== undefined) {
      const both = `${interval.start}-${interval.end} overlap ${rival.start}-${rival.end}`;
      throw new IntervalTruthError(`${where}: frames ${both}, and one of them is NO_MOTION`);
    }
    truths.set(file, {
      framesPerSecond,
      region: before?.region ?? region,
      intervals: [...(before?.intervals ?? []), interval],
    });
  }
  return truths;
}

const columns = 'file,start_frame,end_frame,fps,label,basis,tolerance_frames,note';

function parseLine(line: string, where: string) {
  const [file, start, end, rate, label, , tolerance, ...note] = fieldsOf(line);
  const wrong = (expected: string): IntervalTruthError =>
    new IntervalTruthError(`${where}: expected ${expected}, found ${line}`);
  if (!file || !label) throw wrong(columns);
  const whole = (field: string, text = ''): number => {
    if (/^\s*\d+\s*$/.test(text)) return Number(text);
    throw wrong(`${field} to be a whole number from 0`);
  };
  const from = whole('start_frame', start);
  const to = whole('end_frame', end);
  if (to < from) throw wrong('end_frame to be no less than start_frame');
  const framesPerSecond = Number(rate || 'none');
  if (!(framesPerSecond > 0 && Number.isFinite(framesPerSecond))) throw wrong('fps to be above 0');
  const interval: TruthInterval = {
    start: from,
    end: to,
    label,
    moving: label !== 'NO_MOTION',
    tolerance: whole('tolerance_frames', tolerance || '0'),
    onsetFrom: from,
  };
  const region = regionIn(note.join(','));
  return { file, framesPerSecond, region, interval };
}

/** The fields of a line; a spreadsheet may quote those that hold a comma, or all. */
const fieldsOf = (line: string): string[] =>
  [...`,${line}`.matchAll(/,(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
    ([, quoted, bare]) => quoted?.replaceAll('""', '"') ?? bare ?? '',
  );

/** Whether two intervals overlap by more than their tolerances, and one says that nothing moves. */
function contradict(a: TruthInterval, b: TruthInterval): boolean {
  if (a.moving && b.moving) return false;
  const slack = a.tolerance + b.tolerance;
  return a.start + slack <= b.end && b.start + slack <= a.end;
}

/** The one form in which a note names a region: `x=631 y=532 w=210 h=127 of 1280x720`. */
function regionIn(note: string): NormalisedRegion | null {
  const found = /x=(\d+) y=(\d+) w=(\d+) h=(\d+) of (\d+)x(\d+)/.exec(note);
  if (found === null) return null;
  const [, x = 0, y = 0, width = 0, height = 0, of = 1, by = 1] = found.map(Number);
  return { x: x / of, y: y / by, width: width / of, height: height / by };
}
