import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { epochMs, minutes } from '../../../device/wire/time.ts';
import { door, listening } from '../../support/cloud/api-under-test.ts';
import { readArchive } from '../../support/cloud/archive-reader.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const program = path.join(import.meta.dirname, '../../../tools/doorbell.ts');

/** A cloud with five clips of Ann's, and the command line as she uses it. */
async function household() {
  const world = await listening();
  const clips = [0, 1, 2, 3, 4].map((n) =>
    world.cloud.addClip(
      world.owner,
      { thing: door, recordedAt: epochMs(1_790_000_000_000 + minutes(n)) },
      Buffer.from(`footage ${n}`),
    ),
  );
  const folder = temporaryFolder();
  const doorbell = (...words: string[]) =>
    new Promise<{ status: number | null; stdout: string; stderr: string }>((resolve) => {
      const child = spawn(process.execPath, [program, ...words], {
        cwd: folder,
        stdio: ['ignore', 'pipe', 'pipe'],
        env: {
          PATH: process.env['PATH'] ?? '',
          DOORBELL_DATA: folder,
          DOORBELL_URL: world.url,
          DOORBELL_TOKEN: 'token-of-ann',
        },
      });
      let [stdout, stderr] = ['', ''];
      child.stdout.on('data', (data) => (stdout += data));
      child.stderr.on('data', (data) => (stderr += data));
      child.on('close', (status) => resolve({ status, stdout, stderr }));
    });
  const left = async () =>
    (await world.cloud.footage.list(world.owner, { limit: 9 }))?.items.length ?? 0;
  return { ...world, clips, doorbell, folder, left };
}

test('clips are deleted by id and all at once, never unasked [DEL-1]', async () => {
  const { clips, doorbell, left } = await household();
  const [first] = clips;
  const id = first?.clip ?? '';
  expect(await doorbell('clip', 'delete', id)).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('give --yes'),
  });
  expect(await doorbell('clip', 'delete')).toMatchObject({ status: 2 });
  expect(await doorbell('clip', 'delete', id, '--all', '--yes')).toMatchObject({ status: 2 });
  expect(await left()).toBe(5);
  expect((await doorbell('clip', 'delete', id, '--yes')).stdout).toBe('1 clip is deleted\n');
  expect(await left()).toBe(4);
  const narrowed = ['--all', '--thing', 'elsewhere', '--yes'];
  expect((await doorbell('clip', 'delete', ...narrowed)).stdout).toBe('0 clips are deleted\n');
  expect(await doorbell('clip', 'delete', '--all')).toMatchObject({ status: 2 });
  const { stdout } = await doorbell('clip', 'delete', '--all', '--yes', '--json');
  expect(JSON.parse(stdout)).toEqual({ deleted: 4 });
  expect(await left()).toBe(0);
});

test('an account is shown, taken along and closed [DEL-5]', async () => {
  const { clips, doorbell, folder } = await household();
  expect((await doorbell('account', 'show')).stdout).toContain('window   60 days');
  expect(await doorbell('account', 'download', '--out', 'all.tar')).toMatchObject({ status: 0 });
  const files = await readArchive(readFileSync(path.join(folder, 'all.tar')));
  const names = [...files.keys()].filter((name) => name.endsWith('.mp4'));
  expect(names).toHaveLength(clips.length);
  expect(existsSync(path.join(folder, 'all.tar.part'))).toBe(false);
  expect(await doorbell('account', 'close')).toMatchObject({ status: 2 });
  expect((await doorbell('account', 'close', '--yes')).stdout).toBe('the account is closed\n');
  expect(await doorbell('account', 'show')).toMatchObject({ status: 1 });
});
