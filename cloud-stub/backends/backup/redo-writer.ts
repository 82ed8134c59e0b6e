/**
 * Writes the redo log: from the first backup on, what a transaction changed is durable in the key safe before it is
 * committed, whichever process commits it. A restore redoes it, so that a hold, a deletion or an entry of the ledger
 * that anybody was told of is never lost with the data folder. [RET-11]
 */
import type { KeyObject } from 'node:crypto';
import { existsSync } from 'node:fs';
import { constants, open, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { Ulid } from '../../../device/wire/ids.ts';
import type { Entropy, KeyVault } from '../../ports.ts';
import type { TransactionWatch } from '../catalogue-write-queue.ts';
import { DurableFolders, syncFolder } from '../folders.ts';
import { backupKeys } from './backup-files.ts';
import { destroyedIn } from './mirrored-keys.ts';
import { redoEndPath, writeRedoEnd } from './redo-end.ts';
import {
  ownerAt,
  RedoLogError,
  redoLogPath,
  redoRecord,
  tailBytes,
  tailOf,
} from './redo-record.ts';
import { backupKeyOf } from './take-backup.ts';

export type RedoPlaces = {
  readonly safe: string;
  /** Of the backups' own keys; null while there was no backup. */
  readonly backupKeys: () => Promise<KeyVault | null>;
  readonly entropy: Entropy;
};

/** The one row of `redoLog`. */
export type RedoState = {
  /** Whose log is written; null: none is. */
  readonly backup: Ulid | null;
  readonly seq: number;
  /** Where the log ends, by what was committed. */
  readonly bytes: number;
  readonly owner: Ulid | null;
};

type Session = ReturnType<DatabaseSync['createSession']>;

/** Throws RedoLogError from within a transaction, which undoes it. One for each writer. */
export function writeRedoLog(places: RedoPlaces): TransactionWatch {
  let session: Session | null = null;
  let before: RedoState = { backup: null, seq: 0, bytes: 0, owner: null };
  return {
    begun(database) {
      session?.close();
      before = redoStateOf(database);
      session = before.backup === null ? null : database.createSession();
    },
    async committing(database) {
      const changes = session?.changeset() ?? new Uint8Array(0);
      session?.close();
      session = null;
      if (changes.length === 0) return;
      const state = redoStateOf(database);
      // A new backup begins a new log, also where the old one is lost; who was replaced by a restore begins none.
      const isNext = before.backup !== state.backup;
      if (isNext) await sizeOfOwn(places, before);
      if (state.backup !== null) await append(database, places, state, changes);
      if (isNext) await closeLog(places, before, state.backup);
    },
  };
}

/** All zero in a catalogue that knows of no redo log yet. */
export function redoStateOf(database: DatabaseSync): RedoState {
  const row = database.prepare('select backup, seq, bytes, owner from redoLog').get();
  return {
    backup: (row?.['backup'] ?? null) as Ulid | null,
    seq: Number(row?.['seq'] ?? 0),
    bytes: Number(row?.['bytes'] ?? 0),
    owner: (row?.['owner'] ?? null) as Ulid | null,
  };
}

export const schemaVersionOf = (database: DatabaseSync): number =>
  Number(database.prepare('select max(version) as version from migrations').get()?.['version']);

async function append(
  database: DatabaseSync,
  places: RedoPlaces,
  state: RedoState,
  changes: Uint8Array,
): Promise<void> {
  const { backup, seq, bytes, owner } = state;
  if (backup === null || owner === null) throw new RedoLogError('a redo log belongs to nobody');
  const path = redoLogPath(places.safe, backup);
  const key = await keyOf(places, backup);
  if (key === null) {
    if (!(await isRetired(places, backup))) throw isGone(path);
    // What it was to bring back cannot be brought back any more.
    database.exec('update redoLog set backup = null, bytes = 0');
    await rm(path, { force: true });
    await rm(redoEndPath(places.safe, backup), { force: true });
    return;
  }
  if ((await sizeOfOwn(places, state)) < bytes) throw isGone(path);
  const sealing = { backup, key, entropy: places.entropy };
  const head = { schemaVersion: schemaVersionOf(database), seq: seq + 1, owner };
  const record = redoRecord(head, changes, sealing);
  await writeAt(path, bytes, record);
  const end = bytes + record.length;
  const place = { safe: places.safe, backup, key };
  await writeRedoEnd(place, { seq: seq + 1, bytes: end, tail: tailOf(record), next: null });
  database.prepare('update redoLog set seq = ?, bytes = ?').run(seq + 1, end);
}

/**
 * A later backup's log goes on where this one ends. What lies behind its end was written for a transaction that came to
 * nothing, and would stand in the way.
 */
async function closeLog(places: RedoPlaces, state: RedoState, next: Ulid | null): Promise<void> {
  const { backup, seq, bytes } = state;
  const key = backup === null ? null : await keyOf(places, backup);
  if (backup === null || key === null || next === null) return;
  const path = redoLogPath(places.safe, backup);
  // Lost, or shorter than it was: whoever restores that backup is told.
  if (!existsSync(path)) return;
  const file = await open(path, 'r+');
  try {
    if ((await file.stat()).size < bytes) return;
    await file.truncate(bytes);
    await file.datasync();
    const last = Buffer.alloc(tailBytes);
    await file.read(last, 0, tailBytes, bytes - tailBytes);
    const place = { safe: places.safe, backup, key };
    await writeRedoEnd(place, { seq, bytes, tail: tailOf(last), next });
  } finally {
    await file.close();
  }
}

const keyOf = async (places: RedoPlaces, backup: Ulid): Promise<KeyObject | null> =>
  (await (await places.backupKeys())?.find(backupKeyOf(backup))) ?? null;

/**
 * How long the log is; 0: it is not there. After what was committed lies at most what was written for a transaction
 * that came to nothing; if another data folder wrote there, this one was restored elsewhere, and two would go on as
 * one cloud.
 */
async function sizeOfOwn({ safe }: RedoPlaces, state: RedoState): Promise<number> {
  const { backup, bytes, owner } = state;
  const path = backup === null ? null : redoLogPath(safe, backup);
  if (path === null || !existsSync(path)) return 0;
  const file = await open(path, 'r');
  try {
    const writer = await ownerAt(file, bytes);
    if (writer !== null && writer !== owner) {
      throw new RedoLogError(
        'a backup of this data folder was restored elsewhere and goes on there: this one must not',
      );
    }
    return (await file.stat()).size;
  } finally {
    await file.close();
  }
}

const isRetired = async ({ safe }: RedoPlaces, backup: Ulid): Promise<boolean> =>
  (await destroyedIn(join(safe, backupKeys, backupKeyOf(backup).thing))).has(backup);

async function writeAt(path: string, end: number, record: Buffer): Promise<void> {
  if (end === 0) await new DurableFolders(dirname(path)).ensure(dirname(path));
  const file = await open(path, constants.O_RDWR | constants.O_CREAT, 0o600);
  try {
    await file.truncate(end);
    for (let done = 0; done < record.length; ) {
      const { bytesWritten } = await file.write(record, done, record.length - done, end + done);
      done += bytesWritten;
    }
    await file.datasync();
  } finally {
    await file.close();
  }
  if (end === 0) await syncFolder(dirname(path));
}

const isGone = (path: string): RedoLogError =>
  new RedoLogError(
    `${path} is not there, or is shorter than it was: without the key safe nothing is written; ` +
      'bring it back, or take a new backup',
  );
