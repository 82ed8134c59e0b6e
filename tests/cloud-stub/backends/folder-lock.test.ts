import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { FolderLockedError, lockFolder } from '../../../cloud-stub/backends/folder-lock.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

describe('the lock of a data folder', () => {
  test('lets one in at a time', () => {
    const folder = temporaryFolder();
    const first = lockFolder(folder);
    expect(() => lockFolder(folder)).toThrow(FolderLockedError);
    expect(() => lockFolder(folder)).toThrow(`another cloud is running on ${folder}`);
    first.release();
    lockFolder(folder).release();
  });

  test('keeps another process out, and is let go when that one is killed', async () => {
    const folder = temporaryFolder();
    const module = new URL('../../../cloud-stub/backends/folder-lock.ts', import.meta.url);
    const script = `
      const { lockFolder } = await import(${JSON.stringify(module.href)});
      lockFolder(${JSON.stringify(folder)});
      process.stdout.write('locked');
      setInterval(() => {}, 1000);
    `;
    const holder = spawn(process.execPath, ['--input-type=module', '--eval', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      await once(holder.stdout, 'data');
      expect(() => lockFolder(folder)).toThrow(FolderLockedError);
    } finally {
      holder.kill('SIGKILL');
    }
    await once(holder, 'exit');
    lockFolder(folder).release();
  });
});
