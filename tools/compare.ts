/** `doorbell compare`: the motion detector beside the established ones, on the same footage, by the same scorer. */
import { type Command, Option } from 'commander';
import { CommandFailure } from './commands/failure.ts';
import { printJson, printRows } from './commands/output.ts';
import { type CompareRow, compareColumns, compareMarkdown } from './compare/compare-table.ts';
import {
  type Established,
  EstablishedError,
  findEstablished,
  openEstablished,
} from './compare/established-watcher.ts';
import type { Footage } from './score/footage.ts';
import { type RunOptions, scoreTogether } from './score/footage-run.ts';
import { interruptible } from './score/interruption.ts';
import { showProgress } from './score/progress.ts';
import { scoreEach, tellOddities } from './score/score-all.ts';
import {
  footageWithTruth,
  orRefuse,
  positiveNumber,
  readSettings,
  seconds,
} from './score/score-request.ts';
import { totalsOf } from './score/totals.ts';

type CompareOptions = {
  readonly rate?: number;
  readonly learning: number;
  readonly settings?: string;
  readonly only?: readonly string[];
  readonly markdown?: boolean;
  readonly json?: boolean;
};

const own = 'doorbell';
const established = ['frigate', 'motion', 'mog2', 'knn', 'cnt', 'gsoc'];

export function addCompareCommand(program: Command): void {
  program
    .command('compare')
    .description("score the motion detector beside recorders' and OpenCV's (python3-opencv)")
    .argument('<path...>', 'footage with truth, as `doorbell score` takes it')
    .addOption(new Option('--only <names...>', 'these alone').choices(established))
    .addOption(new Option('--rate <frames/s>', 'frame rate of images').argParser(positiveNumber))
    .addOption(
      new Option('--learning <s>', 'false alarms count after this').argParser(seconds).default(5),
    )
    .option('--settings <file>', "the doorbell's motion settings as JSON")
    .option('--markdown', 'print the table as Markdown')
    .option('--json', 'print JSON')
    .action((paths: string[], options: CompareOptions) =>
      interruptible((signal) => compare(paths, options, signal)),
    );
}

async function compare(
  paths: readonly string[],
  options: CompareOptions,
  signal: AbortSignal,
): Promise<void> {
  const settings = await readSettings(options.settings);
  const { footage, ...asked } = await footageWithTruth(paths, options.rate);
  const notes = [...asked.notes];
  const wanted = options.only ?? established;
  const there = await findEstablished();
  const names = there === null ? [] : wanted.filter((name) => there.names.includes(name));
  const missing = wanted.filter((name) => !names.includes(name));
  if (missing.length > 0) {
    notes.push(
      `left out, as python3-opencv${there === null ? '' : ' with bgsegm'} is not installed: ${missing.join(', ')}`,
    );
  }
  const run = { settings, learningMs: options.learning * 1000 };
  const progress = showProgress(footage.length);
  const { scored, ...failed } = await orRefuse(
    scoreEach(footage, progress, (one) => {
      const runs =
        there === null ? [run] : [run, ...names.map((name) => runOf(run, there, name, one))];
      return scoreTogether(one, runs, { signal, onProgress: progress.frames }).catch(refuseEnded);
    }),
  );
  const unscored = [...asked.unscored, ...failed.unscored];
  const rows = [own, ...names].map(
    (detector, i): CompareRow => ({
      detector,
      totals: totalsOf(scored.flatMap((each) => each[i] ?? [])),
    }),
  );
  if (options.json === true) printJson({ v: 1, opencv: there?.version ?? null, rows, unscored });
  else if (options.markdown === true) console.log(compareMarkdown(rows));
  else printRows(rows, compareColumns, { none: 'no footage' });
  tellOddities(
    scored.flatMap((each) => each[0] ?? []),
    unscored,
    notes,
  );
}

/** Python died: an accident of this machine, and no figure to be had. */
function refuseEnded(error: unknown): never {
  if (!(error instanceof EstablishedError)) throw error;
  throw new CommandFailure(error.message, 2, { cause: error });
}

function runOf(run: RunOptions, there: Established, name: string, footage: Footage): RunOptions {
  const framesPerSecond = footage.source.framesPerSecond ?? 25;
  return {
    ...run,
    watcher: (widthPx, heightPx, settings) =>
      openEstablished(there, { name, widthPx, heightPx, framesPerSecond, settings }),
  };
}
