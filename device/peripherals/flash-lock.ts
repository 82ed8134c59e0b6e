/**
 * One doorbell at a time on a flash: two would finish each other's clips and number events twice. The lock is
 * SQLite's on an empty database, which the operating system lets go when the process ends, however it ends.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { FlashError } from '../board.ts';

/** Makes the folder where needed. Throws FlashError. */
export function lockFlash(folder: string): { release(): void } {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    // No path on the flash begins with a dot.
    const database = new DatabaseSync(join(folder, '.lock'));
    try {
      database.exec('pragma journal_mode = memory; begin exclusive');
    } catch (error) {
      database.close();
      throw error;
    }
    return { release: () => database.close() };
  } catch (error) {
    const because = error instanceof Error ? error.message : String(error);
    const isHeld = /locked|busy/.test(because);
    throw new FlashError(
      folder,
      isHeld ? 'another doorbell runs on this flash' : `flash failed (${because})`,
      { cause: error },
    );
  }
}
