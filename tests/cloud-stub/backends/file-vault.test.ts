import { createSecretKey } from 'node:crypto';
import { type FileHandle, open, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openFileVault } from '../../../cloud-stub/backends/file-vault.ts';
import { headerBytes } from '../../../cloud-stub/backends/file-vault-record.ts';
import { preambleBytes } from '../../../cloud-stub/backends/file-vault-scan.ts';
import { tagBytes } from '../../../cloud-stub/backends/vault-sealing.ts';
import { type Vault, type VaultClip, VaultError } from '../../../cloud-stub/ports.ts';
import { vaultContract } from '../../contract/vault.ts';
import {
  clipNumbered,
  sampleBytes,
  sha256Of,
  ulidNumbered,
} from '../../support/cloud/clip-samples.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

vaultContract('file vault', () => openFileVault(join(temporaryFolder(), 'data', 'vault')));

const key = clipNumbered(1);
const dataKey = createSecretKey(sampleBytes(32, 'data key'));
const chunkOf = (index: number): Buffer => sampleBytes(100 + index, index);
const journalIn = (folder: string): string => join(folder, key.thing, `${key.clip}.journal`);

function append(clip: VaultClip, ...indices: readonly number[]): void {
  for (const index of indices) clip.append(index, chunkOf(index), sha256Of(chunkOf(index)));
}

/** The indices of chunks that are there, each read and compared. */
async function intact(clip: VaultClip): Promise<number[]> {
  const indices = [...clip.chunks().keys()].sort((a, b) => a - b);
  for (const index of indices) expect(Buffer.from(await clip.read(index))).toEqual(chunkOf(index));
  return indices;
}

/** Opens, says what is there, appends chunk 9 and sees it there after another opening. */
async function goOn(vault: Vault): Promise<number[]> {
  const clip = await vault.open(key, dataKey);
  const before = await intact(clip);
  append(clip, 9);
  await clip.sync();
  await clip.close();
  const again = await vault.open(key, dataKey);
  expect(await intact(again)).toEqual([...before, 9]);
  await again.close();
  return before;
}

/** A journal of chunks 0 and 1, each synced by itself, then chunk 2. */
async function threeChunks(folder: string): Promise<{ bytes: Buffer; ends: number[] }> {
  const vault = await openFileVault(folder);
  const clip = await vault.open(key, dataKey);
  const ends: number[] = [];
  for (const index of [0, 1, 2]) {
    append(clip, index);
    await clip.sync();
    ends.push((await stat(journalIn(folder))).size);
  }
  await clip.close();
  return { bytes: await readFile(journalIn(folder)), ends };
}

describe('a power cut', () => {
  test('at every byte of the last record leaves the records before it [WIRE-1]', async () => {
    const folder = temporaryFolder();
    const { bytes, ends } = await threeChunks(folder);
    const [, second = 0, third = 0] = ends;
    expect(third - second).toBe(headerBytes + 102 + tagBytes);
    for (let length = second; length <= third; length++) {
      await writeFile(journalIn(folder), bytes.subarray(0, length));
      const vault = await openFileVault(folder);
      expect(await goOn(vault)).toEqual(length === third ? [0, 1, 2] : [0, 1]);
    }
  });

  test('at every byte of a young journal leaves an empty one or its first record', async () => {
    const folder = temporaryFolder();
    const { bytes, ends } = await threeChunks(folder);
    const [first = 0] = ends;
    for (let length = 0; length <= first; length += 3) {
      await writeFile(journalIn(folder), bytes.subarray(0, length));
      expect(await goOn(await openFileVault(folder))).toEqual(length === first ? [0] : []);
    }
  });

  test('that kept the length and lost the contents of what was not synced cuts it', async () => {
    const folder = temporaryFolder();
    const vault = await openFileVault(folder);
    const clip = await vault.open(key, dataKey);
    append(clip, 0, 1);
    await clip.sync();
    const durable = (await stat(journalIn(folder))).size;
    append(clip, 2, 3, 4);
    await clip.sync();
    await clip.close();
    const bytes = await readFile(journalIn(folder));
    const recordBytes = headerBytes + 102 + tagBytes;
    // The contents of chunk 2 are zeros; its header, and chunks 3 and 4 after it, did reach the disk.
    bytes.fill(0, durable + headerBytes, durable + recordBytes);
    await writeFile(journalIn(folder), bytes);
    expect(await goOn(await openFileVault(folder))).toEqual([0, 1]);
  });

  test('that lost the preamble of a journal without records leaves an empty one', async () => {
    const folder = temporaryFolder();
    await (await (await openFileVault(folder)).open(key, dataKey)).close();
    await writeFile(journalIn(folder), Buffer.alloc(preambleBytes));
    expect(await goOn(await openFileVault(folder))).toEqual([]);
  });
});

describe('a journal that was altered', () => {
  test('before its durable end is not mistaken for a torn one and cut', async () => {
    const folder = temporaryFolder();
    const { bytes, ends } = await threeChunks(folder);
    const altered = Buffer.from(bytes);
    altered[(ends[0] ?? 0) + 50] = 0x55; // in the header of chunk 1
    await writeFile(journalIn(folder), altered);
    const vault = await openFileVault(folder);
    await expect(vault.open(key, dataKey)).rejects.toThrow(VaultError);
    expect(await readFile(journalIn(folder))).toEqual(altered);
  });

  test('in a chunk gives that chunk up and no other', async () => {
    const folder = temporaryFolder();
    const { bytes, ends } = await threeChunks(folder);
    bytes[(ends[0] ?? 0) + headerBytes] = (bytes[(ends[0] ?? 0) + headerBytes] ?? 0) ^ 1;
    await writeFile(journalIn(folder), bytes);
    const reader = await (await openFileVault(folder)).openRead(key, dataKey);
    await expect(reader?.read(1)).rejects.toThrow(/chunk 1 was altered/);
    expect(Buffer.from((await reader?.read(2)) ?? [])).toEqual(chunkOf(2));
    await reader?.close();
  });

  test('with another data key is refused and left as it is', async () => {
    const folder = temporaryFolder();
    const { bytes } = await threeChunks(folder);
    const vault = await openFileVault(folder);
    const other = createSecretKey(sampleBytes(32, 'another'));
    await expect(vault.open(key, other)).rejects.toThrow(/another data key/);
    await expect(vault.openRead(key, other)).rejects.toThrow(/another data key/);
    expect(await readFile(journalIn(folder))).toEqual(bytes);
  });

  test('by moving a record to another place is refused', async () => {
    const folder = temporaryFolder();
    const { bytes } = await threeChunks(folder);
    const elsewhere = clipNumbered(2);
    const vault = await openFileVault(folder);
    await (await vault.open(elsewhere, dataKey)).close();
    await writeFile(join(folder, elsewhere.thing, `${elsewhere.clip}.journal`), bytes);
    const reader = await vault.openRead(elsewhere, dataKey);
    await expect(reader?.read(0)).rejects.toThrow(/altered/);
    await reader?.close();
  });
});

/** A disk whose writes or syncs can be made to fail. */
function failingDisk() {
  const fault: { write: string | null; sync: string | null; room: number } = {
    write: null,
    sync: null,
    room: Number.POSITIVE_INFINITY,
  };
  let syncs = 0;
  const fail = (code: string): Error => Object.assign(new Error(code), { code });
  const openFile = async (path: string, flags: number, mode: number): Promise<FileHandle> => {
    const file = await open(path, flags, mode);
    return new Proxy(file, {
      get(target, name) {
        if (name === 'writev') {
          return async (parts: Uint8Array[], position: number) => {
            const all = Buffer.concat(parts);
            const { bytesWritten } = await target.write(
              all,
              0,
              Math.min(all.length, fault.room),
              position,
            );
            fault.room -= bytesWritten;
            if (bytesWritten === 0) throw fail('ENOSPC');
            return { bytesWritten, buffers: parts };
          };
        }
        if (name === 'datasync') {
          return async () => {
            syncs++;
            if (fault.sync !== null) throw fail(fault.sync);
            await target.datasync();
          };
        }
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  };
  return { fault, openFile, syncs: () => syncs };
}

describe('a disk that fails', () => {
  test('full in the middle of a record: nothing of it is acknowledged, and all goes on later', async () => {
    const folder = temporaryFolder();
    const { fault, openFile } = failingDisk();
    const vault = await openFileVault(folder, { openFile });
    const clip = await vault.open(key, dataKey);
    append(clip, 0);
    await clip.sync();
    const durable = (await stat(journalIn(folder))).size;
    fault.room = 150;
    append(clip, 1);
    const both = [clip.sync(), clip.sync()];
    await expect(both[0]).rejects.toThrow(VaultError);
    await expect(both[1]).rejects.toThrow(VaultError);
    // What was given up is not there, and a later sync does not vouch for it.
    expect([...clip.chunks().keys()]).toEqual([0]);
    await expect(clip.sync()).rejects.toThrow(VaultError);
    expect(() => append(clip, 2)).toThrow(VaultError);
    await clip.close();
    expect((await stat(journalIn(folder))).size).toBe(durable);
    fault.room = Number.POSITIVE_INFINITY;
    expect(await goOn(vault)).toEqual([0]);
  });

  test('a sync that fails is not believed when the next one succeeds', async () => {
    const folder = temporaryFolder();
    const { fault, openFile } = failingDisk();
    const vault = await openFileVault(folder, { openFile });
    const clip = await vault.open(key, dataKey);
    append(clip, 0);
    await clip.sync();
    fault.sync = 'EIO';
    append(clip, 1);
    await expect(clip.sync()).rejects.toMatchObject({ cause: { code: 'EIO' } });
    fault.sync = null;
    await clip.close();
    expect(await goOn(vault)).toEqual([0]);
  });

  test('one that cannot be opened is a VaultError with its cause', async () => {
    const folder = temporaryFolder();
    const vault = await openFileVault(folder, {
      openFile: () => Promise.reject(Object.assign(new Error('no'), { code: 'EMFILE' })),
    });
    await expect(vault.open(key, dataKey)).rejects.toMatchObject({
      name: 'VaultError',
      key,
      cause: { code: 'EMFILE' },
    });
    await expect(vault.openRead(key, dataKey)).rejects.toThrow(VaultError);
  });
});

describe('the file vault', () => {
  test('covers all that is queued with one fdatasync', async () => {
    const { openFile, syncs } = failingDisk();
    const vault = await openFileVault(temporaryFolder(), { openFile });
    const clip = await vault.open(key, dataKey);
    const before = syncs();
    append(clip, ...Array.from({ length: 50 }, (_, index) => index));
    await Promise.all([clip.sync(), clip.sync(), clip.sync()]);
    expect(syncs() - before).toBeGreaterThanOrEqual(1);
    expect(syncs() - before).toBeLessThanOrEqual(2);
    const after = syncs();
    await clip.sync();
    expect(syncs()).toBe(after);
    await clip.close();
  });

  test('resolves a sync for what was queued before it, while more is being queued', async () => {
    const vault = await openFileVault(temporaryFolder());
    const clip = await vault.open(key, dataKey);
    const syncs: Promise<void>[] = [];
    for (let index = 0; index < 200; index++) {
      append(clip, index);
      if (index % 3 === 0) syncs.push(clip.sync());
      if (index % 17 === 0) await Promise.resolve();
    }
    await Promise.all(syncs);
    await clip.sync();
    expect(await intact(clip)).toHaveLength(200);
    await clip.close();
  });

  test('is private: folders 0700, journals 0600', async () => {
    const folder = join(temporaryFolder(), 'vault');
    await threeChunks(folder);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    expect((await stat(join(folder, key.thing))).mode & 0o777).toBe(0o700);
    expect((await stat(journalIn(folder))).mode & 0o777).toBe(0o600);
  });

  test('keeps no plaintext on disk', async () => {
    const folder = temporaryFolder();
    const { bytes } = await threeChunks(folder);
    expect(bytes.includes(chunkOf(1).subarray(0, 16))).toBe(false);
  });

  test('shows a reader what was there when it opened, while the clip grows', async () => {
    const vault = await openFileVault(temporaryFolder());
    const clip = await vault.open(key, dataKey);
    append(clip, 0);
    await clip.sync();
    const reader = await vault.openRead(key, dataKey);
    append(clip, 1);
    clip.addStill(ulidNumbered(5), sampleBytes(40, 'still'));
    await clip.sync();
    expect([...(reader?.chunks().keys() ?? [])]).toEqual([0]);
    expect(Buffer.from((await reader?.read(0)) ?? [])).toEqual(chunkOf(0));
    await reader?.close();
    await clip.close();
  });

  test('passes over what is none of its files', async () => {
    const folder = temporaryFolder();
    const vault = await openFileVault(folder);
    await (await vault.open(key, dataKey)).close();
    await writeFile(join(folder, 'lost+found'), '');
    await writeFile(join(folder, key.thing, 'notes.journal'), '');
    const listed: unknown[] = [];
    for await (const each of vault.list()) listed.push(each);
    expect(listed).toEqual([key]);
  });

  test('opens a clip for appending once at a time', async () => {
    const vault = await openFileVault(temporaryFolder());
    const clip = await vault.open(key, dataKey);
    await expect(vault.open(key, dataKey)).rejects.toThrow(/once at a time/);
    await clip.close();
    await (await vault.open(key, dataKey)).close();
  });

  test('reads nothing beyond a torn tail it may not cut', async () => {
    const folder = temporaryFolder();
    const { ends } = await threeChunks(folder);
    await truncate(journalIn(folder), (ends[2] ?? 0) - 1);
    const reader = await (await openFileVault(folder)).openRead(key, dataKey);
    expect([...(reader?.chunks().keys() ?? [])]).toEqual([0, 1]);
    await reader?.close();
  });
});

test('a clip removed before its journal was made has none afterwards [RET-7]', async () => {
  const folder = join(temporaryFolder(), 'vault');
  let release = (): void => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  let reached = (): void => {};
  const opening = new Promise<void>((resolve) => {
    reached = resolve;
  });
  const vault = await openFileVault(folder, {
    async openFile(path, flags, mode) {
      reached();
      await held;
      return open(path, flags, mode);
    },
  });
  const opened = vault.open(key, dataKey);
  await opening;
  await vault.remove(key);
  release();
  await expect(opened).rejects.toThrow('was removed');
  await expect(stat(journalIn(folder))).rejects.toThrow('ENOENT');
});
