import { copyFile, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openFileKeyVault } from '../../../cloud-stub/backends/file-key-vault.ts';
import { MasterKeyError } from '../../../cloud-stub/backends/file-key-vault-master.ts';
import { keyVaultContract } from '../../contract/key-vault.ts';
import { clipNumbered, sampleBytes, seededEntropy } from '../../support/cloud/clip-samples.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const key = clipNumbered(1);

function places() {
  const root = temporaryFolder();
  const folder = join(root, 'data', 'keys');
  return {
    folder,
    masterKeyPath: join(root, 'secret', 'master.key'),
    keyPath: join(folder, key.thing, `${key.clip}.key`),
    destroyedPath: join(folder, key.thing, 'destroyed'),
  };
}
type Places = ReturnType<typeof places>;

const openIn = ({ folder, masterKeyPath }: Places, seed = 1) =>
  openFileKeyVault({ folder, masterKeyPath, entropy: seededEntropy(seed) });

keyVaultContract('file key vault', () => openIn(places()));

describe('the file key vault', () => {
  test('a key outlives a restart, wrapped: no file holds it in the clear', async () => {
    const here = places();
    const made = (await (await openIn(here)).obtain(key)).export();
    const found = await (await openIn(here, 2)).find(key);
    expect(found?.export()).toEqual(made);
    for (const path of [here.keyPath, here.masterKeyPath]) {
      expect((await readFile(path)).includes(made)).toBe(false);
    }
  });

  test('is private: key files and master key 0600, folders 0700', async () => {
    const here = places();
    await (await openIn(here)).obtain(key);
    for (const path of [here.keyPath, here.masterKeyPath]) {
      expect((await stat(path)).mode & 0o777).toBe(0o600);
    }
    for (const path of [here.folder, join(here.folder, key.thing)]) {
      expect((await stat(path)).mode & 0o777).toBe(0o700);
    }
  });

  test('a destroyed key stays destroyed after a restart and leaves its name only [RET-6]', async () => {
    const here = places();
    const vault = await openIn(here);
    await vault.obtain(key);
    await vault.destroy(key);
    const again = await openIn(here, 2);
    await expect(again.obtain(key)).rejects.toThrow(/destroyed/);
    expect(await again.find(key)).toBeNull();
    expect(await readdir(join(here.folder, key.thing))).toEqual(['destroyed']);
    expect(await readFile(here.destroyedPath, 'latin1')).toBe(`\n${key.clip}\n`);
  });

  test('a key file that came back after its destruction is not used, and can be destroyed again', async () => {
    const here = places();
    const vault = await openIn(here);
    await vault.obtain(key);
    await copyFile(here.keyPath, `${here.folder}/kept`);
    await vault.destroy(key);
    await copyFile(`${here.folder}/kept`, here.keyPath);
    expect(await vault.find(key)).toBeNull();
    await expect(vault.obtain(key)).rejects.toThrow(/destroyed/);
    await vault.destroy(key);
    expect(await readdir(join(here.folder, key.thing))).toEqual(['destroyed']);
  });

  test('a name that a power cut tore does not spoil the ones after it', async () => {
    const here = places();
    const vault = await openIn(here);
    for (const n of [1, 2]) await vault.destroy(clipNumbered(n));
    await truncate(here.destroyedPath, 40);
    const again = await openIn(here, 2);
    await again.destroy(clipNumbered(3));
    const third = await openIn(here, 3);
    await expect(third.obtain(clipNumbered(1))).rejects.toThrow(/destroyed/);
    await expect(third.obtain(clipNumbered(3))).rejects.toThrow(/destroyed/);
  });

  test('many destroyed at once are all remembered', async () => {
    const here = places();
    const vault = await openIn(here);
    const keys = Array.from({ length: 30 }, (_, n) => clipNumbered(n));
    await Promise.all(keys.map((each) => vault.obtain(each)));
    await Promise.all(keys.map((each) => vault.destroy(each)));
    const again = await openIn(here, 2);
    const outcomes = await Promise.allSettled(keys.map((each) => again.obtain(each)));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toEqual([]);
  });

  test('two processes may destroy the same keys at once', async () => {
    const here = places();
    const [one, other] = [await openIn(here), await openIn(here, 2)];
    const keys = Array.from({ length: 20 }, (_, n) => clipNumbered(n));
    for (const each of keys) await one.obtain(each);
    await Promise.all(keys.flatMap((each) => [one.destroy(each), other.destroy(each)]));
    expect(await readdir(join(here.folder, key.thing))).toEqual(['destroyed']);
  });

  test.each<[string, (here: Places) => Promise<void>]>([
    [
      'flipped',
      async ({ keyPath }) => {
        const bytes = await readFile(keyPath);
        bytes[30] = (bytes[30] ?? 0) ^ 1;
        await writeFile(keyPath, bytes);
      },
    ],
    ['cut', ({ keyPath }) => truncate(keyPath, 20)],
    ['replaced by random bytes', ({ keyPath }) => writeFile(keyPath, sampleBytes(64, 'random'))],
  ])('a key file that was %s is an error, not a new key', async (_title, alter) => {
    const here = places();
    await (await openIn(here)).obtain(key);
    await alter(here);
    const vault = await openIn(here, 2);
    await expect(vault.find(key)).rejects.toThrow(/data key file/);
    await expect(vault.obtain(key)).rejects.toThrow(/data key file/);
  });

  test("one clip's key file does not pass for another's", async () => {
    const here = places();
    const vault = await openIn(here);
    await vault.obtain(key);
    await copyFile(here.keyPath, here.keyPath.replace(key.clip, clipNumbered(2).clip));
    await expect(vault.find(clipNumbered(2))).rejects.toThrow(/altered/);
  });
});

describe('the master key', () => {
  test('that is missing while there are keys stops the start with a clear sentence', async () => {
    const here = places();
    await (await openIn(here)).obtain(key);
    await rm(here.masterKeyPath);
    await expect(openIn(here)).rejects.toThrow(
      `master key ${here.masterKeyPath}: is missing, but ${here.folder} holds keys wrapped by it`,
    );
    await rm(join(here.folder, '.master-check'));
    await expect(openIn(here)).rejects.toThrow(MasterKeyError);
  });

  test('that is another one stops the start', async () => {
    const here = places();
    await (await openIn(here)).obtain(key);
    await writeFile(here.masterKeyPath, sampleBytes(32, 'another'));
    await expect(openIn(here)).rejects.toThrow(/is not the one that wrapped the keys/);
  });

  test('that is no key stops the start', async () => {
    const here = places();
    await openIn(here);
    await writeFile(here.masterKeyPath, 'secret');
    await expect(openIn(here)).rejects.toThrow(/has 6 bytes, expected 32/);
  });

  test('may not lie among the keys it protects', async () => {
    const here = places();
    await expect(
      openIn({ ...here, masterKeyPath: join(here.folder, 'master.key') }),
    ).rejects.toThrow(/lies among the keys/);
  });

  test('may be given before the first start', async () => {
    const here = places();
    await openIn(here);
    const other = places();
    await openIn({ ...other, masterKeyPath: here.masterKeyPath }, 2);
    const made = await openIn({ ...other, masterKeyPath: here.masterKeyPath }, 3);
    expect((await made.obtain(key)).symmetricKeySize).toBe(32);
  });
});
