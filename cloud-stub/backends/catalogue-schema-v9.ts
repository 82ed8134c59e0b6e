/** Kinds of holds that came later; see catalogue-schema.ts. */
import type { DatabaseSync } from 'node:sqlite';

const before = `'court-order', 'litigation', 'eu-preservation'))`;
const after = `'court-order', 'litigation', 'eu-preservation', 'backup-preservation'))`;

/**
 * A check cannot be altered by SQL, and a table that others refer to cannot be made anew while its rows
 * stand. SQLite's own way is to rewrite the table's text (lang_altertable, section 7); no row changes,
 * so each row that was allowed still is.
 */
export function allowBackupPreservation(database: DatabaseSync): void {
  const textOf = (): string =>
    String(
      database
        .prepare("select sql from sqlite_schema where type = 'table' and name = 'holds'")
        .get()?.['sql'],
    );
  if (!textOf().includes(before)) throw new Error('the table of holds is not as it was made');
  database.enableDefensive(false);
  try {
    database.exec('pragma writable_schema = on');
    database
      .prepare(
        "update sqlite_schema set sql = replace(sql, ?, ?) where type = 'table' and name = 'holds'",
      )
      .run(before, after);
    const version = Number(database.prepare('pragma schema_version').get()?.['schema_version']);
    database.exec(`pragma schema_version = ${version + 1}; pragma writable_schema = off`);
  } finally {
    database.enableDefensive(true);
  }
}
