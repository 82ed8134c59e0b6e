/**
 * The key safe: a mirror of the wrapped keys, outside the data directory and outside every backup, on a medium that can
 * be overwritten. A backup holds ciphertext; what is purged loses its key here as well, so that no backup brings it
 * back; and a key that was made since the last backup is here as soon as anything is done with it. [RET-7, RET-11]
 */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ClipKey, KeyVault } from '../ports.ts';
import { copyDurably, eraseFile, sizeOf } from './backup/backup-files.ts';
import { DurableFolders, syncFolder } from './folders.ts';

export type SafePlaces = {
  /** Of the vault's own keys. */
  readonly folder: string;
  readonly safe: string;
  readonly open: (folder: string) => Promise<KeyVault>;
};

const zeros = new Uint8Array(256);

/** What the copy is called until it is whole; a backup that copies at the same time names its own. */
const partSuffix = '.made.part';

/**
 * `vault`, whose keys are made and destroyed in the safe too, if there is one: the first backup makes it, also beside a
 * running cloud, so it is looked for until it is there. The vault comes first, both ways: whoever copies a key then
 * looks whether it is still there, and takes the copy back if not; whichever of the two comes last sees the other.
 */
export function mirrorToSafe(vault: KeyVault, { folder, safe, open }: SafePlaces): KeyVault {
  let opening: Promise<KeyVault> | null = null;
  /** Null: there was no backup yet. */
  async function safeVault(): Promise<KeyVault | null> {
    if (opening === null && existsSync(safe)) {
      opening = open(safe).catch((error: unknown) => {
        opening = null;
        throw error;
      });
    }
    return opening;
  }

  const folders = new DurableFolders(safe);
  /** One copy of a key at a time. */
  const copying = new Map<string, Promise<void>>();
  function copied(key: ClipKey): Promise<void> {
    const path = fileOf(key);
    const running = copying.get(path);
    if (running !== undefined) return running;
    const run = copy(key, path).finally(() => copying.delete(path));
    copying.set(path, run);
    return run;
  }

  async function copy(key: ClipKey, path: string): Promise<void> {
    const mirror = await safeVault();
    const to = join(safe, path);
    if (mirror === null || (await sizeOf(to)) !== null) return;
    await folders.ensure(dirname(to));
    await copyDurably(join(folder, path), to, partSuffix);
    await syncFolder(dirname(to));
    if ((await vault.find(key)) === null) await destroyIn(mirror, key);
  }

  async function destroyIn(mirror: KeyVault, key: ClipKey): Promise<void> {
    await mirror.destroy(key);
    // What a crash left of a copy.
    const to = join(safe, fileOf(key));
    for (const suffix of ['.part', partSuffix]) await eraseFile(to + suffix, zeros);
  }

  return {
    async obtain(key) {
      const dataKey = await vault.obtain(key);
      await copied(key);
      return dataKey;
    },
    find: (key) => vault.find(key),
    list: () => vault.list(),
    async destroy(key) {
      await vault.destroy(key);
      const mirror = await safeVault();
      if (mirror !== null) await destroyIn(mirror, key);
    },
  };
}

const fileOf = ({ thing, clip }: ClipKey): string => join(thing, `${clip}.key`);
