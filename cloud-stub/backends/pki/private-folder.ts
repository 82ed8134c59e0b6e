/** Files only their owner may read, replaced whole or not at all. */
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Makes the folder and those above it; the folder itself is closed to others even if it was there
 * before.
 */
export async function makePrivateFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
}

/** Writes a file of mode 0600 so that a crash leaves the old content or the new, never a part. */
export async function replacePrivateFile(path: string, content: string): Promise<void> {
  const scratch = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    const file = await open(scratch, 'wx', 0o600);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(scratch, path);
  } catch (cause) {
    await rm(scratch, { force: true });
    throw cause;
  }
  await syncNames(dirname(path));
}

/** Makes new, renamed and removed names in a folder durable. */
export async function syncNames(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The file's text, or null when there is no such file. */
export async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw cause;
  }
}
