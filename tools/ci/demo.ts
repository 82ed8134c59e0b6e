/**
 * Does what the README says a newcomer does: `npm start`, wait, look at the clips, Ctrl-C. Fails unless within 90 s
 * there is a clip of a ring and one of motion, both of which decode without an error.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClipView } from '../../cloud-stub/api/views.ts';
import { findFfmpeg } from '../../device/peripherals/ffmpeg-binary.ts';
import { freePort } from '../torture/free-port.ts';

const root = path.join(import.meta.dirname, '../..');
const patienceMs = 90_000;
const stopMsMax = 5_000;

const data = mkdtempSync(path.join(tmpdir(), 'doorbell-demo-'));
const ports = [await freePort(), await freePort()];
const argv = ['--data', data, '--port', String(ports[0]), '--broker-port', String(ports[1])];
// A group of its own, so that the signal reaches what npm has started, as Ctrl-C does.
const started = spawn('npm', ['start', '--', ...argv], {
  cwd: root,
  stdio: 'inherit',
  detached: true,
});
const ended = once(started, 'exit');

const doorbell = (...words: string[]): string =>
  execFileSync('npx', ['doorbell', ...words, '--data', data], { cwd: root, encoding: 'utf8' });

const missing = await waitForClips();
const askedAt = performance.now();
process.kill(-(started.pid ?? 0), 'SIGINT');
const [code] = (await ended) as [number | null];
const stopMs = performance.now() - askedAt;
rmSync(data, { recursive: true, force: true });

const faults = [
  ...missing,
  ...(code === 0 ? [] : [`Ctrl-C ended it with ${code}`]),
  ...(stopMs <= stopMsMax ? [] : [`it took ${Math.round(stopMs)} ms to stop`]),
];
for (const fault of faults) console.error(`demo: ${fault}`);
console.log(
  faults.length === 0 ? 'demo: a ring and motion were recorded, stored and play' : 'demo: FAILED',
);
process.exit(faults.length === 0 ? 0 : 1);

/** What is not there in time, as sentences. */
async function waitForClips(): Promise<string[]> {
  const until = performance.now() + patienceMs;
  while (performance.now() < until) {
    await sleep(3_000);
    const clips = stored();
    const ring = clips.find(({ trigger }) => trigger === 'ding');
    const motion = clips.find(({ trigger }) => trigger === 'motion');
    if (ring !== undefined && motion !== undefined) {
      return [...(await faultsOf(ring)), ...(await faultsOf(motion))];
    }
  }
  return [`no clip of a ring and of motion within ${patienceMs / 1000} s`];
}

function stored(): readonly ClipView[] {
  try {
    const clips = JSON.parse(doorbell('clips', '--json')) as ClipView[];
    return clips.filter(({ state }) => state === 'stored');
  } catch {
    return []; // not up yet
  }
}

async function faultsOf({ clip, trigger }: ClipView): Promise<string[]> {
  const file = path.join(data, `${clip}.mp4`);
  doorbell('clip', 'get', clip, '--out', file);
  try {
    const { path: ffmpeg } = await findFfmpeg();
    execFileSync(ffmpeg, ['-v', 'error', '-xerror', '-i', file, '-f', 'null', '-']);
    return [];
  } catch (error) {
    return [`the ${trigger} clip does not decode: ${String(error)}`];
  }
}
