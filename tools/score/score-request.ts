/** What `score`, `stress` and `compare` ask alike: options, settings, and what is refused in a sentence. */
import { readFile } from 'node:fs/promises';
import { InvalidArgumentError } from 'commander';
import { z } from 'zod';
import { FfmpegMissingError } from '../../device/peripherals/ffmpeg-binary.ts';
import { type MotionSettings, motionSettingsSchema } from '../../device/vision/motion-settings.ts';
import { CommandFailure } from '../commands/failure.ts';
import { SceneFileError } from '../fixtures/scene-files.ts';
import { IntervalTruthError } from './interval-truth.ts';
import { FootageError } from './luma-frames.ts';

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

/** The doorbell's defaults, or those of a file. */
export async function readSettings(file: string | undefined): Promise<MotionSettings> {
  if (file === undefined) return motionSettingsSchema.parse({});
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new CommandFailure(`cannot read the settings ${file}`, 2, { cause });
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

/** What is wrong with the footage or its truth, in a sentence; null for what is no such failure. */
export function footageFault(error: unknown): string | null {
  const known =
    error instanceof FootageError ||
    error instanceof IntervalTruthError ||
    error instanceof SceneFileError;
  return known ? error.message : null;
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
