/**
 * What a whole doorbell costs beside the ffmpeg it cannot do without: the demo scene with its rings, clips, stills and
 * uploads, and at the same time the same ffmpeg command line alone.
 */
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ThingName } from '../../device/wire/ids.ts';
import { waitUntil } from '../torture/waiting.ts';
import { bareArguments, isEncoder } from './bare-encoder.ts';
import type { Bench } from './bench.ts';
import { type DeviceCommand, startDevice } from './device-command.ts';
import { type BenchResult, judged } from './figures.ts';
import {
  commandLinesBelow,
  cpuOfOneS,
  cpuOfTreeS,
  requireProc,
  residentBytes,
} from './process-cost.ts';
import { openStage } from './stage.ts';

const thing = 'camera' as ThingName;
const MiB = 1024 ** 2;
/** Start-up is over, and both films run. */
const settleMs = 3_000;
const sampleMs = 1_000;

export const cameraBench: Bench = {
  name: 'camera',
  describe: 'CPU of one 720p15 doorbell over the bare ffmpeg, stills included; memory of Node',
  async run({ quick, progress }) {
    requireProc();
    const stage = await openStage('aws');
    try {
      await stage.enrol(thing);
      const doorbell = await startDevice(stage, thing);
      const samples = quick ? 5 : 90;
      return await measure(doorbell, samples, (done) => progress(done, samples)).finally(() =>
        doorbell.stop(),
      );
    } finally {
      await stage.close();
    }
  },
};

async function measure(
  doorbell: DeviceCommand,
  samples: number,
  progress: (done: number) => void,
): Promise<BenchResult[]> {
  await doorbell.firstPicture();
  let commandLine: readonly string[] | undefined;
  await waitUntil('the encoder to run', () => {
    commandLine = commandLinesBelow(doorbell.pid).find(isEncoder);
    return commandLine !== undefined;
  });
  const [binary = ''] = commandLine ?? [];
  const bare = spawn(binary, bareArguments(commandLine ?? []), { stdio: 'ignore' });
  try {
    await sleep(settleMs);
    const bareFromS = cpuOfTreeS(bare.pid ?? 0);
    const wholeFromS = cpuOfTreeS(doorbell.pid);
    const nodeFromS = cpuOfOneS(doorbell.pid);
    const fromMs = performance.now();
    let residentMax = 0;
    for (let nth = 0; nth < samples; nth++) {
      await sleep(sampleMs);
      residentMax = Math.max(residentMax, residentBytes(doorbell.pid));
      progress(nth + 1);
    }
    if (bare.exitCode !== null) throw new Error(`ffmpeg alone ended with ${bare.exitCode}`);
    const tookS = (performance.now() - fromMs) / 1_000;
    return resultsOf({
      wholeCores: (cpuOfTreeS(doorbell.pid) - wholeFromS) / tookS,
      nodeCores: (cpuOfOneS(doorbell.pid) - nodeFromS) / tookS,
      bareCores: (cpuOfTreeS(bare.pid ?? 0) - bareFromS) / tookS,
      residentMax,
      tookS,
    });
  } finally {
    bare.kill('SIGKILL');
  }
}

function resultsOf(measured: {
  readonly wholeCores: number;
  readonly nodeCores: number;
  readonly bareCores: number;
  readonly residentMax: number;
  readonly tookS: number;
}): BenchResult[] {
  const { wholeCores, nodeCores, bareCores, residentMax, tookS } = measured;
  return [
    judged({
      name: 'camera.cpu',
      figure: {
        what: 'CPU of a 720p15 doorbell and its ffmpegs',
        value: wholeCores,
        unit: 'cores',
      },
      beside: [
        { what: 'of it Node itself', value: nodeCores, unit: 'cores' },
        { what: 'measured for', value: tookS, unit: 's' },
      ],
      baseline: { what: 'the same ffmpeg alone, beside it', value: bareCores, unit: 'cores' },
      bar: { on: 'ratio', must: 'be at most', limit: 1.25 },
    }),
    judged({
      name: 'camera.memory',
      figure: { what: 'memory of its Node process, most', value: residentMax / MiB, unit: 'MiB' },
      bar: { on: 'value', must: 'be below', limit: 150 },
    }),
  ];
}
