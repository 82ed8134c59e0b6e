/**
 * The key vault in memory, for simulations. Resolves on microtasks only, so that a seed replays.
 */
import { createSecretKey, type KeyObject } from 'node:crypto';
import type { ClipKey, Entropy, KeyVault } from '../ports.ts';
import { KeyDestroyedError } from './key-vault-error.ts';

export function openMemoryKeyVault(entropy: Entropy): KeyVault {
  const keys = new Map<string, { readonly key: ClipKey; readonly dataKey: KeyObject }>();
  const destroyed = new Set<string>();
  const name = ({ thing, clip }: ClipKey): string => `${thing}/${clip}`;
  return {
    async obtain(key) {
      if (destroyed.has(name(key))) {
        throw new KeyDestroyedError(key);
      }
      const dataKey = keys.get(name(key))?.dataKey ?? createSecretKey(entropy.bytes(32));
      keys.set(name(key), { key, dataKey });
      return dataKey;
    },
    find: async (key) => keys.get(name(key))?.dataKey ?? null,
    async destroy(key) {
      keys.delete(name(key));
      destroyed.add(name(key));
    },
    async *list() {
      for (const { key } of [...keys.values()]) yield key;
    },
  };
}
