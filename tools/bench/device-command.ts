/** `doorbell device` as a user starts it, and its panel to look at. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { ThingName } from '../../device/wire/ids.ts';
import { freePort } from '../torture/free-port.ts';
import { demoFootage, root, type Stage } from './stage.ts';

export type DeviceCommand = {
  readonly pid: number;
  /** Resolves when the doorbell says that pictures come. */
  firstPicture(): Promise<void>;
  stop(): Promise<void>;
};

const stateSchema = z.object({ picture: z.string() });
const limitMs = 60_000;
const lookAgainMs = 5;

/** Films the demo scene, presses included, and encodes it live. */
export async function startDevice(stage: Stage, thing: ThingName): Promise<DeviceCommand> {
  const identity = stage.identityOf(thing);
  const port = await freePort();
  const child = spawn(
    process.execPath,
    [
      ...process.execArgv, // see startCloud in stage.ts
      ...[path.join(root, 'tools/doorbell.mjs'), 'device', '--thing', thing],
      ...['--source', demoFootage, '--encoder', 'x264', '--broker', stage.cloudUrl],
      ...['--identity', identity, '--flash', path.join(stage.folder, `${thing}-flash`)],
      ...['--panel-port', String(port), '--log-file', path.join(stage.folder, `${thing}.log`)],
    ],
    { stdio: 'ignore', env: { PATH: process.env['PATH'] } },
  );
  return {
    pid: child.pid ?? Number.NaN,
    async firstPicture() {
      const endsAt = performance.now() + limitMs;
      while (!(await hasPicture(port))) {
        if (child.exitCode !== null) throw new Error(`doorbell device ended: ${child.exitCode}`);
        if (performance.now() > endsAt) throw new Error('doorbell device never saw a picture');
        await sleep(lookAgainMs);
      }
    },
    stop: () => endProcess(child),
  };
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

export async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}
