/** Exports in the catalogue. */
import type { Ulid } from '../../../device/wire/ids.ts';
import type { ExportRow } from '../../catalogue-tables-exports.ts';
import type { ExportOrder, ReleasedRecord } from '../../legal/export-order.ts';
import type { ExportedClip } from '../../legal/export-record.ts';
import type { Reading } from '../../ports.ts';
import type { StoredBagFile } from './export-bag-store.ts';
import { exportLimits } from './export-limits.ts';
import type { ExportFacts } from './exports.ts';

/** The order without its lists, as it was frozen. */
export type FrozenOrder = Omit<ExportOrder, 'export' | 'clips' | 'records'> & {
  /** What froze it: a bag that is built in two runs is of one version. */
  readonly software?: string;
};

export async function findExport(db: Reading, id: Ulid): Promise<ExportRow | null> {
  const row = await db
    .selectFrom('exports')
    .selectAll()
    .where('export', '=', id)
    .executeTakeFirst();
  return row ?? null;
}

/** Leased or sealed. */
export const unendedExports = (db: Reading): Promise<ExportRow[]> =>
  db
    .selectFrom('exports')
    .selectAll()
    .where('state', 'in', ['leased', 'sealed'])
    .orderBy('export')
    .execute();

export const factsOf = (row: ExportRow): ExportFacts => {
  const { demand, state, leasedAt, sealedAt, deliveredAt, removedAt } = row;
  const { items, files, sizeBytes, tagManifestSha256 } = row;
  return {
    ...{ export: row.export, demand, state, leasedAt, sealedAt, deliveredAt, removedAt },
    ...{ items, files, sizeBytes, tagManifestSha256, volumes: 1 },
  };
};

export const orderOf = ({ sealOrder }: ExportRow): FrozenOrder =>
  JSON.parse(sealOrder) as FrozenOrder;

/** In the order of the bag, a page of rows at a time. */
export async function* frozenClips(db: Reading, id: Ulid): AsyncIterable<ExportedClip> {
  for (let from = 0; ; ) {
    const rows = await db
      .selectFrom('exportClips')
      .select(['position', 'facts'])
      .where('export', '=', id)
      .where('position', '>=', from)
      .orderBy('position')
      .limit(exportLimits.rowsPerRead)
      .execute();
    for (const { position, facts } of rows) {
      yield JSON.parse(facts) as ExportedClip;
      from = position + 1;
    }
    if (rows.length < exportLimits.rowsPerRead) return;
  }
}

export async function* frozenRecords(db: Reading, id: Ulid): AsyncIterable<ReleasedRecord> {
  for (let from = 0; ; ) {
    const rows = await db
      .selectFrom('exportRecords')
      .select(['position', 'record'])
      .where('export', '=', id)
      .where('position', '>=', from)
      .orderBy('position')
      .limit(exportLimits.rowsPerRead)
      .execute();
    for (const { position, record } of rows) {
      yield JSON.parse(record) as ReleasedRecord;
      from = position + 1;
    }
    if (rows.length < exportLimits.rowsPerRead) return;
  }
}

/** As they lie in the store, so that reading them all reads it once. */
export const filesOf = (db: Reading, id: Ulid): Promise<StoredBagFile[]> =>
  db
    .selectFrom('exportFiles')
    .select(['path', 'sizeBytes', 'sha256', 'segment', 'firstChunk', 'chunks'])
    .where('export', '=', id)
    .orderBy('segment')
    .orderBy('firstChunk')
    .orderBy('path')
    .execute();
