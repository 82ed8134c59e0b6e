/** `doorbell stress`: how the motion detector bears weather, light and bad pictures laid over footage. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Command, Option } from 'commander';
import { motionSettingsSchema } from '../device/vision/motion-settings.ts';
import { CommandFailure } from './commands/failure.ts';
import { printJson, printRows } from './commands/output.ts';
import type { Footage } from './score/footage.ts';
import { findFootage } from './score/footage-discovery.ts';
import { type FootageScore, scoreFootage } from './score/footage-run.ts';
import { FootageError } from './score/luma-frames.ts';
import { type Totals, totalsOf } from './score/totals.ts';
import { compressCopy } from './stress/compressed-copy.ts';
import {
  layStressor,
  type Strength,
  type StressorName,
  strengths,
  stressorNames,
} from './stress/stressors.ts';

type StressOptions = {
  readonly seed: number;
  readonly only?: readonly StressorName[];
  readonly rate?: number;
  readonly json?: boolean;
};
type StressRow = {
  readonly stressor: StressorName | 'none';
  readonly strength: Strength | 0;
  readonly totals: Totals;
};

const learningMs = 5_000;

export function addStressCommand(program: Command): void {
  program
    .command('stress')
    .description(
      'score footage under rain, snow, headlights, exposure, noise, shake and compression',
    )
    .argument('<path...>', 'footage with truth, as `doorbell score` takes it')
    .addOption(new Option('--seed <n>', 'of the weather').argParser(Number).default(1))
    .addOption(new Option('--only <names...>', 'these alone').choices([...stressorNames]))
    .addOption(new Option('--rate <frames/s>', 'frame rate of images').argParser(Number))
    .option('--json', 'print JSON')
    .action(stress);
}

async function stress(paths: string[], options: StressOptions): Promise<void> {
  if (!Number.isSafeInteger(options.seed))
    throw new CommandFailure('--seed: expected a whole number', 2);
  const folder = await mkdtemp(path.join(tmpdir(), 'doorbell-stress-'));
  try {
    const rows = await runAll(paths, options, folder);
    if (options.json === true) printJson(rows);
    else print(rows);
  } catch (error) {
    if (error instanceof FootageError) throw new CommandFailure(error.message, 2, { cause: error });
    throw error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function runAll(
  paths: readonly string[],
  options: StressOptions,
  folder: string,
): Promise<readonly StressRow[]> {
  const names = options.only ?? stressorNames;
  const combinations: readonly (readonly [StressorName | 'none', Strength | 0])[] = [
    ['none', 0],
    ...names.flatMap((name) => strengths.map((strength) => [name, strength] as const)),
  ];
  const rows: StressRow[] = [];
  for (const [stressor, strength] of combinations) {
    // Found anew each time: the truth's masks are read once, in order.
    const footage = await findFootage(paths, {
      framesPerSecond: options.rate ?? null,
      analysisWidthPx: 320,
      masksVideo: null,
    });
    const scores: FootageScore[] = [];
    for (const one of footage) {
      if (!hasTruth(one)) continue;
      scores.push(await scoreUnder(one, stressor, strength, options.seed, folder));
    }
    if (scores.length === 0) throw new FootageError(`${paths.join(', ')}: no truth beside it`);
    rows.push({ stressor, strength, totals: totalsOf(scores) });
  }
  return rows;
}

const hasTruth = ({ truth }: Footage): boolean => truth.intervals !== null || truth.masks !== null;

async function scoreUnder(
  footage: Footage,
  stressor: StressorName | 'none',
  strength: Strength | 0,
  seed: number,
  folder: string,
): Promise<FootageScore> {
  const settings = motionSettingsSchema.parse({});
  if (stressor === 'none' || strength === 0) return scoreFootage(footage, { settings, learningMs });
  if (stressor === 'compression') {
    return scoreFootage(await compressCopy(footage, strength, folder), { settings, learningMs });
  }
  return scoreFootage(footage, {
    settings,
    learningMs,
    stress: (picture) => layStressor(stressor, picture, strength, seed),
  });
}

function print(rows: readonly StressRow[]): void {
  printRows(
    rows,
    [
      { title: 'STRESSOR', of: ({ stressor }) => stressor },
      { title: 'STRENGTH', of: ({ strength }) => (strength === 0 ? '-' : String(strength)) },
      { title: 'F', of: ({ totals }) => totals.pixels?.f.toFixed(3) ?? '-', align: 'right' },
      {
        title: 'FOUND',
        of: ({ totals }) => `${totals.intervalsFound}/${totals.intervals}`,
        align: 'right',
      },
      { title: 'COVERAGE', of: ({ totals }) => totals.coverage?.toFixed(3) ?? '-', align: 'right' },
      {
        title: 'FALSE S',
        of: ({ totals }) => `${totals.falseSeconds.toFixed(1)}/${totals.quietSeconds.toFixed(0)}`,
        align: 'right',
      },
      { title: 'RUNS', of: ({ totals }) => String(totals.falseRuns), align: 'right' },
    ],
    { none: 'no footage' },
  );
}

if (import.meta.main) {
  const program = new Command('stress');
  addStressCommand(program);
  await program.parseAsync(['node', 'stress', 'stress', ...process.argv.slice(2)]);
}
