#!/usr/bin/env node
// Runs doorbell.ts on Node 24, whatever Node started this: the checkout brings its own as an npm package.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import module from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';

const here = path.dirname(fileURLToPath(import.meta.url));
const major = Number(process.versions.node.split('.')[0]);

if (major >= 24) {
  // Types are stripped and code is compiled once for all starts; where this cannot be written, each time.
  module.enableCompileCache(path.join(here, '../node_modules/.cache/doorbell'));
  // A doorbell makes garbage slowly: letting its young generation grow costs 30 MiB and gains nothing.
  if (process.argv[2] === 'device') setFlagsFromString('--semi-space-growth-factor=1');
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
