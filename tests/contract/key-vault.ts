/** What every KeyVault must do. */
import type { KeyObject } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { KeyVault } from '../../cloud-stub/ports.ts';
import { clipNumbered } from '../support/cloud/clip-samples.ts';

const key = clipNumbered(1);
const bytesOf = (dataKey: KeyObject | null): string | null =>
  dataKey === null ? null : dataKey.export().toString('hex');

export function keyVaultContract(name: string, openVault: () => Promise<KeyVault>): void {
  describe(`${name} is a key vault`, () => {
    test('a key is made once and found ever after', async () => {
      const vault = await openVault();
      expect(await vault.find(key)).toBeNull();
      const made = await vault.obtain(key);
      expect(made.symmetricKeySize).toBe(32);
      expect(bytesOf(await vault.obtain(key))).toBe(bytesOf(made));
      expect(bytesOf(await vault.find(key))).toBe(bytesOf(made));
    });

    test('two who ask for the same new key at once get the same one', async () => {
      const vault = await openVault();
      const both = await Promise.all([vault.obtain(key), vault.obtain(key)]);
      expect(bytesOf(both[0] as KeyObject)).toBe(bytesOf(both[1] as KeyObject));
    });

    test('each clip has a key of its own', async () => {
      const vault = await openVault();
      const keys = [clipNumbered(1), clipNumbered(2), clipNumbered(1, 'garage')];
      const made = await Promise.all(keys.map(async (each) => bytesOf(await vault.obtain(each))));
      expect(new Set(made).size).toBe(3);
    });

    test('a destroyed key is not found and never made anew [RET-6]', async () => {
      const vault = await openVault();
      await vault.obtain(key);
      await vault.destroy(key);
      await vault.destroy(key);
      expect(await vault.find(key)).toBeNull();
      await expect(vault.obtain(key)).rejects.toThrow(/destroyed/);
      expect(await listed(vault)).toEqual([]);
    });

    test('destroying a key that never was forbids it all the same', async () => {
      const vault = await openVault();
      await vault.destroy(key);
      await expect(vault.obtain(key)).rejects.toThrow(/destroyed/);
    });

    test('every key is listed', async () => {
      const vault = await openVault();
      for (const n of [1, 2, 3]) await vault.obtain(clipNumbered(n));
      await vault.destroy(clipNumbered(2));
      expect(await listed(vault)).toEqual([clipNumbered(1).clip, clipNumbered(3).clip]);
    });
  });
}

async function listed(vault: KeyVault): Promise<string[]> {
  const names: string[] = [];
  for await (const { clip } of vault.list()) names.push(clip);
  return names.sort();
}
