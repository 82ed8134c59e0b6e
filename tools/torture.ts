/**
 * `npm run torture -- --rounds N [--seed S]`: real processes, killed at random instants on a network that cuts,
 * delays, duplicates and reorders, on disks that fill up; and then the question whether anything was lost.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Command } from 'commander';
import { findFfmpeg } from '../device/peripherals/ffmpeg-binary.ts';
import { atLeastOne } from './commands/arguments.ts';
import { randomFrom } from './fixtures/randomness.ts';
import { makeFootage } from './torture/footage.ts';
import { describeRound, planRound } from './torture/plan.ts';
import { Stage, type StageOptions } from './torture/stage.ts';

type Options = {
  readonly rounds: number;
  readonly seed: number;
  readonly broker: 'embedded' | 'mosquitto' | 'both';
  readonly jobs: number;
  readonly keep?: boolean;
  readonly json?: boolean;
};

/** A new stage after so many rounds: evidence and records would slow the verdict down. */
const roundsPerStage = 10;
const thoroughEvery = 5;

const noTotals = {
  rounds: 0,
  failures: 0,
  deviceKills: 0,
  cloudKills: 0,
  brokerKills: 0,
  cut: 0,
  delayed: 0,
  duplicated: 0,
  reordered: 0,
  clips: 0,
  rings: 0,
};
type Totals = { [Name in keyof typeof noTotals]: number };

const program = new Command('torture')
  .description('kills, cuts, delays and fills disks at random, then checks that nothing was lost')
  .option('--rounds <count>', 'how many rounds', atLeastOne, 20)
  .option('--seed <number>', 'of the whole torture', Number, Date.now() % 1_000_000)
  .option('--broker <which>', 'embedded, mosquitto or both', 'both')
  .option('--jobs <count>', 'stages at a time; most of a round is waiting', atLeastOne, 1)
  .option('--keep', 'keep the folders of the stages')
  .option('--json', 'print the outcome as JSON')
  .parse();
process.exit(await torture(program.opts<Options>()));

async function torture(options: Options): Promise<number> {
  const { rounds, seed } = options;
  const mosquitto = findMosquitto();
  if (mosquitto === null && options.broker !== 'embedded') {
    console.log('mosquitto is not installed: the torture goes on with the embedded broker only');
  }
  const folder = mkdtempSync(path.join(tmpdir(), 'torture-footage-'));
  const footage = path.join(folder, 'noise.mp4');
  makeFootage((await findFfmpeg()).path, footage);
  let isStopped = false;
  process.once('SIGINT', () => {
    isStopped = true;
    console.log('stopping after this round');
  });
  const totals = { ...noTotals };
  const firsts = Array.from(
    { length: Math.ceil(rounds / roundsPerStage) },
    (_, i) => i * roundsPerStage,
  );
  const isOver = (): boolean => isStopped || totals.failures > 0;
  const work = async (): Promise<void> => {
    for (let first = firsts.shift(); first !== undefined && !isOver(); first = firsts.shift()) {
      // Every other stage has a broker of its own between doorbells and cloud.
      const isForeign = {
        embedded: false,
        mosquitto: true,
        both: (first / roundsPerStage) % 2 === 1,
      };
      const broker = isForeign[options.broker] ? mosquitto : null;
      await runStage({ footage, mosquitto: broker }, first, options, totals, isOver);
    }
  };
  await Promise.all(Array.from({ length: options.jobs }, work));
  rmSync(folder, { recursive: true, force: true });
  console.log(options.json === true ? JSON.stringify({ seed, ...totals }) : summary(seed, totals));
  return totals.failures === 0 ? 0 : 1;
}

async function runStage(
  parts: Pick<StageOptions, 'footage' | 'mosquitto'>,
  first: number,
  options: Options,
  totals: Totals,
  isOver: () => boolean,
): Promise<void> {
  const random = randomFrom(options.seed, `proxy ${first}`).next;
  const stage = await Stage.open({ ...parts, random });
  if (first === 0) console.log(`seed ${options.seed}; faults: ${stage.possible.join(', ')}`);
  const last = Math.min(options.rounds, first + roundsPerStage);
  let failures = 0;
  for (let nth = first; nth < last && !isOver(); nth++) {
    const isThorough = nth === last - 1 || nth % thoroughEvery === 0;
    failures += await runRound(stage, nth, options, isThorough);
    totals.failures += failures;
    totals.rounds++;
  }
  for (const [name, count] of Object.entries(stage.counts)) totals[name as keyof Totals] += count;
  const isKept = failures > 0 || options.keep === true;
  await stage.close(isKept);
  if (isKept) console.log(`what is left of rounds ${first + 1} to ${last}: ${stage.folder}`);
}

/** 1 when the round failed, else 0. */
async function runRound(
  stage: Stage,
  nth: number,
  { rounds, seed }: Options,
  isThorough: boolean,
): Promise<number> {
  const round = planRound(seed + nth, stage.doorbells, stage.possible);
  const beganMs = performance.now();
  let breaches: string[];
  try {
    await stage.run(round);
    await stage.settle();
    breaches = await stage.judge(isThorough);
  } catch (error) {
    breaches = [error instanceof Error ? error.message : String(error)];
  }
  const took = ((performance.now() - beganMs) / 1000).toFixed(1);
  const verdict = breaches.length === 0 ? 'ok' : 'FAILED';
  console.log(`${nth + 1}/${rounds} ${verdict} ${took} s  ${describeRound(round)}`);
  for (const breach of breaches) console.log(`    ${breach}`);
  return breaches.length === 0 ? 0 : 1;
}

function findMosquitto(): string | null {
  for (const candidate of ['mosquitto', '/usr/sbin/mosquitto', '/usr/local/sbin/mosquitto']) {
    try {
      execFileSync(candidate, ['-h'], { stdio: 'ignore' });
    } catch (error) {
      // mosquitto -h exits 3 once it has helped
      if ((error as { status?: number | null }).status !== 3) continue;
    }
    return candidate;
  }
  return null;
}

function summary(seed: number, totals: Readonly<Record<string, number>>): string {
  const parts = Object.entries(totals).map(([name, count]) => `${name} ${count}`);
  return `torture: ${parts.join(', ')}, seed ${seed}`;
}
