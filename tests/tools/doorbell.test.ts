import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const run = promisify(execFile);
const launcher = fileURLToPath(new URL('../../tools/doorbell.mjs', import.meta.url));
const doorbell = async (...argv: readonly string[]): Promise<string> =>
  (await run(process.execPath, [launcher, ...argv])).stdout;

/** As `--help` groups them. */
const commands = [
  ...['up', 'cloud', 'device', 'pki', 'clock'],
  ...['press', 'snapshot', 'clips', 'clip', 'events', 'key'],
  ...['account', 'claim', 'notices', 'challenge', 'waive', 'consent'],
  ...['demo-office', 'agency', 'principal', 'demand', 'hold', 'verify', 'seal-root'],
  ...['capabilities', 'transparency'],
  ...['fsck', 'ledger', 'backup', 'restore', 'confirm-clock'],
  ...['score', 'stress', 'compare', 'scenario'],
];

describe('the command line', () => {
  it('lists every command', async () => {
    const listed = [...(await doorbell('--help')).matchAll(/^ {2}([a-z][a-z-]*)/gm)];
    expect(listed.map(([, name]) => name)).toEqual([...commands, 'help']);
  });

  it.each(commands)('%s is found though only its own file is loaded', async (name) => {
    expect(await doorbell(name, '--help')).toMatch(new RegExp(`^Usage: doorbell ${name}\\b`));
  });

  it('shows at the end of a help how the command is called', async () => {
    expect(await doorbell('clip', 'get', '--help')).toMatch(
      /\nFor example:\n {2}doorbell clip get latest\n/,
    );
  });

  it('refuses what it does not know with exit code 2', async () => {
    await expect(doorbell('clisp')).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining("unknown command 'clisp'"),
    });
  });
});
