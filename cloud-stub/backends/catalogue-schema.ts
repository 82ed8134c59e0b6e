/**
 * The catalogue's schema: what every column means and what can never be so, whatever the services
 * do. A change is a new migration at the end; a migration that was released is never edited.
 *
 * Times are milliseconds since 1970 (UTC); flags are 0 or 1; hashes are SHA-256 in lower-case hex;
 * JSON is text.
 */
import type { DatabaseSync } from 'node:sqlite';
import { catalogueSchemaAccounts } from './catalogue-schema-accounts.ts';
import { deskSchema } from './catalogue-schema-desk.ts';
import { catalogueSchemaExports } from './catalogue-schema-exports.ts';
import { holdSchema } from './catalogue-schema-holds.ts';
import { ledgerSchema, plantTree } from './catalogue-schema-ledger.ts';
import { catalogueSchemaV1 } from './catalogue-schema-v1.ts';
import { catalogueSchemaV7 } from './catalogue-schema-v7.ts';
import { catalogueSchemaV8 } from './catalogue-schema-v8.ts';
import { allowBackupPreservation } from './catalogue-schema-v9.ts';
import { catalogueSchemaV10 } from './catalogue-schema-v10.ts';
import { catalogueSchemaV11 } from './catalogue-schema-v11.ts';
import { catalogueSchemaV12 } from './catalogue-schema-v12.ts';

export type Migration = {
  readonly version: number;
  readonly name: string;
  readonly sql: string;
  /** What SQL cannot say about the rows that are there already; in the same transaction. */
  readonly fill?: (database: DatabaseSync) => void;
};

/** In order; the version of each is its place, from 1. */
export const migrations: readonly Migration[] = [
  { version: 1, name: 'accounts, devices, clips, events, ledger', sql: catalogueSchemaV1 },
  { version: 2, name: 'tree of the ledger', sql: ledgerSchema, fill: plantTree },
  { version: 3, name: 'holds and leases', sql: holdSchema },
  { version: 4, name: 'plans, access records, escrow', sql: catalogueSchemaAccounts },
  { version: 5, name: 'legal desk', sql: deskSchema },
  { version: 6, name: 'exports', sql: catalogueSchemaExports },
  { version: 7, name: 'redo log', sql: catalogueSchemaV7 },
  { version: 8, name: 'hold proposals', sql: catalogueSchemaV8 },
  { version: 9, name: 'holds of backups', sql: '', fill: allowBackupPreservation },
  { version: 10, name: 'signatures of marks', sql: catalogueSchemaV10 },
  { version: 11, name: 'entries of the ledger by clip', sql: catalogueSchemaV11 },
  { version: 12, name: 'boots of events', sql: catalogueSchemaV12 },
];

export const schemaVersion = migrations.length;

export const migrationsTable = `
create table if not exists migrations (
  version integer primary key,
  name    text not null
) strict;
`;
