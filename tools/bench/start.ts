/** From the command `doorbell device` to its first picture, over ffmpeg alone to its first picture. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { findFfmpeg } from '../../device/peripherals/ffmpeg-binary.ts';
import type { ThingName } from '../../device/wire/ids.ts';
import { freePort } from '../torture/free-port.ts';
import type { Bench } from './bench.ts';
import { judged, median } from './figures.ts';
import { demoFootage, openStage, root, type Stage } from './stage.ts';

const thing = 'starter' as ThingName;
const stateSchema = z.object({ picture: z.string() });
const limitMs = 60_000;

export const startBench: Bench = {
  name: 'start',
  describe: 'start of `doorbell device` to the first picture seen, on a warm cache',
  async run({ quick, progress }) {
    const rounds = quick ? 1 : 7;
    const stage = await openStage('aws');
    try {
      const identity = await stage.enrol(thing);
      const { path: ffmpeg } = await findFfmpeg();
      const startsS: number[] = [];
      const plainS: number[] = [];
      // The first of each only warms the cache.
      for (let round = 0; round <= rounds; round++) {
        const start = await startOnce(stage, identity);
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

async function startOnce(stage: Stage, identity: string): Promise<number> {
  const port = await freePort();
  const beganMs = performance.now();
  const child = spawn(
    process.execPath,
    [
      ...[path.join(root, 'tools/doorbell.mjs'), 'device', '--thing', thing],
      ...['--source', demoFootage, '--broker', stage.cloudUrl, '--identity', identity],
      ...['--flash', path.join(stage.folder, 'starter-flash'), '--panel-port', String(port)],
      ...['--log-file', path.join(stage.folder, 'starter.log')],
    ],
    { stdio: 'ignore' },
  );
  try {
    while (!(await hasPicture(port))) {
      if (child.exitCode !== null) throw new Error(`doorbell device ended with ${child.exitCode}`);
      if (performance.now() - beganMs > limitMs) throw new Error('it never saw a picture');
      await sleep(5);
    }
    return (performance.now() - beganMs) / 1_000;
  } finally {
    await end(child);
  }
}

async function hasPicture(port: number): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/state`);
    const state = stateSchema.safeParse(await response.json());
    return state.success && state.data.picture === 'running';
  } catch {
    return false; // it does not listen yet
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
  await end(child);
  return tookS;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}
