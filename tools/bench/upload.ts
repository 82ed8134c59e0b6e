/**
 * Clip upload: a doorbell's spool and uplink through mutual TLS into the durable, encrypted vault, over MQTT.js
 * publishing the same bytes to the same broker with nothing behind it; in turns, so that a disturbance meets both.
 */
import { rmSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { linkBudgets } from '../../device/core/uplink-scheduler.ts';
import type { ThingName } from '../../device/wire/ids.ts';
import type { Bench, BenchOptions } from './bench.ts';
import { type BenchResult, judged, median } from './figures.ts';
import { openStage, type Stage } from './stage.ts';
import type { UploadJob } from './uploader-process.ts';

const KiB = 1024;
const MiB = 1024 * KiB;
const uploader = 'uploader' as ThingName;
const publisher = 'publisher' as ThingName;

const recorded = z.object({ kind: z.literal('recorded'), lengths: z.array(z.int()) });
const connected = z.object({ kind: z.literal('connected') });
const took = (kind: string) => z.object({ kind: z.literal(kind), tookMs: z.number() });

type Pair = {
  readonly bytes: number;
  readonly storedMs: number;
  readonly publishedMs: number;
};

export const uploadBench: Bench = {
  name: 'upload',
  describe: 'clip upload into the durable vault, over MQTT.js into a broker without storage',
  async run(options) {
    return [await measureOpen(options), await measureAws(options)];
  },
};

async function measureOpen({ quick, progress }: BenchOptions): Promise<BenchResult> {
  const rounds = quick ? 1 : 5;
  const pairs = await onStage('open', async (stage, folders) => {
    const all: Pair[] = [];
    for (let round = 0; round < rounds; round++) {
      const size = quick ? { clips: 1, secondsPerClip: 10 } : { clips: 8, secondsPerClip: 30 };
      all.push(await inTurns(stage, folders, size));
      progress(round + 1, rounds + 1);
    }
    return all;
  });
  const rate = (pick: (pair: Pair) => number): number =>
    median(pairs.map((pair) => (pair.bytes / MiB / pick(pair)) * 1000));
  return judged({
    name: 'upload.open',
    figure: {
      what: 'clip upload, stored, open profile',
      value: rate(({ storedMs }) => storedMs),
      unit: 'MiB/s',
    },
    baseline: {
      what: 'MQTT.js at QoS 1, no storage',
      value: rate(({ publishedMs }) => publishedMs),
      unit: 'MiB/s',
    },
    bar: { on: 'ratio', must: 'be at least', limit: 0.2, aim: 0.35 },
  });
}

/** The budget itself is the baseline: AWS IoT Core gives no doorbell more. */
async function measureAws({ quick, progress }: BenchOptions): Promise<BenchResult> {
  return onStage('aws', async (stage, folders) => {
    const before = await stage.enforced();
    const size = { clips: 1, secondsPerClip: quick ? 10 : 30 };
    const clips = quick ? size : { ...size, clips: 3 };
    const { bytes, tookMs } = await uploadOnce(stage, folders.uploader, 'aws', clips);
    progress(1, 1);
    const after = await stage.enforced();
    const broken = Object.entries(after).reduce((sum, [row, n]) => sum + n - (before[row] ?? 0), 0);
    const budget = (linkBudgets.aws?.bytes.perSecond ?? Number.NaN) / KiB;
    const result = judged({
      name: 'upload.aws',
      figure: {
        what: 'clip upload, stored, aws profile',
        value: (bytes / KiB / tookMs) * 1000,
        unit: 'KiB/s',
      },
      beside: [{ what: 'limits of the broker that were enforced', value: broken, unit: 'count' }],
      baseline: { what: "the profile's budget", value: budget, unit: 'KiB/s' },
      bar: { on: 'ratio', must: 'be at least', limit: 0.95 },
    });
    return { ...result, passed: result.passed === true && broken === 0 };
  });
}

type Folders = { readonly uploader: string; readonly publisher: string };

async function onStage<Result>(
  profile: 'aws' | 'open',
  measure: (stage: Stage, folders: Folders) => Promise<Result>,
): Promise<Result> {
  const stage = await openStage(profile);
  try {
    const folders = {
      uploader: await stage.enrol(uploader),
      publisher: await stage.enrol(publisher),
    };
    return await measure(stage, folders);
  } finally {
    await stage.close();
  }
}

async function inTurns(
  stage: Stage,
  folders: Folders,
  size: Pick<UploadJob, 'clips' | 'secondsPerClip'>,
): Promise<Pair> {
  const { bytes, lengths, tookMs } = await uploadOnce(stage, folders.uploader, 'open', size);
  const plain = stage.start('publisher-process.ts', [stage.plainUrl, folders.publisher, publisher]);
  await plain.next(connected);
  plain.send({ lengths });
  const published = await plain.next(took('published'));
  await plain.stop();
  return { bytes, storedMs: tookMs, publishedMs: published.tookMs };
}

async function uploadOnce(
  stage: Stage,
  identity: string,
  profile: 'aws' | 'open',
  size: Pick<UploadJob, 'clips' | 'secondsPerClip'>,
): Promise<{ bytes: number; lengths: readonly number[]; tookMs: number }> {
  const flash = path.join(stage.folder, 'flash');
  const job: UploadJob = {
    thing: uploader,
    broker: stage.cloudUrl,
    identity,
    flash,
    profile,
    ...size,
  };
  const worker = stage.start('uploader-process.ts', [JSON.stringify(job)]);
  const { lengths } = await worker.next(recorded);
  worker.send({ kind: 'go' });
  const { tookMs } = await worker.next(took('stored'), 300_000);
  await worker.stop();
  rmSync(flash, { recursive: true, force: true });
  return { bytes: lengths.reduce((sum, length) => sum + length, 0), lengths, tookMs };
}
