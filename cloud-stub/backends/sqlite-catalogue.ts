/**
 * The catalogue in an SQLite file: one writer, readers beside it on connections of their own
 * (write-ahead log).
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { Kysely } from 'kysely';
import type { CatalogueTables } from '../catalogue-tables.ts';
import type { Catalogue } from '../ports.ts';
import { connectReader, connectWriter } from './catalogue-file.ts';
import { CatalogueWriteQueue, type TransactionWatch } from './catalogue-write-queue.ts';
import { busyMs } from './sqlite-connection.ts';
import { sqliteDialect } from './sqlite-dialect.ts';

/** Plain reads need one; each stream or read transaction at work needs one more. */
const readersMax = 8;

/**
 * Opens the catalogue at `path`, making it if there is none. `watch` sees each transaction before it commits. Throws
 * CatalogueError.
 */
export const openCatalogue = (path: string, watch?: TransactionWatch): Catalogue =>
  openSqliteCatalogue(path, {
    durability: 'durable',
    watch,
    // The callers that this turn of the event loop brings join the same commit.
    gather: async () => {
      await setImmediate();
    },
    afterClose: () => {},
  });

/**
 * A catalogue that is forgotten when closed, for tests and simulations. It is a file nobody waits
 * for rather than SQLite's own memory database, in which readers cannot work beside a writer.
 * Resolves on microtasks only.
 */
export function openMemoryCatalogue(): Catalogue {
  const folder = mkdtempSync(join(tmpdir(), 'doorbell-catalogue-'));
  return openSqliteCatalogue(join(folder, 'catalogue.sqlite'), {
    durability: 'forgotten',
    gather: async () => {},
    afterClose: () => rmSync(folder, { recursive: true, force: true }),
  });
}

function openSqliteCatalogue(
  path: string,
  options: {
    readonly durability: 'durable' | 'forgotten';
    readonly watch?: TransactionWatch | undefined;
    readonly gather: () => Promise<void>;
    readonly afterClose: () => void;
  },
): Catalogue {
  const writer = connectWriter(path, options.durability);
  const reading = new Kysely<CatalogueTables>({
    dialect: sqliteDialect({
      connectionsMax: readersMax,
      connect: () => connectReader(path),
    }),
  });
  const queue = new CatalogueWriteQueue(writer, options.gather, options.watch);
  const closers: (() => void)[] = [];
  return {
    read: reading,
    write: (work, options) => queue.write(work, options),
    changes: watchChanges(path, closers),
    scrub: () =>
      queue.exclusively(() => {
        // No waiting: a reader of this process could not end while this blocks it.
        writer.exec('pragma busy_timeout = 0');
        try {
          const row = writer.database.prepare('pragma wal_checkpoint(truncate)').get();
          return Number(row?.['busy']) === 0;
        } finally {
          writer.exec(`pragma busy_timeout = ${busyMs}`);
        }
      }),
    // By the writer's connection: a read-only one passes over CHECK constraints.
    check: () =>
      queue.exclusively(() => {
        const damage = writer.database.prepare('pragma integrity_check').all();
        const dangling = writer.database.prepare('pragma foreign_key_check').all();
        return [
          ...damage.map((row) => String(row['integrity_check'])).filter((text) => text !== 'ok'),
          ...dangling.map((row) => `a row of ${row['table']} refers to one that is not there`),
        ];
      }),
    async close() {
      await queue.exclusively(() => {});
      await reading.destroy();
      for (const close of closers) close();
      // The last: a read-only connection would leave the write-ahead log behind.
      writer.close();
      options.afterClose();
    },
  };
}

/** By a connection that does nothing else: SQLite tells each only of what the others committed. */
function watchChanges(path: string, closers: (() => void)[]): () => number {
  const watcher = connectReader(path);
  closers.push(() => watcher.close());
  const version = watcher.database.prepare('pragma data_version');
  return () => Number(version.get()?.['data_version']);
}
