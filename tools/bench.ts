/** `npm run bench`: how fast, each figure beside a baseline taken in the same run and the bar it is held to. */
import '../cloud-stub/disk-threads.ts';
import { loadavg } from 'node:os';
import cliProgress from 'cli-progress';
import { Command, Option } from 'commander';
import type { Bench } from './bench/bench.ts';
import { cameraBench } from './bench/camera.ts';
import { custodyBench } from './bench/custody.ts';
import type { BenchResult } from './bench/figures.ts';
import { pressBench } from './bench/press.ts';
import { describeResult } from './bench/report.ts';
import { startBench } from './bench/start.ts';
import { storedBench } from './bench/stored.ts';
import { uploadBench } from './bench/upload.ts';
import { visionBench } from './bench/vision.ts';
import { CommandFailure } from './commands/failure.ts';
import { printJson } from './commands/output.ts';

type Options = {
  readonly quick?: boolean;
  readonly json?: boolean;
  readonly strict?: boolean;
};

const benches: readonly Bench[] = [
  uploadBench,
  pressBench,
  storedBench,
  cameraBench,
  startBench,
  visionBench,
  custodyBench,
];

const program = new Command('bench')
  .description('measures how fast it is; each figure beside a baseline taken in the same run')
  .argument('[names...]', 'which benches (default: all)')
  .option('--quick', 'a smoke run: everything once, figures mean little')
  .option('--json', 'print the results as JSON')
  .addOption(new Option('--strict', 'exit 1 when a bar is missed'))
  .addHelpText('after', `\nBenches:\n${benches.map(describeBench).join('\n')}`)
  .parse();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => process.exit(1));
}
try {
  process.exitCode = await bench(program.args, program.opts<Options>());
} catch (error) {
  if (!(error instanceof CommandFailure)) throw error;
  process.stderr.write(`bench: ${error.message}\n`);
  process.exitCode = error.exitCode;
}

async function bench(names: readonly string[], options: Options): Promise<number> {
  const results: BenchResult[] = [];
  const loadBefore = loadOf();
  for (const chosen of choose(names)) {
    const bar = new cliProgress.SingleBar({
      format: `${chosen.name.padEnd(8)} {bar} {percentage} %`,
      stream: process.stderr,
      hideCursor: true,
      clearOnComplete: true,
      noTTYOutput: true,
      notTTYSchedule: 15_000,
    });
    bar.start(1, 0);
    const told = new Set<BenchResult>();
    const tell = (results: readonly BenchResult[]): void => {
      if (options.json === true) return;
      for (const result of results) {
        told.add(result);
        console.log(describeResult(result).join('\n'));
      }
    };
    const made = await chosen
      .run({
        quick: options.quick === true,
        progress(done, all) {
          bar.setTotal(all);
          bar.update(done);
        },
        tell,
      })
      .finally(() => bar.stop());
    results.push(...made);
    tell(made.filter((result) => !told.has(result)));
  }
  if (options.json === true) {
    printJson({ quick: options.quick === true, loadBefore, loadAfter: loadOf(), results });
  } else console.log(`load of this machine before ${loadBefore}, after ${loadOf()}`);
  const hasMissed = results.some(({ passed }) => passed === false);
  return options.strict === true && hasMissed ? 1 : 0;
}

function choose(names: readonly string[]): readonly Bench[] {
  if (names.length === 0) return benches;
  return names.map((name) => {
    const found = benches.find((candidate) => candidate.name === name);
    if (found !== undefined) return found;
    const known = benches.map((candidate) => candidate.name).join(', ');
    throw new CommandFailure(`there is no bench ${name}, only ${known}`, 2);
  });
}

function describeBench({ name, describe }: Bench): string {
  return `  ${name.padEnd(10)} ${describe}`;
}

/** Processes that wanted a processor, on average of the last minute. */
function loadOf(): number {
  return Math.round((loadavg()[0] ?? 0) * 10) / 10;
}
