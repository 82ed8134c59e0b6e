/** What `score`, `stress` and `compare` ask alike: options, settings, and what is refused in a sentence. */
import { access, constants, mkdir, readFile } from 'node:fs/promises';
import { InvalidArgumentError } from 'commander';
import { z } from 'zod';
import { FfmpegMissingError } from '../../device/peripherals/ffmpeg-binary.ts';
import { type MotionSettings, motionSettingsSchema } from '../../device/vision/motion-settings.ts';
import { visionLimits } from '../../device/vision/vision-limits.ts';
import { CommandFailure, reasonOf } from '../commands/failure.ts';
import { givenFolder } from '../commands/places.ts';
import type { Footage } from './footage.ts';
import { type DiscoveryOptions, findFootage } from './footage-discovery.ts';
import { footageFault, type Unscored } from './footage-fault.ts';

/** A number above 0, for an option. */
export function positiveNumber(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value > 0 && Number.isFinite(value)) return value;
  throw new InvalidArgumentError('expected a number above 0.');
}

/** 0 or more, for an option. */
export function seconds(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= 0 && Number.isFinite(value)) return value;
  throw new InvalidArgumentError('expected a number of seconds from 0.');
}

export function wholeNumber(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isSafeInteger(value)) return value;
  throw new InvalidArgumentError('expected a whole number.');
}

/** As wide as a detector can be. */
export function analysisWidth(text: string): number {
  const widthPx = wholeNumber(text);
  if (widthPx >= visionLimits.widthPxMin) return widthPx;
  throw new InvalidArgumentError(`expected ${visionLimits.widthPxMin} pixels or more.`);
}

/** The doorbell's defaults, or those of a file. */
export async function readSettings(file: string | undefined): Promise<MotionSettings> {
  if (file === undefined) return motionSettingsSchema.parse({});
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new CommandFailure(`cannot read the settings ${file}: ${reasonOf(cause)}`, 2, { cause });
  });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new CommandFailure(`the settings ${file} are not JSON`, 2, { cause });
  }
  const parsed = motionSettingsSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new CommandFailure(`the settings ${file}: ${z.prettifyError(parsed.error)}`, 2);
}

/** Turns what is wrong with footage, or with this machine, into a refusal of the command. */
export async function orRefuse<Value>(work: Promise<Value>): Promise<Value> {
  try {
    return await work;
  } catch (error) {
    const fault = error instanceof FfmpegMissingError ? error.message : footageFault(error);
    if (fault !== null) throw new CommandFailure(fault, 2, { cause: error });
    throw error;
  }
}

export type AskedFootage = {
  readonly footage: readonly Footage[];
  readonly unscored: readonly Unscored[];
  readonly notes: readonly string[];
};

/** The footage under the paths, and what under them is none. Throws CommandFailure where there is none at all. */
export async function askedFootage(
  paths: readonly string[],
  options: Pick<DiscoveryOptions, 'analysisWidthPx' | 'masksVideo'> & { readonly rate?: number },
): Promise<AskedFootage> {
  const notes: string[] = [];
  const unscored: Unscored[] = [];
  const footage = await orRefuse(
    findFootage(paths, {
      framesPerSecond: options.rate ?? null,
      analysisWidthPx: options.analysisWidthPx,
      masksVideo: options.masksVideo,
      onNote: (note) => void notes.push(note),
      onFault: (fault) => void unscored.push(fault),
    }),
  );
  return { footage, unscored, notes };
}

/** The same of footage that can be scored at all: figures without truth say nothing. */
export async function footageWithTruth(
  paths: readonly string[],
  rate: number | undefined,
): Promise<AskedFootage> {
  const size = { analysisWidthPx: 320, masksVideo: null };
  const stated = rate === undefined ? {} : { rate };
  const { footage, unscored, notes } = await askedFootage(paths, { ...size, ...stated });
  const { known = [], unknown = [] } = Object.groupBy(footage, ({ truth }) =>
    truth.intervals !== null || truth.masks !== null ? 'known' : 'unknown',
  );
  if (known.length === 0) throw new CommandFailure(`${paths.join(', ')}: no truth beside it`, 2);
  const leftOut = unknown.map(({ name }) => `${name}: no truth, left out`);
  return { footage: known, unscored, notes: [...notes, ...leftOut] };
}

/** Makes a folder that a long run will write into. Throws CommandFailure at once where it could not. */
export async function readyFolder(dir: string | undefined): Promise<void> {
  if (dir === undefined) return;
  givenFolder(dir);
  try {
    await mkdir(dir, { recursive: true });
    await access(dir, constants.W_OK);
  } catch (cause) {
    throw new CommandFailure(`cannot write into ${dir}: ${reasonOf(cause)}`, 2, { cause });
  }
}
