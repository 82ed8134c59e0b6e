/**
 * The catalogue's file: its permissions, its settings per connection, and its schema brought up to
 * date.
 */
import { closeSync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Migration, migrations, migrationsTable, schemaVersion } from './catalogue-schema.ts';
import { SqliteConnection } from './sqlite-connection.ts';

/** The catalogue cannot be used; `path` says which. */
export class CatalogueError extends Error {
  override readonly name = 'CatalogueError';
  readonly path: string;
  constructor(path: string, message: string, options?: ErrorOptions) {
    super(`catalogue ${path}: ${message}`, options);
    this.path = path;
  }
}

/** Some 20 ms of work. */
const rowsPerTurn = 4096;

export type Durability = 'durable' | 'forgotten';

/**
 * A writer's connection; makes the file if there is none and brings its schema up to date. Throws
 * CatalogueError when the file is not a catalogue, or a newer program's.
 */
export function connectWriter(path: string, durability: Durability): SqliteConnection {
  makePrivateFile(path);
  const turns = durability === 'durable' ? { rowsPerTurn } : {};
  const connection = new SqliteConnection(path, { readOnly: false, ...turns });
  try {
    // FULL: a commit returns after the log is on the disk. secure_delete: what is deleted is
    // overwritten. [RET-7] The indexes of a million clips do not fit into the 2 MB that SQLite
    // takes by itself, and a sweep goes all over them.
    connection.exec(`
      pragma journal_mode = wal;
      pragma synchronous = ${durability === 'durable' ? 'full' : 'off'};
      pragma secure_delete = on;
      pragma foreign_keys = on;
      pragma temp_store = memory;
      pragma cache_size = -65536;
    `);
    migrate(path, connection, migrations);
  } catch (error) {
    connection.close();
    if (error instanceof CatalogueError) throw error;
    throw new CatalogueError(path, 'cannot be opened as a catalogue', { cause: error });
  }
  return connection;
}

export function connectReader(path: string): SqliteConnection {
  const connection = new SqliteConnection(path, { readOnly: true });
  connection.exec('pragma query_only = on; pragma temp_store = memory');
  return connection;
}

/** Applies what is missing, all of it or nothing. */
export function migrate(
  path: string,
  connection: SqliteConnection,
  wanted: readonly Migration[],
): void {
  const { database } = connection;
  connection.exec(migrationsTable);
  connection.exec('begin immediate');
  try {
    const row = database.prepare('select max(version) as version from migrations').get();
    const found = Number(row?.['version'] ?? 0);
    if (found > wanted.length) {
      throw new CatalogueError(
        path,
        `written by a newer program (schema version ${found}, this one knows up to ${schemaVersion})`,
      );
    }
    const note = database.prepare('insert into migrations (version, name) values (?, ?)');
    for (const { version, name, sql, fill } of wanted.slice(found)) {
      database.exec(sql);
      fill?.(database);
      note.run(version, name);
    }
    database.exec('commit');
  } catch (error) {
    if (database.isTransaction) database.exec('rollback');
    throw error;
  }
}

/** SQLite gives its log and index the permissions of the file itself. */
function makePrivateFile(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  closeSync(openSync(path, 'a', 0o600));
  const folder = openSync(dirname(path), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
