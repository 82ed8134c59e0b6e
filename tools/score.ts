/** `doorbell score`: the motion detector over footage whose truth is known. */
import { createWriteStream } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { finished } from 'node:stream/promises';
import { Command, Option } from 'commander';
import sharp from 'sharp';
import { z } from 'zod';
import { type MotionSettings, motionSettingsSchema } from '../device/vision/motion-settings.ts';
import { CommandFailure } from './commands/failure.ts';
import { printJson } from './commands/output.ts';
import { findFootage } from './score/footage-discovery.ts';
import { type FrameResult, scoreFootage } from './score/footage-run.ts';
import { FootageError } from './score/luma-frames.ts';
import { type Before, drawReport } from './score/report-page.ts';
import { printScores, recordOf } from './score/score-table.ts';
import { totalsOf } from './score/totals.ts';

type ScoreOptions = {
  readonly rate?: number;
  readonly width: number;
  readonly learning: number;
  readonly settings?: string;
  readonly masksVideo?: string;
  readonly json?: boolean;
  readonly html?: string;
  readonly frames?: string;
  readonly masks?: string;
};

export function addScoreCommand(program: Command): void {
  program
    .command('score')
    .description('run the motion detector over footage and compare it with the truth beside it')
    .argument('<path...>', 'videos, or folders of videos, scenes, images or CDnet layout')
    .addOption(
      new Option(
        '--rate <frames/s>',
        'frame rate, instead of what the footage or its truth says',
      ).argParser(positive('--rate')),
    )
    .addOption(
      new Option('--width <px>', 'analyse at most this wide')
        .argParser(positive('--width'))
        .default(320),
    )
    .addOption(
      new Option('--learning <s>', 'false alarms count after this')
        .argParser(positive('--learning'))
        .default(5),
    )
    .option('--settings <file>', 'motion settings as JSON')
    .option('--masks-video <file>', 'a video of masks for the one video that is named')
    .option('--json', 'print JSON')
    .option('--html <dir>', 'write a report; a later run into the same folder is compared with it')
    .option('--frames <file>', 'write one JSON line for each frame')
    .option('--masks <dir>', 'write the foreground masks as PNG at the analysed size')
    .action(score);
}

async function score(paths: string[], options: ScoreOptions): Promise<void> {
  const settings = await readSettings(options.settings);
  const footage = await orRefuse(
    findFootage(paths, {
      framesPerSecond: options.rate ?? null,
      analysisWidthPx: options.width,
      masksVideo: options.masksVideo ?? null,
    }),
  );
  if (options.masksVideo !== undefined && footage.length !== 1) {
    throw new CommandFailure('--masks-video needs exactly one video', 2);
  }
  const lines = options.frames === undefined ? null : createWriteStream(options.frames);
  const scores = [];
  for (const one of footage) {
    const onFrame = async (frame: FrameResult) => {
      lines?.write(`${JSON.stringify(lineOf(one.name, frame))}\n`);
      if (options.masks !== undefined) await writeMask(options.masks, one.name, frame);
    };
    const learningMs = options.learning * 1000;
    scores.push(await orRefuse(scoreFootage(one, { settings, learningMs, onFrame })));
  }
  if (lines !== null) {
    lines.end();
    await finished(lines);
  }
  const records = scores.map(recordOf);
  const totals = totalsOf(scores);
  if (options.json === true) printJson({ totals, files: records });
  else printScores(records, totals);
  if (options.html === undefined) return;
  const before = await readBefore(options.html);
  const intervals = new Map(footage.map((one) => [one.name, one.truth.intervals ?? []]));
  const page = await drawReport({ scores, records, intervals, totals, before });
  await mkdir(options.html, { recursive: true });
  await writeFile(path.join(options.html, 'index.html'), page);
  await writeFile(
    path.join(options.html, 'score.json'),
    JSON.stringify({ totals, files: records }),
  );
}

const lineOf = (file: string, { index, observation, moving }: FrameResult) => ({
  file,
  frame: index,
  atMs: observation.at,
  motion: observation.motion,
  moving,
  score: observation.score,
  changed: observation.changed,
  because: observation.because,
  regions: observation.regions,
});

/** `DIR/<footage>/mask000001.png`, numbered from 1 as CDnet numbers its results. */
async function writeMask(dir: string, name: string, frame: FrameResult): Promise<void> {
  const folder = path.join(dir, name);
  if (frame.index === 0) await mkdir(folder, { recursive: true });
  const number = String(frame.index + 1).padStart(6, '0');
  const raw = { width: frame.widthPx, height: frame.heightPx, channels: 1 } as const;
  await sharp(frame.foreground, { raw })
    .toColourspace('b-w')
    .png({ compressionLevel: 3 })
    .toFile(path.join(folder, `mask${number}.png`));
}

async function readSettings(file: string | undefined): Promise<MotionSettings> {
  if (file === undefined) return motionSettingsSchema.parse({});
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new CommandFailure(`cannot read the settings ${file}`, 2, { cause });
  });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new CommandFailure(`the settings ${file} are not JSON`, 2, { cause });
  }
  const parsed = motionSettingsSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new CommandFailure(`the settings ${file}: ${z.prettifyError(parsed.error)}`, 2);
}

/** The last run's figures; null when there are none, or of another form. */
async function readBefore(dir: string): Promise<Before | null> {
  const text = await readFile(path.join(dir, 'score.json'), 'utf8').catch(() => null);
  if (text === null) return null;
  try {
    const before = JSON.parse(text) as Before;
    return Array.isArray(before.files) && typeof before.totals === 'object' ? before : null;
  } catch {
    return null;
  }
}

async function orRefuse<Value>(work: Promise<Value>): Promise<Value> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof FootageError) throw new CommandFailure(error.message, 2, { cause: error });
    throw error;
  }
}

function positive(name: string): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (value > 0 && Number.isFinite(value)) return value;
    throw new CommandFailure(`${name}: expected a number above 0, found ${text}`, 2);
  };
}

if (import.meta.main) {
  const program = new Command('score');
  addScoreCommand(program);
  await program.parseAsync(['node', 'score', 'score', ...process.argv.slice(2)]);
}
