/** A flash's folder on disk: sizes, leftovers, names. */
import { constants, type Dirent } from 'node:fs';
import { type FileHandle, lstat, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Begins with a dot, which no flash path may: it cannot collide, and is not listed. */
export const partialPrefix = '.partial-';

export const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

/** Null when it is not there, or no file. */
export async function sizeOf(file: string): Promise<number | null> {
  try {
    const found = await lstat(file);
    return found.isFile() ? found.size : null;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

export async function entriesOf(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}

/** Bytes in a file, or in all files of a folder. */
export async function measure(path: string): Promise<number> {
  const size = await sizeOf(path);
  if (size !== null) return size;
  let sum = 0;
  const entries = await entriesOf(path);
  for (const entry of entries) sum += await measure(join(path, entry.name));
  return sum;
}

/** Removes what a cut left half-written; the bytes of all the rest. */
export async function clearAndMeasure(folder: string): Promise<number> {
  let sum = 0;
  for (const entry of await entriesOf(folder)) {
    const path = join(folder, entry.name);
    if (entry.name.startsWith(partialPrefix)) await rm(path, { force: true });
    else if (entry.isDirectory()) sum += await clearAndMeasure(path);
    else sum += (await sizeOf(path)) ?? 0;
  }
  return sum;
}

/** Null where folders cannot be opened (Windows), which then keeps names by itself. */
export async function openFolder(folder: string): Promise<FileHandle | null> {
  try {
    return await open(folder, constants.O_RDONLY);
  } catch (error) {
    const code = codeOf(error);
    if (code === 'EISDIR' || code === 'EPERM' || code === 'ENOENT') return null;
    throw error;
  }
}
