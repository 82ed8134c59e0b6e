import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { expect, test } from 'vitest';
import { backupWorld } from '../../support/cloud/backup-world.ts';

const launcher = path.join(import.meta.dirname, '../../../tools/doorbell.mjs');

test('accounts are called by their names, so each has one of its own', async () => {
  const { folders } = await backupWorld([]);
  const doorbell = (...words: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [launcher, ...words], {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'] ?? '', DOORBELL_DATA: path.dirname(folders.data) },
    });
    return { status, stdout, stderr };
  };
  expect(doorbell('account', 'open', 'Ann').status).toBe(0);
  expect(doorbell('account', 'open', 'Ann')).toEqual({
    status: 1,
    stdout: '',
    stderr: expect.stringMatching(
      /^doorbell: there is an account Ann: give another name, .* "doorbell account token Ann"/,
    ),
  });
  for (const name of ['', ' ', 'two\nlines', 'x'.repeat(201)]) {
    expect(doorbell('account', 'open', name)).toMatchObject({
      status: 2,
      stderr: 'doorbell: a name is one line of 1 to 200 characters\n',
    });
  }
  const listed = JSON.parse(doorbell('account', 'list', '--json').stdout);
  expect(listed.filter((row: { name: string }) => row.name === 'Ann')).toHaveLength(1);
});
