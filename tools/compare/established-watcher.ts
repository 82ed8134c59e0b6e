/** An established detector as a process of Python and OpenCV, which answers each frame with its mask. */
import { type ChildProcessByStdio, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { promisify } from 'node:util';
import { z } from 'zod';
import type { MotionSettings } from '../../device/vision/motion-settings.ts';
import type { Observation } from '../../device/vision/observation.ts';
import type { UptimeMs } from '../../device/wire/time.ts';
import type { Watcher } from '../score/footage-run.ts';
import { type Blob, blobShareMin, largestBlob } from './blob-rule.ts';

const script = path.join(import.meta.dirname, 'established.py');

export type Established = {
  readonly python: string;
  /** OpenCV's. */
  readonly version: string;
  readonly names: readonly string[];
};

const listSchema = z.object({ version: z.string(), names: z.array(z.string()) });

/** What this machine has; null where python3-opencv is not installed. `PYTHON_BIN` names a Python of one's own. */
export async function findEstablished(): Promise<Established | null> {
  const named = process.env['PYTHON_BIN'];
  // The distribution's python3, which python3-opencv belongs to, may stand behind another on PATH.
  for (const python of named === undefined ? ['python3', '/usr/bin/python3'] : [named]) {
    const listed = await promisify(execFile)(python, [script, '--list']).catch(() => null);
    if (listed === null) continue;
    return { python, ...listSchema.parse(JSON.parse(listed.stdout)) };
  }
  return null;
}

/** The Python process died or said less than it should. */
export class EstablishedError extends Error {
  override readonly name = 'EstablishedError';
}

export type WatcherShape = {
  readonly name: string;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly framesPerSecond: number;
  readonly settings: MotionSettings;
};

export function openEstablished(established: Established, shape: WatcherShape): Watcher {
  const { name, widthPx, heightPx, framesPerSecond } = shape;
  const size = [widthPx, heightPx, framesPerSecond].map(String);
  const child = spawn(established.python, [script, name, ...size], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.on('error', () => {}); // gone early: the answer that does not come tells
  const answers = answersOf(child, 1 + widthPx * heightPx, name);
  const watched = watchedPart(shape);
  let mask: Uint8Array = new Uint8Array(widthPx * heightPx);
  return {
    async observe(luma, at) {
      child.stdin.write(watched === null ? luma : luma.map((v, i) => (watched[i] === 0 ? 0 : v)));
      const next = await answers.next();
      if (next.done === true) throw new EstablishedError(`${name}: no answer`);
      mask = next.value.subarray(1);
      const blob = largestBlob(mask, widthPx, heightPx);
      return judge(next.value[0] ?? 0, blob, at);
    },
    foreground: () => mask,
    async close() {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    },
  };
}

async function* answersOf(
  child: ChildProcessByStdio<Writable, Readable, null>,
  bytes: number,
  name: string,
): AsyncGenerator<Uint8Array> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of child.stdout) {
    rest = Buffer.concat([rest, chunk]);
    for (; rest.length >= bytes; rest = rest.subarray(bytes)) yield rest.subarray(0, bytes);
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  throw new EstablishedError(
    `${name} ended by ${child.signalCode ?? `exit code ${child.exitCode}`}`,
  );
}

function judge(verdict: number, blob: Blob | null, at: UptimeMs): Observation {
  const share = blob?.area ?? 0;
  const motion = verdict === 2 ? share >= blobShareMin : verdict === 1;
  const score = motion ? Math.max(1, share / blobShareMin) : Math.min(0.99, share / blobShareMin);
  const because = `largest blob ${(share * 100).toFixed(2)} % of the picture`;
  const still = { directionDeg: null, speed: 0, zones: [] };
  const regions = blob === null ? [] : [{ ...blob, ...still, score, because }];
  return { at, motion, score, changed: share, regions, because };
}

/** 1 where an include zone's box is; null where there is none. What lies outside is made black, as recorders mask. */
function watchedPart({ settings, widthPx, heightPx }: WatcherShape): Uint8Array | null {
  const zones = settings.zones.filter(({ kind }) => kind === 'include');
  if (zones.length === 0) return null;
  const part = new Uint8Array(widthPx * heightPx);
  for (const { polygon } of zones) {
    const xs = polygon.map(({ x }) => x * widthPx);
    const ys = polygon.map(({ y }) => y * heightPx);
    for (let y = Math.floor(Math.min(...ys)); y < Math.min(heightPx, Math.max(...ys)); y++) {
      const from = y * widthPx;
      part.fill(1, from + Math.floor(Math.min(...xs)), from + Math.ceil(Math.max(...xs)));
    }
  }
  return part;
}
