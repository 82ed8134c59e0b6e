/** Files that are whole or not there: what ends early leaves what was there before. */
import { rename, rm, stat, writeFile } from 'node:fs/promises';

/** Where the file is written to until it is whole; itself, where that is a device or a pipe. */
export async function unfinishedName(file: string): Promise<string> {
  const there = await stat(file).catch(() => null);
  return there === null || there.isFile() ? `${file}.part` : file;
}

/** Throws what the file system throws. */
export async function writeWhole(file: string, content: string | Uint8Array): Promise<void> {
  const unfinished = await unfinishedName(file);
  try {
    await writeFile(unfinished, content);
    if (unfinished !== file) await rename(unfinished, file);
  } catch (error) {
    if (unfinished !== file) await rm(unfinished, { force: true });
    throw error;
  }
}
