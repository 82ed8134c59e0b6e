/**
 * The keys of identities, kept as the data keys of clips are: each wrapped, in one small erasable
 * file, and none held in memory, where a destroyed one would linger. [LOG-2]
 */
import type { ThingName, Ulid } from '../../device/wire/ids.ts';
import type { ClipKey, Entropy, KeyVault } from '../ports.ts';
import type { IdentityKeys } from '../ports-ledger.ts';
import { KeyDestroyedError } from './key-vault-error.ts';
import { openMemoryKeyVault } from './memory-key-vault.ts';

/** For simulations. */
export const openMemoryIdentityKeys = (entropy: Entropy): IdentityKeys =>
  identityKeysIn(openMemoryKeyVault(entropy));

/** `vault` holds nothing else. */
export function identityKeysIn(vault: KeyVault): IdentityKeys {
  const keyOf = (identity: Ulid): ClipKey => ({ thing: folder, clip: identity });
  return {
    async obtain(identity) {
      try {
        return await vault.obtain(keyOf(identity));
      } catch (error) {
        if (error instanceof KeyDestroyedError) return null;
        throw error;
      }
    },
    destroy: (identity) => vault.destroy(keyOf(identity)),
  };
}

const folder = 'identities' as ThingName;
