import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openFileKeyVault } from '../../../cloud-stub/backends/file-key-vault.ts';
import { mirrorToSafe } from '../../../cloud-stub/backends/key-safe.ts';
import type { KeyVault } from '../../../cloud-stub/ports.ts';
import { keyVaultContract } from '../../contract/key-vault.ts';
import { clipNumbered, seededEntropy } from '../../support/clip-samples.ts';
import { filesUnder } from '../../support/cloud-storage.ts';
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

test('made and destroyed at once, a key does not stay in the safe [RET-7]', async () => {
  const { vault, openSafe, root } = await mirrored();
  const safe = await openSafe();
  for (let n = 1; n <= 20; n++) {
    const key = clipNumbered(n);
    const making = vault.obtain(key).catch(() => null);
    await vault.destroy(key);
    await making;
    expect(await safe.find(key)).toBeNull();
  }
  expect([...filesUnder(join(root, 'safe')).keys()].filter((path) => !isList(path))).toEqual([]);
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
