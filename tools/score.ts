/** `doorbell score`: the motion detector over footage whose truth is known. */
import path from 'node:path';
import { type Command, Option } from 'commander';
import { CommandFailure, reasonOf } from './commands/failure.ts';
import { printJson } from './commands/output.ts';
import type { Footage } from './score/footage.ts';
import { type RunOptions, scoreFootage } from './score/footage-run.ts';
import type { FootageScore, FrameResult } from './score/footage-scorer.ts';
import { maskWriter, openFrameLines } from './score/frame-files.ts';
import { interruptible } from './score/interruption.ts';
import { showProgress } from './score/progress.ts';
import { drawReport } from './score/report-page.ts';
import { scoreEach, tellOddities } from './score/score-all.ts';
import { readScoreReport, recordOf, type ScoreReport } from './score/score-record.ts';
import {
  analysisWidth,
  askedFootage,
  orRefuse,
  positiveNumber,
  readSettings,
  readyFolder,
  seconds,
} from './score/score-request.ts';
import { printScores } from './score/score-table.ts';
import { totalsOf } from './score/totals.ts';
import { writeWhole } from './score/whole-file.ts';

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
      ).argParser(positiveNumber),
    )
    .addOption(
      new Option('--width <px>', 'analyse at most this wide').argParser(analysisWidth).default(320),
    )
    .addOption(
      new Option('--learning <s>', 'false alarms count after this').argParser(seconds).default(5),
    )
    .option('--settings <file>', 'motion settings as JSON')
    .option('--masks-video <file>', 'a video of masks for the one video that is named')
    .option('--json', 'print JSON')
    .option('--html <dir>', 'write a report; a later run into the same folder is compared with it')
    .option('--frames <file>', 'write one JSON line for each frame')
    .option('--masks <dir>', 'write the foreground masks as PNG at the analysed size')
    .addHelpText('after', help)
    .action((paths: string[], options: ScoreOptions) =>
      interruptible((signal) => score(paths, options, signal)),
    );
}

const help = `
Truth lies beside the footage: events.csv (file,start_frame,end_frame,fps,label,...; NO_MOTION is quiet),
truth.json and masks of this project's scenes, <name>_gt_f<frame>.png or a whole <name>_gt.<video> of masks,
or CDnet's folders input/ and groundtruth/ (25 frames/s, but where its name says, as port_0_17fps does).
Other images need --rate or a line in events.csv. Masks are numbered as the images are,
frames of a video from 1. tools/score/README.md says more.`;

async function score(
  paths: readonly string[],
  options: ScoreOptions,
  signal: AbortSignal,
): Promise<void> {
  const settings = await readSettings(options.settings);
  const { width: analysisWidthPx, masksVideo = null } = options;
  const asked = await askedFootage(paths, { ...options, analysisWidthPx, masksVideo });
  const { footage } = asked;
  if (masksVideo !== null && footage.length !== 1) {
    throw new CommandFailure(`--masks-video needs exactly one video, found ${footage.length}`, 2);
  }
  await readyFolder(options.html);
  await readyFolder(options.masks);
  const lines = options.frames === undefined ? null : await openFrameLines(options.frames);
  const run = { settings, learningMs: options.learning * 1000 };
  const progress = showProgress(footage.length);
  const { scored, ...failed } = await orRefuse(
    scoreEach(footage, progress, (one) => {
      const writeMask = options.masks === undefined ? null : maskWriter(options.masks, one);
      const onFrame = async (frame: FrameResult): Promise<void> => {
        await lines?.write(one, frame);
        await writeMask?.(frame);
      };
      const watched: RunOptions = { ...run, onFrame };
      return scoreFootage(one, { ...watched, signal, onProgress: progress.frames });
    }),
  ).catch(async (error: unknown) => {
    await lines?.end(false);
    throw error;
  });
  await lines?.end(true);
  const unscored = [...asked.unscored, ...failed.unscored];
  const report: ScoreReport = {
    v: 1,
    scoredAt: new Date().toISOString(),
    detector: 'doorbell',
    learningSeconds: options.learning,
    totals: totalsOf(scored),
    files: scored.map(recordOf),
    unscored,
  };
  if (options.json === true) printJson(report);
  else printScores(report.files, report.totals);
  tellOddities(scored, unscored, asked.notes);
  if (options.html !== undefined) await writeReport(options.html, report, scored, footage);
}

/** `index.html`, and `score.json` for the next run's comparison. */
async function writeReport(
  dir: string,
  report: ScoreReport,
  scores: readonly FootageScore[],
  footage: readonly Footage[],
): Promise<void> {
  const kept = path.join(dir, 'score.json');
  const before = await readScoreReport(kept);
  const intervals = new Map(footage.map((one) => [one.name, one.truth.intervals ?? []]));
  const page = await drawReport({ report, scores, intervals, before });
  const file = path.join(dir, 'index.html');
  try {
    await writeWhole(file, page);
    await writeWhole(kept, JSON.stringify(report));
  } catch (cause) {
    throw new CommandFailure(`cannot write the report into ${dir}: ${reasonOf(cause)}`, 2, {
      cause,
    });
  }
  console.error(`report: ${file}`);
}
