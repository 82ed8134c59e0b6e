/** From the command `doorbell device` to its first picture, over ffmpeg alone to its first picture. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { findFfmpeg } from '../../device/peripherals/ffmpeg-binary.ts';
import type { ThingName } from '../../device/wire/ids.ts';
import type { Bench } from './bench.ts';
import { endProcess, startDevice } from './device-command.ts';
import { judged, median } from './figures.ts';
import { demoFootage, openStage, type Stage } from './stage.ts';

const thing = 'starter' as ThingName;

export const startBench: Bench = {
  name: 'start',
  describe: 'start of `doorbell device` to the first picture seen, on a warm cache',
  async run({ quick, progress }) {
    const rounds = quick ? 1 : 7;
    const stage = await openStage('aws');
    try {
      await stage.enrol(thing);
      const { path: ffmpeg } = await findFfmpeg();
      const startsS: number[] = [];
      const plainS: number[] = [];
      // The first of each only warms the cache.
      for (let round = 0; round <= rounds; round++) {
        const start = await startOnce(stage);
        const plain = await firstPicture(ffmpeg);
        if (round > 0) startsS.push(start);
        if (round > 0) plainS.push(plain);
        progress(round, rounds);
      }
      return [
        judged({
          name: 'start.picture',
          figure: {
            what: 'doorbell device to its first picture, median',
            value: median(startsS),
            unit: 's',
          },
          beside: [
            { what: 'slowest', value: Math.max(...startsS), unit: 's' },
            { what: 'starts', value: rounds, unit: 'count' },
          ],
          baseline: {
            what: 'ffmpeg alone to its first picture, median',
            value: median(plainS),
            unit: 's',
          },
          bar: { on: 'value', must: 'be below', limit: 2 },
        }),
      ];
    } finally {
      await stage.close();
    }
  },
};

async function startOnce(stage: Stage): Promise<number> {
  const beganMs = performance.now();
  const device = await startDevice(stage, thing);
  try {
    await device.firstPicture();
    return (performance.now() - beganMs) / 1_000;
  } finally {
    await device.stop();
  }
}

async function firstPicture(ffmpeg: string): Promise<number> {
  const beganMs = performance.now();
  const filter = 'scale=320:-2,format=gray';
  const child = spawn(
    ffmpeg,
    ['-v', 'error', '-nostdin', '-re', '-i', demoFootage, '-vf', filter, '-f', 'rawvideo', '-'],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  await once(child.stdout, 'data');
  const tookS = (performance.now() - beganMs) / 1_000;
  await endProcess(child);
  return tookS;
}
