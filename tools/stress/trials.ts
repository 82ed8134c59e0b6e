/** Footage under each stressor at each strength, decoded once for all of them. */
import { rm } from 'node:fs/promises';
import type { MotionSettings } from '../../device/vision/motion-settings.ts';
import type { Footage } from '../score/footage.ts';
import { type RunOptions, scoreTogether } from '../score/footage-run.ts';
import type { FootageScore } from '../score/footage-scorer.ts';
import type { LumaPicture } from '../score/luma-frames.ts';
import { type CompressedCopy, compressFootage } from './compressed-copy.ts';
import { createContactSheet } from './contact-sheet.ts';
import { layStressor, type Strength, type StressorName, strengths } from './stressors.ts';

/** One stressor at one strength; or the footage as it is. */
export type Trial =
  | { readonly stressor: 'none'; readonly strength: 0 }
  | { readonly stressor: StressorName; readonly strength: Strength };

export const trialsOf = (names: readonly StressorName[]): readonly Trial[] => [
  { stressor: 'none', strength: 0 },
  ...names.flatMap((stressor) => strengths.map((strength) => ({ stressor, strength }))),
];

export type TrialOptions = {
  readonly settings: MotionSettings;
  readonly learningMs: number;
  readonly seed: number;
  readonly signal: AbortSignal;
  /** For compressed copies; it is made, and gone afterwards. */
  readonly copiesFolder: string;
  /** Where to show what the stressors look like; null for nowhere. */
  readonly sheetFile: string | null;
  readonly onProgress: (frames: number) => void;
};

/** Scores in the order of the trials. Throws FootageError. */
export async function scoreTrials(
  footage: Footage,
  trials: readonly Trial[],
  options: TrialOptions,
): Promise<readonly FootageScore[]> {
  const { settings, learningMs, seed, signal, copiesFolder, sheetFile, onProgress } = options;
  const copies: CompressedCopy[] = [];
  const sheet = createContactSheet();
  const rows = [...new Set(trials.map(({ stressor }) => stressor))].filter((n) => n !== 'none');

  const runs = trials.map((trial): RunOptions => {
    const run = { settings, learningMs };
    if (trial.stressor === 'none') return run;
    const { stressor, strength } = trial;
    const lay = layerOf(stressor, strength);
    const stress = async (picture: LumaPicture): Promise<LumaPicture> => {
      const laid = await lay(picture);
      if (sheetFile !== null) sheet.see(rows.indexOf(stressor), strength - 1, laid);
      return laid;
    };
    return { ...run, stress };
  });

  function layerOf(stressor: StressorName, strength: Strength) {
    if (stressor !== 'compression') {
      return (picture: LumaPicture) => layStressor(stressor, picture, strength, seed);
    }
    const copy = compressFootage(footage.source, strength, copiesFolder, signal);
    copies.push(copy);
    return copy.lay;
  }

  try {
    const scores = await scoreTogether(footage, runs, { signal, onProgress });
    if (sheetFile !== null) await sheet.write(sheetFile);
    return scores;
  } finally {
    await Promise.all(copies.map((copy) => copy.close()));
    await rm(copiesFolder, { recursive: true, force: true });
  }
}
