/**
 * Footage through ffmpeg and the detector, as `doorbell score` takes it, against ffmpeg alone: the same decoding and
 * scaling, threads as ffmpeg chooses them, and its pictures thrown away. That is
 * `ffmpeg -v error -nostdin -i FILE -an -vf SCALE,format=gray -f null -`.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { findFfmpeg } from '../../device/peripherals/ffmpeg-binary.ts';
import { createMotionDetector, type MotionDetector } from '../../device/vision/motion-detector.ts';
import { motionSettingsSchema } from '../../device/vision/motion-settings.ts';
import { uptimeMs } from '../../device/wire/time.ts';
import { readLuma } from '../score/luma-frames.ts';
import { analysisScale } from '../score/luma-source.ts';
import { median } from './figures.ts';
import { cpuOfTreeS } from './process-cost.ts';

export type PipelineShares = {
  /** Wall time of ffmpeg alone over that of the whole, each the best of the rounds. */
  readonly byWall: number;
  /** The same of each round by itself: the median, the least and the most. */
  readonly byWallOfRounds: { readonly median: number; readonly min: number; readonly max: number };
  /** CPU time of ffmpeg alone over that of the whole, all rounds together; null where there is no /proc. */
  readonly byCpu: number | null;
};

const analysisWidthPx = 320;

export async function comparePipeline(footage: string, rounds: number): Promise<PipelineShares> {
  const { path: binary } = await findFfmpeg();
  const filter = `${analysisScale(analysisWidthPx)},format=gray`;
  const input = ['-v', 'error', '-nostdin', '-i', footage, '-an', '-vf', filter];
  const alone: Cost[] = [];
  const whole: Cost[] = [];
  for (let round = 0; round < rounds; round++) {
    alone.push(await costOf(() => run(binary, [...input, '-f', 'null', '-'])));
    whole.push(await costOf(() => watch(footage)));
  }
  const ofRounds = alone.map(({ wallMs }, n) => wallMs / (whole[n]?.wallMs ?? Number.NaN));
  return {
    byWall: least(alone) / least(whole),
    byWallOfRounds: {
      median: median(ofRounds),
      min: Math.min(...ofRounds),
      max: Math.max(...ofRounds),
    },
    byCpu: process.platform === 'linux' ? cpuOf(alone) / cpuOf(whole) : null,
  };
}

const run = promisify(execFile);

async function watch(footage: string): Promise<void> {
  const settings = motionSettingsSchema.parse({});
  const source = { path: footage, images: null, framesPerSecond: null, analysisWidthPx };
  let detector: MotionDetector | null = null;
  for await (const { widthPx, heightPx, luma, atMs } of readLuma(source, { lends: true })) {
    detector ??= createMotionDetector({ widthPx, heightPx, settings });
    detector.observe(luma, uptimeMs(Math.round(atMs)), 'day');
  }
}

type Cost = { readonly wallMs: number; readonly cpuS: number };

async function costOf(act: () => Promise<unknown>): Promise<Cost> {
  const cpuBeforeS = cpuSoFarS();
  const from = performance.now();
  await act();
  return { wallMs: performance.now() - from, cpuS: cpuSoFarS() - cpuBeforeS };
}

/** Of this process and all it started. */
const cpuSoFarS = (): number =>
  process.platform === 'linux' ? cpuOfTreeS(process.pid) : Number.NaN;

const least = (costs: readonly Cost[]): number => Math.min(...costs.map(({ wallMs }) => wallMs));
const cpuOf = (costs: readonly Cost[]): number => costs.reduce((sum, { cpuS }) => sum + cpuS, 0);
