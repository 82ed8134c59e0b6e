/** `events.csv`: the intervals in which something moves, or surely nothing does. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';

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
    throw error;
  });
  return text === null ? new Map() : parseIntervals(text, file);
}

export function parseIntervals(text: string, name: string): ReadonlyMap<string, IntervalTruth> {
  const truths = new Map<string, IntervalTruth>();
  text.split(/\r?\n/).forEach((line, index) => {
    if (line === '' || line.startsWith('#') || line.startsWith('file,')) return;
    const [file, start, end, rate, label, , tolerance, ...note] = line.split(',');
    const numbers = [start, end, rate].map(Number);
    const [from = Number.NaN, to = Number.NaN, framesPerSecond = Number.NaN] = numbers;
    if (!file || !label || !(from >= 0) || !(to >= from) || !(framesPerSecond > 0)) {
      throw new IntervalTruthError(
        `${name} line ${index + 1}: expected file,start_frame,end_frame,fps,label,..., found ${line}`,
      );
    }
    const before = truths.get(file);
    truths.set(file, {
      framesPerSecond,
      region: before?.region ?? regionIn(note.join(',')),
      intervals: [
        ...(before?.intervals ?? []),
        {
          start: from,
          end: to,
          label,
          moving: label !== 'NO_MOTION',
          tolerance: Number(tolerance) || 0,
          onsetFrom: from,
        },
      ],
    });
  });
  return truths;
}

/** The one form in which a note names a region: `x=631 y=532 w=210 h=127 of 1280x720`. */
function regionIn(note: string): NormalisedRegion | null {
  const found = /x=(\d+) y=(\d+) w=(\d+) h=(\d+) of (\d+)x(\d+)/.exec(note);
  if (found === null) return null;
  const [, x = 0, y = 0, width = 0, height = 0, of = 1, by = 1] = found.map(Number);
  return { x: x / of, y: y / by, width: width / of, height: height / by };
}
