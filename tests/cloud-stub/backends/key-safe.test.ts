import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openFileKeyVault } from '../../../cloud-stub/backends/file-key-vault.ts';
import { mirrorToSafe } from '../../../cloud-stub/backends/key-safe.ts';
import type { KeyVault } from '../../../cloud-stub/ports.ts';
import { keyVaultContract } from '../../contract/key-vault.ts';
import { clipNumbered, seededEntropy } from '../../support/cloud/clip-samples.ts';
import { filesUnder } from '../../support/cloud/cloud-storage.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

async function mirrored(): Promise<{
  readonly vault: KeyVault;
  readonly root: string;
  openSafe(): Promise<KeyVault>;
}> {
  const root = temporaryFolder();
  const entropy = seededEntropy('safe');
  const masterKeyPath = join(root, 'secrets', 'master.key');
  const open = (folder: string) => openFileKeyVault({ folder, masterKeyPath, entropy });
  const [folder, safe] = [join(root, 'keys'), join(root, 'safe')];
  const vault = mirrorToSafe(await open(folder), { folder, safe, open });
  return { vault, root, openSafe: () => open(safe) };
}

keyVaultContract('a key vault with a safe', async () => {
  const { vault, openSafe } = await mirrored();
  await openSafe();
  return vault;
});

test('what is destroyed is destroyed in the safe, from when there is one [RET-7]', async () => {
  const { vault, openSafe } = await mirrored();
  const keys = [clipNumbered(1), clipNumbered(2), clipNumbered(3)];
  for (const key of keys) await vault.obtain(key);
  const [first, second, third] = keys;
  if (first === undefined || second === undefined || third === undefined) throw new Error('three');
  await vault.destroy(first);
  const safe = await openSafe();
  for (const key of [second, third]) await vault.obtain(key);
  await vault.destroy(second);
  expect(await safe.find(second)).toBeNull();
  expect(await safe.find(third)).not.toBeNull();
  await expect((await openSafe()).obtain(second)).rejects.toThrow('was destroyed');
});

test('a key is in the safe before it is used, from when there is one [RET-11]', async () => {
  const { vault, openSafe } = await mirrored();
  const [before, after] = [clipNumbered(1), clipNumbered(2)];
  await vault.obtain(before);
  const safe = await openSafe();
  const made = await Promise.all([vault.obtain(after), vault.obtain(after)]);
  expect(made.map((key) => key.export())).toEqual([
    (await safe.find(after))?.export(),
    (await safe.find(after))?.export(),
  ]);
  // One that is older comes along as soon as it is asked for again.
  expect(await safe.find(before)).toBeNull();
  const again = await vault.obtain(before);
  expect((await safe.find(before))?.export()).toEqual(again.export());
});

test('destroyed while it is copied, by whomever, a key does not stay in the safe [RET-7]', async () => {
  const root = temporaryFolder();
  const entropy = seededEntropy('safe');
  const masterKeyPath = join(root, 'secrets', 'master.key');
  const open = (at: string) => openFileKeyVault({ folder: at, masterKeyPath, entropy });
  const [folder, safe] = [join(root, 'keys'), join(root, 'safe')];
  const own = await open(folder);
  // Whoever destroys it has looked into the safe already, and found no copy there yet.
  const destroying: KeyVault = {
    obtain: (key) => own.obtain(key),
    async find(key) {
      await own.destroy(key);
      return own.find(key);
    },
    destroy: (key) => own.destroy(key),
    list: () => own.list(),
  };
  const mirror = await open(safe);
  const key = clipNumbered(1);
  await mirrorToSafe(destroying, { folder, safe, open }).obtain(key);
  expect(await (await open(safe)).find(key)).toBeNull();
  expect(await mirror.find(key)).toBeNull();
  expect([...filesUnder(safe).keys()].filter((path) => !isList(path))).toEqual([]);
});

test('what a crash left of a copy goes with its key [RET-7]', async () => {
  const { vault, openSafe, root } = await mirrored();
  await openSafe();
  const key = clipNumbered(1);
  await vault.obtain(key);
  const copy = join(root, 'safe', key.thing, `${key.clip}.key`);
  for (const suffix of ['.part', '.made.part']) cpSync(copy, copy + suffix);
  await vault.destroy(key);
  expect([...filesUnder(join(root, 'safe')).keys()].filter((path) => !isList(path))).toEqual([]);
});

const isList = (path: string): boolean => /destroyed$|\.master-check$/.test(path);
