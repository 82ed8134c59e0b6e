/** How fast a bag is sealed and verified, beside sha256sum over the same bytes. */
import { execFileSync } from 'node:child_process';
import { createWriteStream, mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { bagPaths } from '../../cloud-stub/legal/export-manifest.ts';
import type { BenchOptions } from './bench.ts';
import { exportId } from './export-order.ts';
import { clipBytes, fillStore, openExportStore } from './export-store.ts';
import { type BenchResult, judged } from './figures.ts';
import { removeScratch, scratchFolder } from './scratch-folder.ts';

const MiB = 1024 * 1024;
/** Of footage; `BENCH_EXPORT_MIB` says otherwise. */
const wholeMib = 2048;
const quickMib = 64;
const memoryMibMax = 200;

const told = z.object({ tookMs: z.number(), peakBytes: z.number() });

export async function exportSpeed({ quick }: BenchOptions): Promise<readonly BenchResult[]> {
  const mib = Number(process.env['BENCH_EXPORT_MIB'] ?? (quick ? quickMib : wholeMib));
  const clips = Math.ceil((mib * MiB) / clipBytes);
  const folder = scratchFolder('export');
  try {
    const store = await openExportStore(folder);
    await fillStore(store, clips);
    await store.close();
    const seal = inProcess('seal', folder);
    const bag = await unpack(folder);
    const footage = readdirSync(path.join(bag, 'data/clips'));
    const sumMs = timed('sha256sum', footage, path.join(bag, 'data/clips'));
    const checkMs = timed('sha256sum', ['-c', '--quiet', bagPaths.manifest], bag);
    const verify = inProcess('verify', bag);
    const size = `${Math.round((clips * clipBytes) / MiB)} MiB`;
    return [
      judged({
        name: 'custody.export',
        figure: { what: `export of ${size}, sealed`, ...ms(seal.tookMs) },
        baseline: { what: 'sha256sum of the same bytes', ...ms(sumMs) },
        bar: { on: 'ratio', must: 'be at most', limit: 3 },
      }),
      memory('custody.export-memory', `export of ${size}`, seal.peakBytes),
      judged({
        name: 'custody.verify',
        figure: { what: `strict verify of a bag of ${size}`, ...ms(verify.tookMs) },
        baseline: { what: 'sha256sum -c of its payload', ...ms(checkMs) },
        bar: { on: 'ratio', must: 'be at most', limit: 1.5 },
      }),
      memory('custody.verify-memory', `verify of ${size}`, verify.peakBytes),
    ];
  } finally {
    removeScratch(folder);
  }
}

/** The whole process, Node itself included. */
const memory = (name: string, what: string, peakBytes: number): BenchResult =>
  judged({
    name,
    figure: { what: `${what}, memory at its peak`, value: peakBytes / MiB, unit: 'MiB' },
    bar: { on: 'value', must: 'be below', limit: memoryMibMax },
  });

function inProcess(step: 'seal' | 'verify', place: string): z.infer<typeof told> {
  const program = path.join(import.meta.dirname, 'export-process.ts');
  const output = execFileSync(process.execPath, [program, step, place], { encoding: 'utf8' });
  return told.parse(JSON.parse(output));
}

function timed(program: string, argv: readonly string[], cwd: string): number {
  const beganAt = performance.now();
  execFileSync(program, argv, { cwd, stdio: ['ignore', 'ignore', 'inherit'] });
  return performance.now() - beganAt;
}

async function unpack(folder: string): Promise<string> {
  const store = await openExportStore(folder);
  const bag = await store.exports.open(exportId);
  if (bag === null) throw new Error('what was sealed can be opened');
  const into = path.join(folder, bag.name);
  for (const { path: name } of bag.files) {
    const file = path.join(into, name);
    mkdirSync(path.dirname(file), { recursive: true });
    await pipeline(bag.read(name), createWriteStream(file));
  }
  await bag.close();
  await store.close();
  return into;
}

const ms = (value: number) => ({ value, unit: 'ms' as const });
