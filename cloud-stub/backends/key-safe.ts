/**
 * The key safe: a mirror of the wrapped keys, outside the data directory and outside every backup, on a medium that can
 * be overwritten. A backup holds ciphertext; what is purged loses its key here as well, so that no backup brings it
 * back. [RET-7, RET-11]
 */
import { existsSync } from 'node:fs';
import type { KeyVault } from '../ports.ts';

/**
 * `vault`, whose destroyed keys are destroyed in the safe too, if there is one: the first backup makes it, also beside
 * a running cloud, so it is looked for until it is there. The vault comes first: a backup copies a key, then looks
 * whether it is still there, and takes it back if not; whichever of the two comes last sees the other.
 */
export function mirrorDestruction(
  vault: KeyVault,
  folder: string,
  open: (folder: string) => Promise<KeyVault>,
): KeyVault {
  let opening: Promise<KeyVault> | null = null;
  /** Null: there was no backup yet. */
  async function safe(): Promise<KeyVault | null> {
    if (opening === null && existsSync(folder)) {
      opening = open(folder).catch((error: unknown) => {
        opening = null;
        throw error;
      });
    }
    return opening;
  }
  return {
    obtain: (key) => vault.obtain(key),
    find: (key) => vault.find(key),
    list: () => vault.list(),
    async destroy(key) {
      await vault.destroy(key);
      await (await safe())?.destroy(key);
    },
  };
}
