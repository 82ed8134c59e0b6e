/** `doorbell stress`: how the motion detector bears weather, light and bad pictures laid over footage. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Command, Option } from 'commander';
import { printJson } from './commands/output.ts';
import { interruptible } from './score/interruption.ts';
import { showProgress } from './score/progress.ts';
import { scoreEach, tellOddities } from './score/score-all.ts';
import {
  footageWithTruth,
  positiveNumber,
  readSettings,
  readyFolder,
  seconds,
  wholeNumber,
} from './score/score-request.ts';
import { totalsOf } from './score/totals.ts';
import { printStress, type StressRow, stressMarkdown } from './stress/stress-table.ts';
import { type StressorName, stressorNames } from './stress/stressors.ts';
import { scoreTrials, trialsOf } from './stress/trials.ts';

type StressOptions = {
  readonly seed: number;
  readonly only?: readonly StressorName[];
  readonly rate?: number;
  readonly learning: number;
  readonly settings?: string;
  readonly json?: boolean;
  readonly markdown?: boolean;
  readonly pictures?: string;
};

export function addStressCommand(program: Command): void {
  program
    .command('stress')
    .description(
      'score footage under rain, snow, headlights, exposure, noise, shake and compression',
    )
    .argument('<path...>', 'footage with truth, as `doorbell score` takes it')
    .addOption(new Option('--seed <n>', 'of the weather').argParser(wholeNumber).default(1))
    .addOption(new Option('--only <names...>', 'these alone').choices([...stressorNames]))
    .addOption(new Option('--rate <frames/s>', 'frame rate of images').argParser(positiveNumber))
    .addOption(
      new Option('--learning <s>', 'false alarms count after this').argParser(seconds).default(5),
    )
    .option('--settings <file>', 'motion settings as JSON')
    .option('--markdown', 'print the table as Markdown, a column for each strength')
    .option('--pictures <dir>', 'write what each stressor looks like, a sheet for each footage')
    .option('--json', 'print JSON')
    .action((paths: string[], options: StressOptions) =>
      interruptible((signal) => stress(paths, options, signal)),
    );
}

async function stress(
  paths: readonly string[],
  options: StressOptions,
  signal: AbortSignal,
): Promise<void> {
  const settings = await readSettings(options.settings);
  const { footage, notes, ...asked } = await footageWithTruth(paths, options.rate);
  await readyFolder(options.pictures);
  const trials = trialsOf(options.only ?? stressorNames);
  const folder = await mkdtemp(path.join(tmpdir(), 'doorbell-stress-'));
  const progress = showProgress(footage.length);
  try {
    const { scored, ...failed } = await scoreEach(footage, progress, (one, index) =>
      scoreTrials(one, trials, {
        settings,
        learningMs: options.learning * 1000,
        seed: options.seed,
        signal,
        copiesFolder: path.join(folder, String(index)),
        sheetFile:
          options.pictures === undefined ? null : path.join(options.pictures, `${one.name}.png`),
        onProgress: progress.frames,
      }),
    );
    const unscored = [...asked.unscored, ...failed.unscored];
    const rows = trials.map((trial, i): StressRow => {
      const scores = scored.flatMap((each) => each[i] ?? []);
      return { ...trial, totals: totalsOf(scores) };
    });
    if (options.json === true) printJson({ v: 1, seed: options.seed, rows, unscored });
    else if (options.markdown === true) console.log(stressMarkdown(rows));
    else printStress(rows);
    tellOddities(
      scored.flatMap((each) => each[0] ?? []),
      unscored,
      notes,
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
