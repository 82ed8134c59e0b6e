/** Private folders whose names survive a power cut. */
import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Turnstile } from './turnstile.ts';

export class DurableFolders {
  readonly #root: string;
  readonly #made = new Map<string, Promise<void>>();

  /** `root` and what is above it are made like the rest. */
  constructor(root: string) {
    this.#root = root;
  }

  /**
   * Makes the folder and makes its name durable. Once a process each, also when it is there: an
   * earlier process may have been killed between the two.
   */
  ensure(path: string): Promise<void> {
    const known = this.#made.get(path);
    if (known !== undefined) return known;
    const making = this.#make(path).catch((error: unknown) => {
      this.#made.delete(path);
      throw error;
    });
    this.#made.set(path, making);
    return making;
  }

  async #make(path: string): Promise<void> {
    const first = await mkdir(path, { recursive: true, mode: 0o700 });
    const top = dirname(first ?? this.#root);
    await syncFolder(dirname(path));
    for (let made = dirname(path); made.length > top.length; made = dirname(made)) {
      await syncFolder(dirname(made));
    }
  }
}

/** Syncs that have not begun yet, by folder: who asks meanwhile waits for the same one. */
const toSync = new Map<string, Promise<void>>();
const syncing = new Map<string, Promise<void>>();
const syncs = new Turnstile(32);

/** Makes the names in a folder durable. Many who ask at once share a sync that begins after all of them asked. */
export function syncFolder(path: string): Promise<void> {
  const waiting = toSync.get(path);
  if (waiting !== undefined) return waiting;
  const before = syncing.get(path) ?? Promise.resolve();
  const mine = before
    .catch(() => {})
    .then(() => {
      toSync.delete(path);
      syncing.set(path, mine);
      return syncs.run(() => syncNow(path));
    })
    .finally(() => {
      if (syncing.get(path) === mine) syncing.delete(path);
    });
  toSync.set(path, mine);
  return mine;
}

async function syncNow(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
