/**
 * Redoing, on a catalogue that was restored, what was committed since its backup was taken: the log of that backup,
 * then those of the backups after it, each where the one before ends. [RET-11]
 */
import { existsSync } from 'node:fs';
import { constants, type DatabaseSync } from 'node:sqlite';
import type { Ulid } from '../../../device/wire/ids.ts';
import type { KeyVault } from '../../ports.ts';
import { migrate } from '../catalogue-file.ts';
import { migrations } from '../catalogue-schema.ts';
import { SqliteConnection } from '../sqlite-connection.ts';
import { readRedoEnd } from './redo-end.ts';
import { type FoundRecord, RedoLogError, redoLogPath, redoRecords } from './redo-record.ts';
import { type RedoState, redoStateOf, schemaVersionOf } from './redo-writer.ts';
import { backupKeyOf } from './take-backup.ts';

export type Redone =
  | { readonly complete: true; readonly changes: number; readonly seq: number }
  /** Something is missing; the catalogue is to be restored anew. */
  | { readonly complete: false; readonly because: string };

type Place = { readonly backup: Ulid; readonly offset: number };

/** `owner`: who the restored folder is from now on. Throws RedoLogError when what is there was altered. */
export async function redoSince(
  catalogue: string,
  safe: string,
  backupKeys: KeyVault,
  owner: Ulid,
  wanted = migrations,
): Promise<Redone> {
  const connection = new SqliteConnection(catalogue, { readOnly: false });
  const { database } = connection;
  try {
    database.exec('pragma foreign_keys = off; pragma synchronous = full');
    const state = knownState(database);
    if (state?.backup == null) return missing('the backup was taken before there was a redo log');
    let { seq } = state;
    let place: Place | null = { backup: state.backup, offset: state.bytes };
    let end: Place = place;
    let changes = 0;
    while (place !== null) {
      const { backup, offset }: Place = place;
      const key = await backupKeys.find(backupKeyOf(backup));
      if (key === null)
        return missing(`what came since goes on in backup ${backup}, which was retired`);
      const path = redoLogPath(safe, backup);
      if (!existsSync(path)) return missing(`${path} is not there`);
      const told = await readRedoEnd({ safe, backup, key });
      if (told === null) return missing(`where ${path} ends is not on record`);
      const triggers = withoutTriggers(database);
      end = place;
      for await (const record of redoRecords(path, offset)) {
        if (told.next !== null && record.end > told.bytes) break;
        if (record.seq !== ++seq) return missing(`change ${seq} is not there`);
        if (record.schemaVersion > schemaVersionOf(database)) {
          triggers.restore();
          migrate(catalogue, connection, wanted.slice(0, record.schemaVersion));
          triggers.drop();
        }
        redo(database, record, record.open(backup, key));
        end = { backup, offset: record.end };
        changes++;
        if (seq === told.seq && record.tail !== told.tail) {
          return missing(`change ${seq} in ${path} is another than was written`);
        }
      }
      triggers.restore();
      if (seq < told.seq) {
        return missing(`${path} was cut: of the changes up to ${told.seq} it ends at ${seq}`);
      }
      place = told.next === null ? null : { backup: told.next, offset: 0 };
    }
    database
      .prepare('update redoLog set backup = ?, seq = ?, bytes = ?, owner = ?')
      .run(end.backup, seq, end.offset, owner);
    return { complete: true, changes, seq };
  } finally {
    connection.close();
  }
}

function redo(database: DatabaseSync, { seq }: FoundRecord, changes: Uint8Array): void {
  const isDone = database.applyChangeset(changes, {
    // What a transaction did to the log's own row is of the log, not of what it tells.
    filter: (table) => table !== 'redoLog',
    onConflict: () => constants.SQLITE_CHANGESET_ABORT,
  });
  if (!isDone) throw new RedoLogError(`change ${seq} does not follow from what was restored`);
}

/** What they guard against was judged when it was committed; here rows change in another order. */
function withoutTriggers(database: DatabaseSync) {
  let dropped: { readonly name: string; readonly sql: string }[] = [];
  const drop = (): void => {
    dropped = database
      .prepare("select name, sql from sqlite_master where type = 'trigger'")
      .all()
      .map((row) => ({ name: String(row['name']), sql: String(row['sql']) }));
    database.exec('begin');
    for (const { name } of dropped) database.exec(`drop trigger "${name}"`);
  };
  drop();
  return {
    drop,
    restore(): void {
      for (const { sql } of dropped) database.exec(sql);
      database.exec('commit');
    },
  };
}

function knownState(database: DatabaseSync): RedoState | null {
  const table = database
    .prepare("select 1 from sqlite_master where type = 'table' and name = 'redoLog'")
    .get();
  return table === undefined ? null : redoStateOf(database);
}

const missing = (because: string): Redone => ({ complete: false, because });
