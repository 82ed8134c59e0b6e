/** Scores one piece of footage after the other; what cannot be scored is named and does not stop the rest. */
import { CommandFailure } from '../commands/failure.ts';
import type { Footage } from './footage.ts';
import { footageFault, type Unscored } from './footage-fault.ts';
import type { FootageScore } from './footage-scorer.ts';
import type { Progress } from './progress.ts';

/** `score` gives one result for each run over the footage. Throws CommandFailure when not one could be scored. */
export async function scoreEach<Result>(
  footage: readonly Footage[],
  progress: Progress,
  score: (one: Footage, index: number) => Promise<Result>,
): Promise<{ readonly scored: readonly Result[]; readonly unscored: readonly Unscored[] }> {
  const scored: Result[] = [];
  const unscored: Unscored[] = [];
  try {
    for (const [index, one] of footage.entries()) {
      progress.begin(one.name);
      try {
        scored.push(await score(one, index));
      } catch (error) {
        const because = footageFault(error);
        if (because === null) throw error;
        unscored.push({ name: one.name, because });
      }
    }
  } finally {
    progress.end();
  }
  const [first] = unscored;
  if (scored.length === 0 && first !== undefined) throw new CommandFailure(first.because, 2);
  return { scored, unscored };
}

/** Says on stderr what could not be scored and what is odd; the exit code is 1 where something is missing. */
export function tellOddities(
  scores: readonly FootageScore[],
  unscored: readonly Unscored[],
  notes: readonly string[] = [],
): void {
  for (const note of notes) console.error(`note: ${note}`);
  for (const score of scores) {
    for (const note of score.notes) console.error(`note: ${score.name}: ${note}`);
  }
  for (const { because } of unscored) console.error(`not scored: ${because}`);
  if (unscored.length > 0) process.exitCode = 1;
}
