/**
 * `npm run bench -- vision`: the motion detector against OpenCV's background subtractors on the same frames in the
 * same run, against its own cost at a quarter of the pixels, and the whole pipeline against ffmpeg alone.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { findFfmpeg } from '../device/peripherals/ffmpeg-binary.ts';
import { createMotionDetector } from '../device/vision/motion-detector.ts';
import { motionSettingsSchema } from '../device/vision/motion-settings.ts';
import { uptimeMs } from '../device/wire/time.ts';
import type { PipelineShares } from './bench/pipeline.ts';
import { printJson } from './commands/output.ts';
import type { LumaPicture } from './score/luma-frames.ts';

export type VisionBench = {
  /** Frames a second of CPU time at 320 by 240, the best of the rounds. */
  readonly detector: number;
  /** The same of OpenCV's, by name; null where python3-opencv is not installed. */
  readonly opencv: { readonly version: string; readonly rates: Record<string, number> } | null;
  readonly overMog2: number | null;
  readonly overCnt: number | null;
  /** Cost a frame at 320 by 240 over four times the cost at 160 by 120: 1 is linear. */
  readonly linearity: number;
  readonly bytesPerDetector: number;
  /** Of the 720p footage. */
  readonly pipeline: PipelineShares;
};

const run = promisify(execFile);
const footage = path.join(import.meta.dirname, '../fixtures/scenes/demo/footage.mp4');
const framesPerSecond = 15;
const rounds = 5;

export async function benchVision(): Promise<VisionBench> {
  const large = await decode(320, 240);
  const small = await decode(160, 120);
  const folder = await mkdtemp(path.join(tmpdir(), 'doorbell-bench-'));
  try {
    const file = path.join(folder, 'frames.gray');
    await writeFile(file, Buffer.concat(large.map(({ luma }) => luma)));
    let detector = 0;
    let smaller = 0;
    let opencv: VisionBench['opencv'] = null;
    // In turns, so that a disturbance of this machine meets each.
    for (let round = 0; round < rounds; round++) {
      detector = Math.max(detector, rateOf(large));
      smaller = Math.max(smaller, rateOf(small));
      opencv = best(opencv, await runOpencv(file));
    }
    const mog2 = opencv?.rates['MOG2'];
    const cnt = opencv?.rates['CNT'];
    return {
      detector,
      opencv,
      overMog2: mog2 === undefined ? null : detector / mog2,
      overCnt: cnt === undefined ? null : detector / cnt,
      linearity: smaller / detector / 4,
      bytesPerDetector: bytesOfDetector(),
      pipeline: await comparePipeline(),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function printVisionBench(bench: VisionBench): void {
  const times = (value: number | null) =>
    value === null ? 'not installed' : `${value.toFixed(2)}x`;
  console.log(`detector at 320x240        ${bench.detector.toFixed(0)} frames/s of CPU time`);
  for (const [name, rate] of Object.entries(bench.opencv?.rates ?? {})) {
    console.log(
      `${`OpenCV ${bench.opencv?.version} ${name}`.padEnd(26)} ${rate.toFixed(0)} frames/s`,
    );
  }
  console.log(`over MOG2                  ${times(bench.overMog2)}  (at least 2)`);
  console.log(`over CNT                   ${times(bench.overCnt)}  (goal: 1)`);
  console.log(`cost per pixel, 4x pixels  ${bench.linearity.toFixed(2)}x  (1 is linear)`);
  console.log(
    `memory of one detector     ${(bench.bytesPerDetector / 1024 ** 2).toFixed(2)} MiB  (under 2)`,
  );
  const { byWall, byWallOfRounds, byCpu } = bench.pipeline;
  const percent = (share: number): string => `${(share * 100).toFixed(0)} %`;
  const { min, max } = byWallOfRounds;
  console.log(
    `pipeline over bare ffmpeg  ${percent(byWall)}  (at least 85; rounds ${percent(min)} to ${percent(max)})`,
  );
  if (byCpu !== null) console.log(`the same by CPU time       ${percent(byCpu)}`);
}

async function decode(widthPx: number, heightPx: number): Promise<LumaPicture[]> {
  const { path: binary } = await findFfmpeg();
  const scale = `scale=${widthPx}:${heightPx}:flags=area,format=gray`;
  const { stdout } = await run(
    binary,
    ['-v', 'error', '-nostdin', '-i', footage, '-an', '-vf', scale, '-f', 'rawvideo', '-'],
    { encoding: 'buffer', maxBuffer: 1024 ** 3 },
  );
  const bytes = widthPx * heightPx;
  const pictures: LumaPicture[] = [];
  for (let index = 0; (index + 1) * bytes <= stdout.length; index++) {
    const luma = Uint8Array.from(stdout.subarray(index * bytes, (index + 1) * bytes));
    const atMs = (index * 1000) / framesPerSecond;
    pictures.push({ index, widthPx, heightPx, framesPerSecond, atMs, luma });
  }
  return pictures;
}

/** CPU time, not wall time: other work on this machine does not count. */
function rateOf(pictures: readonly LumaPicture[]): number {
  const first = pictures[0];
  if (first === undefined) throw new Error(`${footage}: no pictures in it`);
  const settings = motionSettingsSchema.parse({});
  const { widthPx, heightPx } = first;
  const detector = createMotionDetector({ widthPx, heightPx, settings });
  const before = process.cpuUsage();
  for (const { luma, index } of pictures) {
    detector.observe(luma, uptimeMs(Math.round((index * 1000) / framesPerSecond)), 'day');
  }
  const { user, system } = process.cpuUsage(before);
  return (pictures.length * 1e6) / (user + system);
}

async function comparePipeline(): Promise<PipelineShares> {
  const program = path.join(import.meta.dirname, 'bench/pipeline-process.ts');
  const { stdout } = await run(process.execPath, [program, footage]);
  return JSON.parse(stdout) as PipelineShares;
}

async function runOpencv(file: string): Promise<VisionBench['opencv']> {
  const script = path.join(import.meta.dirname, 'bench-vision-opencv.py');
  // The distribution's python3, which python3-opencv belongs to, may stand behind another on PATH.
  for (const python of ['python3', '/usr/bin/python3']) {
    const result = await run(python, [script, file, '320', '240']).catch(() => null);
    if (result !== null) return JSON.parse(result.stdout) as VisionBench['opencv'];
  }
  return null;
}

function best(a: VisionBench['opencv'], b: VisionBench['opencv']): VisionBench['opencv'] {
  if (a === null || b === null) return a ?? b;
  const rates: Record<string, number> = { ...b.rates };
  for (const [name, rate] of Object.entries(a.rates)) {
    rates[name] = Math.max(rate, rates[name] ?? 0);
  }
  return { version: b.version, rates };
}

/** Arrays and WebAssembly memories are nearly all of a detector; V8 counts both as external. */
function bytesOfDetector(): number {
  const settings = motionSettingsSchema.parse({});
  const count = 8;
  const before = process.memoryUsage().external;
  const detectors = Array.from({ length: count }, () =>
    createMotionDetector({ widthPx: 320, heightPx: 240, settings }),
  );
  const bytes = (process.memoryUsage().external - before) / count;
  return detectors.length === count ? bytes : 0;
}

if (import.meta.main) {
  const bench = await benchVision();
  if (process.argv.includes('--json')) printJson(bench);
  else printVisionBench(bench);
}
