import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openFileKeyVault } from '../../../cloud-stub/backends/file-key-vault.ts';
import { mirrorDestruction } from '../../../cloud-stub/backends/key-safe.ts';
import type { KeyVault } from '../../../cloud-stub/ports.ts';
import { keyVaultContract } from '../../contract/key-vault.ts';
import { clipNumbered, seededEntropy } from '../../support/clip-samples.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

async function mirrored(): Promise<{
  readonly vault: KeyVault;
  openSafe(): Promise<KeyVault>;
}> {
  const root = temporaryFolder();
  const entropy = seededEntropy('safe');
  const masterKeyPath = join(root, 'secrets', 'master.key');
  const open = (folder: string) => openFileKeyVault({ folder, masterKeyPath, entropy });
  const safe = join(root, 'safe');
  const vault = mirrorDestruction(await open(join(root, 'keys')), safe, open);
  return { vault, openSafe: () => open(safe) };
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
  await safe.obtain(second);
  await safe.obtain(third);
  await vault.destroy(second);
  expect(await safe.find(second)).toBeNull();
  expect(await safe.find(third)).not.toBeNull();
  await expect((await openSafe()).obtain(second)).rejects.toThrow('was destroyed');
});
