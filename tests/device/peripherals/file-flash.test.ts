import { mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { FlashError } from '../../../device/board.ts';
import { FileFlash } from '../../../device/peripherals/file-flash.ts';
import { flashContract } from '../../contract/flash.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const MiB = 1024 * 1024;

flashContract('the flash in a folder', (capacityBytes) =>
  FileFlash.open(join(temporaryFolder(), 'flash'), capacityBytes),
);

test('its files are for this user alone', async () => {
  const folder = join(temporaryFolder(), 'flash');
  const flash = await FileFlash.open(folder, MiB);
  await flash.write('clips/a', Buffer.from('x'));
  const modes = ['', 'clips', 'clips/a'].map((name) => statSync(join(folder, name)).mode & 0o777);
  expect(modes).toEqual([0o700, 0o700, 0o600]);
});

test('opened again it knows what is used, and clears what was half-written', async () => {
  const folder = join(temporaryFolder(), 'flash');
  const flash = await FileFlash.open(folder, MiB);
  await flash.write('clips/a', Buffer.alloc(300));
  writeFileSync(join(folder, 'clips', '.partial-7'), Buffer.alloc(50));
  const again = await FileFlash.open(folder, MiB);
  expect(await again.usage()).toEqual({ capacityBytes: MiB, usedBytes: 300 });
  expect(readdirSync(join(folder, 'clips'))).toEqual(['a']);
});

test('a link planted in it is not followed', async () => {
  const outside = temporaryFolder();
  writeFileSync(join(outside, 'secret'), 'secret');
  const folder = join(temporaryFolder(), 'flash');
  const flash = await FileFlash.open(folder, MiB);
  symlinkSync(join(outside, 'secret'), join(folder, 'a'));
  await expect(flash.read('a')).rejects.toThrow(FlashError);
  await expect(flash.append('a', Buffer.from('x'))).rejects.toThrow(FlashError);
});

test('a folder that cannot be made is a FlashError that names it', async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'file'), '');
  await expect(FileFlash.open(join(folder, 'file', 'flash'), MiB)).rejects.toThrow(
    /flash failed \(ENOTDIR\).*file\/flash/,
  );
});

test('a name that is a folder is refused as a file', async () => {
  const folder = join(temporaryFolder(), 'flash');
  const flash = await FileFlash.open(folder, MiB);
  mkdirSync(join(folder, 'clips'));
  await expect(flash.write('clips', Buffer.from('x'))).rejects.toThrow(FlashError);
  expect((await flash.usage()).usedBytes).toBe(0);
});
