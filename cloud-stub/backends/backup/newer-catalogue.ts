/** The catalogue of an older data folder, taken whole where it is sound: it knows what came after. [RET-11] */
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { BackupError } from './backup-error.ts';
import type { Manifest } from './backup-files.ts';
import { redoStateOf } from './redo-writer.ts';

export type NewerCatalogue = {
  /** Transactions in the redo log that it knows of. */
  readonly seq: number;
  /** In place of what is at `to`. */
  copy(to: string): Promise<void>;
};

/** Null: it is there and cannot be relied on. Throws BackupError when it is none, or of another cloud. */
export function openNewer(path: string, { ledger }: Manifest): NewerCatalogue | null {
  if (!existsSync(path)) throw new BackupError(`there is no newer catalogue ${path}`);
  const found = look(path, ledger.size - 1);
  if (found === null) return null;
  if (ledger.size > 0 && found.hash !== ledger.head) {
    throw new BackupError(`${path} does not go on from this backup: it is of another cloud`);
  }
  return {
    seq: found.seq,
    async copy(to) {
      for (const rest of ['', '-wal', '-shm']) await rm(to + rest, { force: true });
      const database = new DatabaseSync(path, { readOnly: true, timeout: 5000 });
      try {
        database.prepare('vacuum into ?').run(to);
      } finally {
        database.close();
      }
    },
  };
}

function look(path: string, lastSeq: number): { seq: number; hash: unknown } | null {
  let database: DatabaseSync | null = null;
  try {
    database = new DatabaseSync(path, { readOnly: true, timeout: 5000 });
    const [sound] = database.prepare('pragma integrity_check').all();
    if (sound?.['integrity_check'] !== 'ok') return null;
    const entry = database.prepare('select hash from ledger where seq = ?').get(lastSeq);
    return { seq: redoStateOf(database).seq, hash: entry?.['hash'] };
  } catch {
    return null; // damaged in whatever way: what the redo log has must do
  } finally {
    database?.close();
  }
}
