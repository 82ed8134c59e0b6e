/**
 * Redoing, on a catalogue that was restored, what was committed since its backup was taken: the log of that backup,
 * then those of the backups after it, each where the one before ends. [RET-11]
 */
import { constants, type DatabaseSync } from 'node:sqlite';
import type { Ulid } from '../../../device/wire/ids.ts';
import type { KeyVault } from '../../ports.ts';
import { migrate } from '../catalogue-file.ts';
import { migrations } from '../catalogue-schema.ts';
import { SqliteConnection } from '../sqlite-connection.ts';
import {
  type FoundRecord,
  RedoLogError,
  redoLogPath,
  redoLogsIn,
  redoRecords,
} from './redo-record.ts';
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
      if (offset > 0 && !(await redoLogsIn(safe)).includes(backup)) {
        return missing(`${redoLogPath(safe, backup)} is not there`);
      }
      const triggers = withoutTriggers(database);
      end = place;
      for await (const record of redoRecords(redoLogPath(safe, backup), offset)) {
        if (record.seq !== ++seq) return missing(`change ${seq} is not there`);
        if (record.schemaVersion > schemaVersionOf(database)) {
          triggers.restore();
          migrate(catalogue, connection, wanted.slice(0, record.schemaVersion));
          triggers.drop();
        }
        redo(database, record, record.open(backup, key));
        end = { backup, offset: record.end };
        changes++;
      }
      triggers.restore();
      place = await following(safe, seq, backup);
    }
    database
      .prepare('update redoLog set backup = ?, seq = ?, bytes = ?, owner = ?')
      .run(end.backup, seq, end.offset, owner);
    return { complete: true, changes, seq };
  } finally {
    connection.close();
  }
}

/** The log that begins where this one ends: a later backup's. */
async function following(safe: string, seq: number, after: Ulid): Promise<Place | null> {
  for (const backup of await redoLogsIn(safe)) {
    if (backup === after) continue;
    for await (const first of redoRecords(redoLogPath(safe, backup), 0)) {
      if (first.seq === seq + 1) return { backup, offset: 0 };
      break;
    }
  }
  return null;
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
