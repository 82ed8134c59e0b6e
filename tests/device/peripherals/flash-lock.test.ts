import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { FlashError } from '../../../device/board.ts';
import { FileFlash } from '../../../device/peripherals/file-flash.ts';
import { lockFlash } from '../../../device/peripherals/flash-lock.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

test('a flash has one doorbell at a time, and its lock is no file of the flash [DEV-3]', async () => {
  const folder = temporaryFolder();
  const first = lockFlash(folder);
  expect(() => lockFlash(folder)).toThrow(FlashError);
  expect(() => lockFlash(folder)).toThrow(`another doorbell runs on this flash: ${folder}`);
  const flash = await FileFlash.open(folder, 1024);
  expect(await flash.list('')).toEqual([]);
  expect(await flash.usage()).toMatchObject({ usedBytes: 0 });
  first.release();
  lockFlash(folder).release();
  expect(readdirSync(folder)).toEqual(['.lock']);
});

test('a doorbell that is killed lets its flash go', async () => {
  const folder = temporaryFolder();
  const module = new URL('../../../device/peripherals/flash-lock.ts', import.meta.url);
  const script = `
    const { lockFlash } = await import(${JSON.stringify(module.href)});
    globalThis.lock = lockFlash(${JSON.stringify(folder)});
    process.stdout.write('locked');
    setInterval(() => {}, 1000);
  `;
  const holder = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    await once(holder.stdout, 'data');
    expect(() => lockFlash(folder)).toThrow('another doorbell runs on this flash');
  } finally {
    holder.kill('SIGKILL');
  }
  await once(holder, 'exit');
  lockFlash(folder).release();
});
