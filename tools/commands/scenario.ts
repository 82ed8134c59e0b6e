/** `doorbell scenario`: runs scenarios written in YAML against a cloud in this process, in virtual time. */
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Command, Option } from 'commander';
import { junitXml } from '../scenario/junit-report.ts';
import { profileRows, withTable } from '../scenario/profile-table.ts';
import { readScenario, type ScenarioFile, ScenarioFileError } from '../scenario/scenario-file.ts';
import { type RunOptions, runScenario, type Verdict } from '../scenario/scenario-run.ts';
import { type ProfileName, profileNames, scenarioJsonSchema } from '../scenario/scenario-schema.ts';
import { summaryText, verdictText } from '../scenario/text-report.ts';
import { CommandFailure } from './failure.ts';
import { countText, printJson } from './output.ts';

type RunFlags = {
  readonly profile?: ProfileName;
  readonly seed?: string;
  readonly json?: boolean;
  readonly junit?: string;
  readonly cloud?: string;
  readonly data?: string;
  readonly broker: string;
};

export function addScenarioCommand(program: Command): void {
  const scenario = program
    .command('scenario')
    .description('stories about doorbells, owners and demands, told in virtual time and checked');
  scenario
    .command('run <file...>')
    .description('run scenario files, or all of a folder; 1 where one fails, 2 where one is wrong')
    .addOption(new Option('--profile <name>', 'the policy they run under').choices(profileNames))
    .option('--seed <text>', 'what all randomness follows from', '1')
    .option('--json', 'print JSON')
    .option('--junit <file>', 'write JUnit XML there as well')
    .option('--cloud <url>', 'run against this cloud, started with --virtual-clock')
    .option('--data <folder>', 'with --cloud: its data folder (default: DOORBELL_DATA, else .data)')
    .option('--broker <url>', 'with --cloud: its broker', 'mqtts://localhost:8883')
    .action(run);
  scenario
    .command('table <folder>')
    .description('run a folder under every profile and write what comes out into its README.md')
    .action(writeTable);
  scenario
    .command('schema')
    .description('print the JSON Schema of scenario files, for editors')
    .action(() => printJson(scenarioJsonSchema()));
}

async function run(names: readonly string[], flags: RunFlags): Promise<void> {
  const scenarios = names.flatMap(filesIn).map(read);
  const { cloud, data, broker } = flags;
  if (cloud === undefined) return runAll(scenarios, flags);
  // Its makings are a cloud's and a link's: only who asks for it loads them.
  const { withRunningCloud } = await import('./scenario-cloud.ts');
  await withRunningCloud({ url: cloud, data, broker }, (open) => runAll(scenarios, flags, open));
}

async function runAll(
  scenarios: readonly ScenarioFile[],
  flags: RunFlags,
  open?: NonNullable<RunOptions['open']>,
): Promise<void> {
  const verdicts: (Verdict & { readonly realMs: number })[] = [];
  const beganAt = performance.now();
  // A running cloud's time goes on from story to story: what has a day of its own is told before that day has passed.
  const beginsAt = ({ start }: ScenarioFile): number => start ?? Number.MAX_SAFE_INTEGER;
  const inOrder =
    open === undefined ? scenarios : scenarios.toSorted((a, b) => beginsAt(a) - beginsAt(b));
  for (const each of inOrder) {
    const startedAt = performance.now();
    const { profile, seed } = flags;
    const verdict = await runScenario(each, {
      ...(profile === undefined ? {} : { profile }),
      ...(seed === undefined ? {} : { seed }),
      ...(open === undefined ? {} : { open }),
    });
    verdicts.push({ ...verdict, realMs: Math.round(performance.now() - startedAt) });
    if (flags.json !== true) console.log(verdictText(verdict, process.stdout.isTTY === true));
  }
  if (flags.json === true) printJson({ verdicts });
  else console.log(summaryText(verdicts, performance.now() - beganAt));
  if (flags.junit !== undefined) write(flags.junit, junitXml(verdicts));
  const mistakes = verdicts.filter(({ outcome }) => outcome === 'mistake').length;
  if (mistakes > 0)
    throw new CommandFailure(`${countText(mistakes, 'scenario')} cannot be run as written`, 2);
  const failed = verdicts.filter(({ outcome }) => outcome === 'failed').length;
  if (failed > 0) throw new CommandFailure(`${failed} of ${verdicts.length} scenarios failed`);
}

async function writeTable(folder: string): Promise<void> {
  const scenarios = filesIn(folder)
    .map(read)
    .map((each) => ({ ...each, file: path.basename(each.file) }));
  const readme = path.join(folder, 'README.md');
  const rows = await profileRows(scenarios);
  write(readme, withTable(readText(readme), scenarios, rows));
  console.log(`${readme}: ${rows.length} scenarios under ${profileNames.length} profiles`);
}

/** A file, or every scenario of a folder in the order of their names. */
function filesIn(name: string): readonly string[] {
  try {
    if (!statSync(name).isDirectory()) return [name];
    const found = readdirSync(name)
      .filter((each) => /\.ya?ml$/.test(each))
      .sort();
    if (found.length === 0) throw new CommandFailure(`${name} has no scenario (*.yaml)`, 2);
    return found.map((each) => path.join(name, each));
  } catch (error) {
    if (error instanceof CommandFailure) throw error;
    throw new CommandFailure(`${name}: there is no such file or folder`, 2, { cause: error });
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new CommandFailure(`${file}: cannot be read`, 2, { cause: error });
  }
}

function read(file: string): ScenarioFile {
  const text = readText(file);
  try {
    return readScenario(file, text);
  } catch (error) {
    if (error instanceof ScenarioFileError) throw new CommandFailure(error.message, 2);
    throw error;
  }
}

function write(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw new CommandFailure(`${file}: cannot be written`, 2, { cause: error });
  }
}
