/** `npm run fixtures`: renders the scenes of fixtures/ from their seeds. */
import { join } from 'node:path';
import { setImmediate as breathe } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { MultiBar, type SingleBar } from 'cli-progress';
import { Command, InvalidArgumentError } from 'commander';
import { FfmpegMissingError, findFfmpeg } from '../device/peripherals/ffmpeg-binary.ts';
import { wideLens } from './fixtures/lens.ts';
import type { Season } from './fixtures/materials.ts';
import { produce } from './fixtures/production.ts';
import { FRAMES_PER_SECOND, type Scene } from './fixtures/scene.ts';
import { SCENES } from './fixtures/scenes.ts';
import { buildSet, type StandingSet } from './fixtures/set.ts';
import { summarise } from './fixtures/summary.ts';

const FIXTURES_DIR = fileURLToPath(new URL('../fixtures', import.meta.url));

type Options = {
  readonly scene: readonly string[];
  readonly out: string;
  readonly scale: number;
  readonly quality: number;
  readonly summary: boolean;
};

const program = new Command('make-fixtures')
  .description('Renders the footage of fixtures/, with truth, masks and scripts, from fixed seeds.')
  .option('--scene <name...>', `only these: ${Object.keys(SCENES).join(', ')}`, [])
  .option('--out <dir>', 'where scenes/ is made or renewed', FIXTURES_DIR)
  .option('--scale <share>', 'size of the picture, 1 = 1280x720', scaleOf, 1)
  .option('--quality <crf>', 'constant rate factor of x264, higher is smaller', wholeNumber, 30)
  .option('--summary', 'renew events.csv, SHA256SUMS and the contact sheet only', false)
  .action(async () => run(program.opts<Options>()));

function scaleOf(text: string): number {
  const scale = Number(text);
  // 1280 and 720 times this must stay whole and even.
  if (scale > 0 && scale <= 1 && Number.isInteger(scale * 40)) return scale;
  throw new InvalidArgumentError('must be a multiple of 0.025 up to 1');
}

function wholeNumber(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 0 && number <= 51) return number;
  throw new InvalidArgumentError('must be a whole number from 0 to 51');
}

async function run(options: Options): Promise<void> {
  const names = options.scene.length > 0 ? options.scene : Object.keys(SCENES);
  const unknown = names.filter((name) => SCENES[name] === undefined);
  if (unknown.length > 0) program.error(`no scene called ${unknown.join(', ')}`, { exitCode: 2 });
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort(new Error('interrupted')));
  process.once('SIGTERM', () => stop.abort(new Error('terminated')));
  try {
    const { path: ffmpeg } = await findFfmpeg();
    if (!options.summary) await renderAll(names, options, ffmpeg, stop.signal);
    await summarise(options.out, ffmpeg);
  } catch (error) {
    if (stop.signal.aborted) {
      process.stderr.write('\nstopped; unfinished scenes were removed\n');
      process.exitCode = 130;
    } else if (error instanceof FfmpegMissingError) {
      program.error(error.message, { exitCode: 2 });
    } else throw error;
  }
}

async function renderAll(
  names: readonly string[],
  options: Options,
  ffmpeg: string,
  signal: AbortSignal,
): Promise<void> {
  const lens = wideLens(1280 * options.scale, 720 * options.scale);
  const scenesDir = join(options.out, 'scenes');
  const scenes = names.flatMap((name) => SCENES[name]?.() ?? []);
  // By season, since the set of each is traced once and is large.
  scenes.sort((a, b) => (a.season < b.season ? -1 : a.season > b.season ? 1 : 0));
  const bars = new MultiBar({
    format: '{what} [{bar}] {percentage} %  {eta_formatted}',
    noTTYOutput: true,
    notTTYSchedule: 15_000,
  });
  try {
    let set: { readonly season: Season; readonly standing: StandingSet } | null = null;
    for (const scene of scenes) {
      if (set === null || set.season !== scene.season) {
        set = null;
        set = { season: scene.season, standing: await build(lens, scene, bars, signal) };
      }
      const bar = addBar(bars, scene.seconds * FRAMES_PER_SECOND, scene.name);
      await produce({
        scene,
        set: set.standing,
        lens,
        scenesDir,
        ffmpeg,
        quality: options.quality,
        signal,
        onFrame: (frame) => bar.update(frame),
      });
    }
  } finally {
    bars.stop();
  }
}

async function build(
  lens: ReturnType<typeof wideLens>,
  scene: Scene,
  bars: MultiBar,
  signal: AbortSignal,
): Promise<StandingSet> {
  const bar = addBar(bars, 100, `porch, ${scene.season}`);
  const steps = buildSet(lens, scene.season);
  for (;;) {
    const step = steps.next();
    if (step.done === true) {
      bar.update(100);
      return step.value;
    }
    bar.update(Math.round(step.value * 100));
    await breathe();
    signal.throwIfAborted();
  }
}

function addBar(bars: MultiBar, total: number, what: string): SingleBar {
  return bars.create(total, 0, { what: what.padEnd(20) });
}

await program.parseAsync();
