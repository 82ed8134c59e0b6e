import { execFile, execFileSync, spawn } from 'node:child_process';
import { closeSync, cpSync, existsSync, mkdirSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { backUp } from '../../../cloud-stub/host-backup.ts';
import { type BackupWorld, backupWorld, breachesIn } from '../../support/cloud/backup-world.ts';
import { newYear } from '../../support/cloud/catalogue-rows.ts';
import { clipNumbered } from '../../support/cloud/clip-samples.ts';
import { openHostStorage, storeSample } from '../../support/cloud/cloud-storage.ts';
import { waitFor } from '../../support/wait-for.ts';

const run = promisify(execFile);
const launcher = join(import.meta.dirname, '../../../tools/doorbell.mjs');

type Ran = { readonly code: number; readonly stdout: string; readonly stderr: string };
async function doorbell(data: string, ...argv: readonly string[]): Promise<Ran> {
  try {
    const command = [launcher, ...argv, '--data', data];
    return { code: 0, ...(await run(process.execPath, command)) };
  } catch (error) {
    return error as Ran;
  }
}

const dataOf = ({ folders }: BackupWorld): string => dirname(folders.data);

/** A new disk with the old secrets: where a restore goes. */
function newDisk(world: BackupWorld): string {
  const data = join(dataOf(world), 'new-disk');
  cpSync(world.folders.secrets, join(data, 'secrets'), { recursive: true });
  return data;
}

describe('doorbell backup and restore [RET-11]', () => {
  test('take a cloud along and bring it back, in words and as JSON', async () => {
    const world = await backupWorld([1, 2]);
    const data = dataOf(world);
    const taken = await doorbell(data, 'backup', world.target, '--json');
    expect(taken).toMatchObject({ code: 0, stderr: '' });
    const manifest = JSON.parse(taken.stdout);
    expect(manifest).toMatchObject({ v: 1, files: 3 });

    const disk = newDisk(world);
    const back = await doorbell(disk, 'restore', world.target);
    expect(back.code, back.stderr).toBe(0);
    expect(back.stdout).toMatch(
      /^restored the backup of .*: 3 files of clips and bags\nredone since: 0 transactions; /,
    );
    const restored = { data: join(disk, 'cloud'), secrets: join(disk, 'secrets') };
    expect(await breachesIn(await openHostStorage(restored, world.clock))).toEqual([]);

    // Nothing is overwritten, whichever way it is asked.
    expect(await doorbell(disk, 'restore', world.target)).toMatchObject({
      ...{ code: 2, stdout: '' },
      stderr: `doorbell: ${join(disk, 'cloud')} is not empty: a restore begins with nothing\n`,
    });
    expect(await doorbell(disk, 'backup', world.target)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('holds a finished backup already') as string,
    });
    expect(await doorbell(disk, 'restore', data)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('holds no finished backup') as string,
    });
    expect(await doorbell(data, 'backup', 'retire', manifest.backup)).toMatchObject({
      ...{ code: 0, stdout: `backup ${manifest.backup} is retired\n` },
    });
    expect(await doorbell(data, 'backup', 'retire', manifest.backup)).toMatchObject({ code: 1 });
    expect(await doorbell(data, 'backup', 'retire', 'yesterday')).toMatchObject({
      ...{ code: 2, stderr: 'doorbell: "yesterday" is no backup\'s id\n' },
    });
  });

  test('name footage that came after the backup, and end with exit code 1', async () => {
    const world = await backupWorld([1]);
    await backUp(world.folders, world.target, world);
    await storeSample(world.storage, 7, newYear);
    const back = await doorbell(newDisk(world), 'restore', world.target, '--json');
    expect(back.code).toBe(1);
    const { thing, clip } = clipNumbered(7);
    expect(JSON.parse(back.stdout)).toMatchObject({
      lost: [{ thing, clip }],
      since: { from: 'redo-log' },
    });
    expect(back.stderr).toBe(
      'doorbell: footage that came after the backup is lost: 1 clip, which fsck goes on naming\n',
    );
  });

  test('refuse another master key, no master key, and another cloud, with a sentence each', async () => {
    const world = await backupWorld([1]);
    await backUp(world.folders, world.target, world);
    const disk = newDisk(world);
    const key = join(disk, 'secrets', 'master.key');
    writeFileSync(key, Buffer.alloc(32, 7));
    expect(await doorbell(disk, 'restore', world.target)).toMatchObject({
      ...{ code: 2, stdout: '' },
      stderr: expect.stringMatching(
        /^doorbell: master key .* is not the one that wrapped/,
      ) as string,
    });
    rmSync(key);
    expect(await doorbell(disk, 'restore', world.target)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('there is no master key in ') as string,
    });
    const foreign = await backupWorld([1]);
    await backUp(foreign.folders, foreign.target, foreign);
    expect(await doorbell(newDisk(foreign), 'restore', world.target)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(
        "holds the keys of another cloud than the backup's",
      ) as string,
    });
  });

  test('stopped by Ctrl-C a backup says so, and the same command ends it', async () => {
    const world = await backupWorld([1]);
    // Should it come as far as the keys before it hears of Ctrl-C, it waits there until somebody writes.
    const list = join(
      world.folders.secrets,
      'key-safe',
      'keys',
      clipNumbered(1).thing,
      'destroyed',
    );
    mkdirSync(dirname(list), { recursive: true });
    execFileSync('mkfifo', [list]);
    const command = [launcher, 'backup', world.target, '--data', dataOf(world)];
    const child = spawn(process.execPath, command, { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.on('data', (text) => {
      said += String(text);
    });
    const ended = new Promise((resolve) => child.on('close', resolve));
    const unfinished = join(world.target, 'unfinished.json');
    await waitFor('the backup to begin', () => existsSync(unfinished));
    child.kill('SIGINT');
    // Again and again: it may come to the list after any of these.
    const writer = setInterval(() => closeSync(openSync(list, 'r+')), 50);
    const code = await ended.finally(() => clearInterval(writer));
    expect(code).toBe(130);
    rmSync(list);
    expect(said).toBe(
      'doorbell: stopped by SIGINT\n' +
        'doorbell: what is done stays: the same command goes on from there\n',
    );
    expect(existsSync(join(world.target, 'backup.json'))).toBe(false);
    expect(await doorbell(dataOf(world), 'backup', world.target)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/: 2 files of clips and bags, /) as string,
    });
  });

  test('say in their help what they do not take along', async () => {
    const help = await run(process.execPath, [launcher, 'backup', '--help']);
    expect(help.stdout).toContain('A backup holds no keys');
    const restoring = await run(process.execPath, [launcher, 'restore', '--help']);
    for (const option of ['--newer <folder>', '--give-up-since', '--data <folder>', '--json']) {
      expect(restoring.stdout).toContain(option);
    }
    expect(await doorbell('nowhere', 'restore')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("missing required argument 'backup'") as string,
    });
  });
});
