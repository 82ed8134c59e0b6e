/** A cloud as a real process with files and fsync, a broker without storage, and doorbells that may talk to them. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { writeIdentity } from '../../cloud-stub/backends/pki/identity.ts';
import { openPki, type Pki } from '../../cloud-stub/backends/pki/pki.ts';
import { systemClock } from '../../cloud-stub/backends/system-clock.ts';
import type { ThingName } from '../../device/wire/ids.ts';
import { CloudClient } from '../commands/client.ts';
import { placesOf } from '../commands/places.ts';
import { freePort } from '../torture/free-port.ts';
import { waitUntil } from '../torture/waiting.ts';
import { Worker } from './worker.ts';

export const root = path.join(import.meta.dirname, '../..');
export const demoFootage = path.join(root, 'fixtures/scenes/demo/footage.mp4');

export type Stage = {
  readonly folder: string;
  readonly data: string;
  readonly cloudUrl: string;
  readonly client: CloudClient;
  /** The broker with nothing behind it: the baseline. */
  readonly plainUrl: string;
  identityOf(thing: ThingName): string;
  /** A doorbell of the account's own; returns its identity's folder. */
  enrol(thing: ThingName): Promise<string>;
  /** How often each row of the broker's profile was enforced so far. */
  enforced(): Promise<Readonly<Record<string, number>>>;
  start(program: string, argv: readonly string[]): Worker;
  close(): Promise<void>;
};

const listening = z.object({ kind: z.literal('listening'), port: z.int() });

export async function openStage(profile: 'aws' | 'open'): Promise<Stage> {
  const folder = mkdtempSync(path.join(tmpdir(), 'doorbell-bench-'));
  const data = path.join(folder, 'data');
  const places = placesOf(data);
  const pki = await openPki(places.pki, { now: systemClock.now });
  const workers: Worker[] = [];
  const start = (program: string, argv: readonly string[]): Worker => {
    const log = path.join(folder, `${path.basename(program, '.ts')}.log`);
    const worker = Worker.start(path.join(import.meta.dirname, program), argv, log);
    workers.push(worker);
    return worker;
  };
  const brokerPort = await freePort();
  const cloud = startCloud(folder, data, profile, brokerPort, await freePort());
  // Whoever breaks a bench off leaves no processes and no footage behind.
  const vanish = (): void => {
    for (const worker of workers) worker.kill();
    cloud.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', vanish);
  const close = async (): Promise<void> => {
    process.off('exit', vanish);
    for (const worker of workers) await worker.stop();
    await end(cloud);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const plain = start('broker-process.ts', [places.pki, profile]);
    const { port } = await plain.next(listening);
    await waitUntil('the cloud to be up', () => existsSync(places.contact));
    const client = new CloudClient({ data });
    return {
      folder,
      data,
      cloudUrl: `mqtts://127.0.0.1:${brokerPort}`,
      client,
      plainUrl: `mqtts://127.0.0.1:${port}`,
      identityOf: places.identity,
      enrol: (thing) => enrol(pki, data, thing),
      enforced: async () => enforcedIn(await (await client.request('GET', '/metrics')).text()),
      start,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function startCloud(
  folder: string,
  data: string,
  profile: 'aws' | 'open',
  brokerPort: number,
  apiPort: number,
): ChildProcess {
  const log = openSync(path.join(folder, 'cloud.log'), 'a');
  return spawn(
    process.execPath,
    [
      ...process.execArgv, // `node --cpu-prof tools/bench.ts` profiles every process
      ...[path.join(root, 'tools/doorbell.ts'), 'cloud', '--data', data, '--owner', 'bench'],
      ...['--broker-host', '127.0.0.1', '--broker-port', String(brokerPort)],
      ...['--broker-profile', profile, '--api-port', String(apiPort)],
    ],
    { stdio: ['ignore', log, log], env: { PATH: process.env['PATH'], NODE_NO_WARNINGS: '1' } },
  );
}

async function enrol(pki: Pki, data: string, thing: ThingName): Promise<string> {
  const folder = placesOf(data).identity(thing);
  await writeIdentity(folder, await pki.issueDevice(thing));
  const argv = ['tools/doorbell.ts', 'claim', thing, '--account', 'bench', '--data', data];
  const { status, stderr } = spawnSync(process.execPath, argv, { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new Error(`claiming ${thing} failed: ${stderr}`);
  return folder;
}

/** From the text that Prometheus reads. */
export function enforcedIn(metrics: string): Readonly<Record<string, number>> {
  const rows = metrics.matchAll(/^doorbell_broker_enforced_total\{row="([^"]+)"\} (\d+)$/gm);
  return Object.fromEntries([...rows].map(([, row = '', count]) => [row, Number(count)]));
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}
