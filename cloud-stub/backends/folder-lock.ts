/**
 * One cloud at a time on a data directory: two would write into the same journals. The lock is
 * SQLite's on an empty database, which the operating system lets go when the process ends, however
 * it ends.
 */
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

export type FolderLock = { release(): void };

/** Another process works on the folder. */
export class FolderLockedError extends Error {
  override readonly name = 'FolderLockedError';
  readonly folder: string;
  constructor(folder: string, options?: ErrorOptions) {
    super(`another cloud is running on ${folder}`, options);
    this.folder = folder;
  }
}

/** Makes the folder if there is none. Throws FolderLockedError. */
export function lockFolder(folder: string): FolderLock {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, 'lock');
  makePrivateFile(path);
  const database = new DatabaseSync(path);
  try {
    database.exec('pragma journal_mode = memory; begin exclusive');
  } catch (error) {
    database.close();
    if (error instanceof Error && /locked|busy/.test(error.message)) {
      throw new FolderLockedError(folder, { cause: error });
    }
    throw error;
  }
  return { release: () => database.close() };
}

/**
 * Only when there is none: closing any descriptor of the file would let go this process's own lock
 * (POSIX).
 */
function makePrivateFile(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
}
