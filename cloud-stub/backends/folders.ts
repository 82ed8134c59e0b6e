/** Private folders whose names survive a power cut. */
import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';

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

/** Makes the names in a folder durable. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
