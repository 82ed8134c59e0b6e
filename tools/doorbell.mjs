#!/usr/bin/env node
// Runs doorbell.ts on Node 24, whatever Node started this: the checkout brings its own as an npm package.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const major = Number(process.versions.node.split('.')[0]);

if (major >= 24) {
  await import('./doorbell.ts');
} else {
  const node = path.join(here, '../node_modules/node/bin/node');
  if (!existsSync(node)) {
    console.error(
      `doorbell: needs Node 24 or later, found ${process.version}; run "npm ci" in the checkout, which brings it.`,
    );
    process.exit(2);
  }
  const script = path.join(here, 'doorbell.ts');
  const child = spawn(node, [script, ...process.argv.slice(2)], { stdio: 'inherit' });
  // Ctrl-C reaches the child by itself, as it shares the terminal; kill does not.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));
}
