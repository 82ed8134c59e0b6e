#!/usr/bin/env node
// Runs doorbell.ts on Node 24, whatever Node started this: the checkout brings its own as an npm package.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import module from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const smallHeap = '--max-semi-space-size=1';
const major = Number(process.versions.node.split('.')[0]);

if (major >= 24) {
  // Types are stripped and code is compiled once for all starts; where this cannot be written, each time.
  module.enableCompileCache(path.join(here, '../node_modules/.cache/doorbell'));
  if (process.argv[2] === 'device') startSmall();
  else await import('../cloud-stub/disk-threads.ts');
  await import('./doorbell.ts');
} else {
  const node = path.join(here, '../node_modules/node/bin/node');
  if (!existsSync(node)) {
    console.error(
      `doorbell: needs Node 24 or later, found ${process.version}; run "npm ci" in the checkout, which brings it.`,
    );
    process.exit(2);
  }
  const script = fileURLToPath(import.meta.url);
  const child = spawn(node, [script, ...process.argv.slice(2)], { stdio: 'inherit' });
  // Ctrl-C reaches the child by itself, as it shares the terminal; kill does not.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));
}

/**
 * A doorbell is to stay under 150 MiB. What that takes cannot be set from inside a process, so this one is replaced by
 * another (POSIX execve; where there is none it goes on as it is): a young generation that does not grow, and a glibc
 * that keeps few arenas and gives large blocks, which are pictures, back at once.
 */
function startSmall() {
  const { MALLOC_ARENA_MAX } = process.env;
  if (MALLOC_ARENA_MAX !== undefined && process.execArgv.includes(smallHeap)) return;
  if (typeof process.execve !== 'function' || process.platform === 'win32') return;
  const env = {
    ...process.env,
    MALLOC_ARENA_MAX: '2',
    MALLOC_MMAP_THRESHOLD_: '262144',
    MALLOC_TRIM_THRESHOLD_: '262144',
  };
  const script = fileURLToPath(import.meta.url);
  process.execve(
    process.execPath,
    [process.execPath, ...process.execArgv, smallHeap, script, ...process.argv.slice(2)],
    env,
  );
}
