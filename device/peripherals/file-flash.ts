/** Flash over a folder of this host's disk, with real fsync, bounded as a chip is. */
import { constants } from 'node:fs';
import {
  chmod,
  mkdir,
  open,
  rename as renameFile,
  rm,
  truncate as truncateFile,
} from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { type Flash, FlashError, FlashFullError, type FlashUsage } from '../board.ts';
import {
  clearAndMeasure,
  codeOf,
  entriesOf,
  measure,
  openFolder,
  partialPrefix,
  sizeOf,
} from './flash-folder.ts';
import { flashFolderSegments, flashSegments } from './flash-path.ts';

// A link planted in the folder must not lead a write elsewhere.
const noFollow = constants.O_NOFOLLOW ?? 0;

/** One writer for each file at a time. Files are for this user alone (0600, folders 0700). */
export class FileFlash implements Flash {
  readonly #root: string;
  readonly #capacityBytes: number;
  #usedBytes: number;
  #partials = 0;

  private constructor(root: string, capacityBytes: number, usedBytes: number) {
    this.#root = root;
    this.#capacityBytes = capacityBytes;
    this.#usedBytes = usedBytes;
  }

  /** Makes the folder where needed and clears what a cut left half-written. Throws FlashError. */
  static async open(folder: string, capacityBytes: number): Promise<FileFlash> {
    const root = resolve(folder);
    try {
      await mkdir(root, { recursive: true, mode: 0o700 });
      await chmod(root, 0o700);
      return new FileFlash(root, capacityBytes, await clearAndMeasure(root));
    } catch (error) {
      throw flashError(root, error);
    }
  }

  async write(path: string, bytes: Uint8Array): Promise<void> {
    const file = this.#file(path);
    await attempt(path, async () => {
      const old = await sizeOf(file);
      const release = this.#reserve(path, bytes.length - (old ?? 0));
      const partial = join(dirname(file), `${partialPrefix}${++this.#partials}`);
      try {
        await mkdir(dirname(file), { recursive: true, mode: 0o700 });
        await using handle = await open(partial, 'wx', 0o600);
        await handle.writeFile(bytes);
        // Replacing a file whose bytes may be synced: the new bytes must be on disk before its name is.
        if (old !== null) await handle.sync();
        await renameFile(partial, file);
      } catch (error) {
        release();
        await rm(partial, { force: true });
        throw error;
      }
    });
  }

  async append(path: string, bytes: Uint8Array): Promise<void> {
    const file = this.#file(path);
    await attempt(path, async () => {
      const release = this.#reserve(path, bytes.length);
      const old = (await sizeOf(file)) ?? 0;
      try {
        await mkdir(dirname(file), { recursive: true, mode: 0o700 });
        await using handle = await open(
          file,
          constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND | noFollow,
          0o600,
        );
        await handle.writeFile(bytes);
      } catch (error) {
        release();
        // What went in before the disk was full is taken out again.
        if ((await sizeOf(file)) !== null) await truncateFile(file, old);
        throw error;
      }
    });
  }

  async truncate(path: string, length: number): Promise<void> {
    const file = this.#file(path);
    await attempt(path, async () => {
      await using handle = await open(file, constants.O_RDWR | noFollow);
      const { size } = await handle.stat();
      if (length >= size) return;
      await handle.truncate(length);
      this.#usedBytes -= size - length;
    });
  }

  async sync(path: string): Promise<void> {
    const file = this.#file(path);
    await attempt(path, async () => {
      await using handle = await open(file, constants.O_RDWR | noFollow);
      await handle.datasync();
    });
  }

  /** The folder and those above it, so that a new folder's own name is kept as well. */
  async syncNames(folder: string): Promise<void> {
    const segments = flashFolderSegments(folder);
    await attempt(folder, async () => {
      for (let depth = segments.length; depth >= 0; depth--) {
        await using handle = await openFolder(join(this.#root, ...segments.slice(0, depth)));
        await handle?.sync();
      }
    });
  }

  async rename(from: string, to: string): Promise<void> {
    const source = this.#file(from);
    const target = this.#file(to);
    await attempt(from, async () => {
      const replaced = (await sizeOf(target)) ?? 0;
      await mkdir(dirname(target), { recursive: true, mode: 0o700 });
      await renameFile(source, target);
      this.#usedBytes -= replaced;
    });
  }

  async read(path: string): Promise<Uint8Array | null> {
    const file = this.#file(path);
    return attempt(path, async () => {
      try {
        await using handle = await open(file, constants.O_RDONLY | noFollow);
        return await handle.readFile();
      } catch (error) {
        if (codeOf(error) === 'ENOENT') return null;
        throw error;
      }
    });
  }

  async readRange(path: string, offset: number, length: number): Promise<Uint8Array> {
    const file = this.#file(path);
    return attempt(path, async () => {
      await using handle = await open(file, constants.O_RDONLY | noFollow);
      const bytes = Buffer.allocUnsafeSlow(length);
      let got = 0;
      while (got < length) {
        const { bytesRead } = await handle.read(bytes, got, length - got, offset + got);
        if (bytesRead === 0) break;
        got += bytesRead;
      }
      return bytes.subarray(0, got);
    });
  }

  async list(folder: string): Promise<readonly string[]> {
    const path = join(this.#root, ...flashFolderSegments(folder));
    const entries = await attempt(folder, () => entriesOf(path));
    return entries
      .map((entry) => entry.name)
      .filter((name) => !name.startsWith('.'))
      .sort();
  }

  async remove(path: string): Promise<void> {
    const file = this.#file(path);
    await attempt(path, async () => {
      const size = await measure(file);
      await rm(file, { recursive: true, force: true });
      this.#usedBytes -= size;
    });
  }

  async usage(): Promise<FlashUsage> {
    return { capacityBytes: this.#capacityBytes, usedBytes: this.#usedBytes };
  }

  #file(path: string): string {
    return join(this.#root, ...flashSegments(path));
  }

  /** Counts `bytes` as used, or throws; the result gives them back. */
  #reserve(path: string, bytes: number): () => void {
    if (bytes > 0 && this.#usedBytes + bytes > this.#capacityBytes) throw new FlashFullError(path);
    this.#usedBytes += bytes;
    return () => {
      this.#usedBytes -= bytes;
    };
  }
}

async function attempt<Result>(path: string, act: () => Promise<Result>): Promise<Result> {
  try {
    return await act();
  } catch (error) {
    throw flashError(path, error);
  }
}

function flashError(path: string, error: unknown): FlashError {
  if (error instanceof FlashError) return error;
  const code = codeOf(error);
  if (code === 'ENOSPC' || code === 'EDQUOT') return new FlashFullError(path, { cause: error });
  if (code === 'ENOENT') return new FlashError(path, 'no such file', { cause: error });
  return new FlashError(path, `flash failed (${code ?? error})`, { cause: error });
}
