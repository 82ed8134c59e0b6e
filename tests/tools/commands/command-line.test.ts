import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { permanentFolder } from '../../support/permanent-folder.ts';

const launcher = path.join(import.meta.dirname, '../../../tools/doorbell.mjs');
const data = permanentFolder();
const empty = { DOORBELL_DATA: permanentFolder() };

function doorbell(words: readonly string[], env: Record<string, string> = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [launcher, ...words], {
    encoding: 'utf8',
    // A command that waits for ever keeps vitest from ending the test.
    timeout: 240_000,
    killSignal: 'SIGKILL',
    env: { PATH: process.env['PATH'] ?? '', DOORBELL_DATA: data, ...env },
  });
  return { status, stdout, stderr };
}

/** Node's recursive mkdir asks such a file system for ever. */
const unmakable = ['cloud', 'device', 'pki show', 'up --port 0 --broker-port 0'].map(
  (words): [string, string[], Record<string, string>, RegExp] => [
    `a folder below /proc for ${words}`,
    [...words.split(' '), '--data', '/proc/nowhere/data'],
    {},
    /nothing can be stored in \/proc, give a folder on a disk/,
  ],
);

describe('what cannot work is one clear sentence and exit code 2', () => {
  test.each<[string, string[], Record<string, string>, RegExp]>([
    [
      'missing footage',
      ['up', '--footage', '/nowhere.mp4', '--port', '0', '--broker-port', '0'],
      {},
      /\/nowhere\.mp4: nothing there, expected a video file/,
    ],
    [
      'no usable ffmpeg',
      ['up', '--port', '0', '--broker-port', '0'],
      { FFMPEG_BIN: '/bin/false' },
      /ffmpeg/,
    ],
    [
      'a setting out of range',
      ['device', '--clip-pre-roll-ms', '99999999'],
      {},
      /clip\.preRollMs \(from --clip-pre-roll-ms\) is 99999999/,
    ],
    [
      'a variable out of range',
      ['device'],
      { DOORBELL_PACE: 'slow' },
      /pace \(from DOORBELL_PACE\) is "slow"/,
    ],
    ['a port that is none', ['cloud', '--api-port', '99999'], {}, /--api-port is '99999'/],
    ['a command unheard of', ['frobnicate'], {}, /unknown command 'frobnicate'/],
    ['a name that is none', ['pki', 'issue', 'a b'], {}, /"a b" is no thing name/],
    ['a data folder without a cloud', ['fsck'], empty, /no cloud has run on this data folder/],
    ['no cloud to ask', ['clips'], empty, /no address of a cloud/],
    [
      'an address that is none',
      ['clips', '--url', 'foo', '--token', 'x'],
      {},
      /"foo" is no address/,
    ],
    [
      'a link that is none',
      ['up', '--link', 'pigeon', '--port', '0', '--broker-port', '0'],
      {},
      /link \(from --link\) is "pigeon"/,
    ],
    ['a certificate of nobody', ['pki', 'revoke', 'nobody'], {}, /no certificate was issued/],
    ['a file for a folder', ['pki', 'show', '--data', 'package.json'], {}, /not a directory/],
    [
      'a file for a data folder',
      ['up', '--port', '0', '--broker-port', '0', '--data', 'package.json'],
      {},
      /package\.json/,
    ],
    [
      'a log that is a folder',
      ['device', '--log-file', 'tools'],
      {},
      /tools: illegal operation on a directory/,
    ],
    ...(existsSync('/proc/self') ? [...unmakable] : []),
    ['a scene that is none', ['device', '--scene', 'mars'], {}, /no scene "mars"/],
  ])('%s', (_what, words, env, expected) => {
    const { status, stderr } = doorbell(words, env);
    expect(stderr).toMatch(expected);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(status).toBe(2);
  });

  test('a port that is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((listening) => taken.once('listening', listening));
    const { port } = taken.address() as { port: number };
    const { status, stderr } = doorbell(['up', '--port', String(port), '--broker-port', '0']);
    taken.close();
    expect(stderr).toMatch(new RegExp(`${port}`));
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(status).toBe(2);
  });
});

test('a variable that sets nothing is told of, unless a container engine made it', () => {
  const env = {
    DOORBELL_CLIP_PREROLL_MS: '1',
    DOORBELL_PORT: 'tcp://10.0.0.1:80',
    DOORBELL_PACE: '?',
  };
  const { stderr } = doorbell(['device'], env);
  expect(stderr).toContain('DOORBELL_CLIP_PREROLL_MS sets nothing');
  expect(stderr).not.toContain('DOORBELL_PORT');
});

test('a cloud that does not answer is exit code 1', () => {
  const { status, stderr } = doorbell(['clips', '--url', 'http://127.0.0.1:1', '--token', 'x']);
  expect(stderr).toMatch(/no cloud answers at http:\/\/127\.0\.0\.1:1/);
  expect(status).toBe(1);
});

test('a certificate is issued, shown and revoked, and nothing is left to revoke', () => {
  const issued = JSON.parse(doorbell(['pki', 'issue', 'gate', '--json']).stdout) as {
    serial: string;
  };
  expect(doorbell(['pki', 'show']).stdout).toContain(issued.serial);
  expect(doorbell(['pki', 'revoke', 'gate']).stdout).toBe(`revoked ${issued.serial}\n`);
  const { status, stderr } = doorbell(['pki', 'revoke', 'gate']);
  expect([status, stderr]).toEqual([1, expect.stringMatching(/nothing to revoke/)]);
});

test.each([['--help'], ['up', '--help'], ['device', '--help'], ['clip', 'get', '--help']])(
  '%s %s %s helps',
  (...words) => {
    const { status, stdout } = doorbell(words);
    expect(stdout).toMatch(/^Usage: doorbell/);
    expect(status).toBe(0);
  },
);
