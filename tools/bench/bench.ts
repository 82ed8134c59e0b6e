/** What every bench is to the command that runs it. */
import type { BenchResult } from './figures.ts';

export type BenchOptions = {
  /** A smoke run: does everything once, and its figures mean little. */
  readonly quick: boolean;
  /** `done` of `all` steps are over. */
  readonly progress: (done: number, all: number) => void;
  /** What is known already, before the rest: a long run that is cut off has said something. */
  readonly tell: (results: readonly BenchResult[]) => void;
};

export type Bench = {
  readonly name: string;
  readonly describe: string;
  run(options: BenchOptions): Promise<readonly BenchResult[]>;
};
