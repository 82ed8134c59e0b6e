/** What is wrong with footage or its truth, told from a failure of the program. */
import { SceneFileError } from '../fixtures/scene-files.ts';
import { IntervalTruthError } from './interval-truth.ts';
import { FootageError } from './luma-frames.ts';

/** Footage that could not be scored, and why, in a sentence. */
export type Unscored = { readonly name: string; readonly because: string };

/** The sentence; null for what is no such fault. */
export function footageFault(error: unknown): string | null {
  const known =
    error instanceof FootageError ||
    error instanceof IntervalTruthError ||
    error instanceof SceneFileError;
  return known ? error.message : null;
}
