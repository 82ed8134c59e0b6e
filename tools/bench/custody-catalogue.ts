/** A catalogue with a million clips in files, made by SQL alone: what a cloud has after years. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { openCatalogue } from '../../cloud-stub/backends/sqlite-catalogue.ts';
import { days, type EpochMs, later } from '../../device/wire/time.ts';

/** Devices and accounts stay as many whatever the number of clips; every device has as many clips. */
export const devicesMax = 1000;
export const accountsMax = 100;

export const accountNumbered = (n: number): string => `01A${String(n).padStart(23, '0')}`;
export const thingNumbered = (n: number): string => `doorbell-${n}`;
const clipNumbered = (n: number): string => `01J${String(n).padStart(23, '0')}`;

export type Filling = {
  readonly folder: string;
  readonly now: EpochMs;
  readonly clips: number;
  /** Of these, how many are due by now; each with a journal and a key file. */
  readonly due: number;
};

export const cataloguePath = (folder: string): string => path.join(folder, 'catalogue.sqlite');
export const journalPath = (folder: string, thing: string, clip: string): string =>
  path.join(folder, 'vault', thing, `${clip}.journal`);
export const keyPath = (folder: string, thing: string, clip: string): string =>
  path.join(folder, 'keys', thing, `${clip}.key`);

export async function fillCatalogue({ folder, now, clips, due }: Filling): Promise<void> {
  mkdirSync(folder, { recursive: true });
  await openCatalogue(cataloguePath(folder)).close();
  const database = new DatabaseSync(cataloguePath(folder));
  const opening = JSON.stringify({
    mediaType: 'video/mp4',
    codec: 'avc1.64001f',
    preRoll: { requestedMs: 4000, deliveredMs: 4000, firstIdrOffsetMs: 0, gapMs: 0 },
  });
  const count = (upTo: number): string =>
    `with recursive n(i) as (select 0 union all select i + 1 from n where i + 1 < ${upTo})`;
  database.exec(`
    pragma journal_mode = wal; pragma synchronous = off; pragma cache_size = -200000;
    begin;
    insert into accounts ${count(accountsMax)}
      select printf('01A%023d', i), 'account ' || i, 0, null from n;
    insert into devices ${count(devicesMax)}
      select 'doorbell-' || i, 'none', 0, null, null, 0, null, null, -1 from n;
    insert into ownerships (ownership, thing, account, fromAt, untilAt) ${count(devicesMax)}
      select printf('01B%023d', i), 'doorbell-' || i, printf('01A%023d', i % ${accountsMax}), 0, null
      from n;
  `);
  // The due ones come first, a tenth of the devices at a time; the others are spread over the window.
  const dueFrom = later(now, days(-61));
  const insert = database.prepare(`
    insert into clips (thing, clip, account, possession, visibility, boot, seq, trigger, triggers, opening,
      final, truncated, claimedAt, boundLowerAt, recordedAt, firstReceivedAt, storedAt, expiresAt,
      deleteAt, durationMs, chunks, sizeBytes, root, markedChunks)
    ${count(clips)}, timed(i, at) as (
      select i, case when i < $due then $dueFrom + i
        else $now - 59 * 86400000 + cast((i - $due) * (59.0 * 86400000 / $clips) as integer) end from n)
    select 'doorbell-' || (i % ${devicesMax}), printf('01J%023d', i),
      printf('01A%023d', (i % ${devicesMax}) % ${accountsMax}), 'stored', 'visible', 1,
      i / ${devicesMax}, 'motion', '[]', $opening, null, 0, at, at, at, at, at, at + 60 * 86400000,
      at + 60 * 86400000, 10000, 1, 1024, $root, 0 from timed`);
  const root = 'ab'.repeat(32);
  insert.run({ due, dueFrom, now, clips, opening, root });
  database.exec('commit; pragma wal_checkpoint(truncate); analyze;');
  database.close();
  for (let i = 0; i < due; i++) makeFiles(folder, thingNumbered(i % devicesMax), clipNumbered(i));
}

function makeFiles(folder: string, thing: string, clip: string): void {
  for (const [file, bytes] of [
    [journalPath(folder, thing, clip), 1100],
    [keyPath(folder, thing, clip), 64],
  ] as const) {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, Buffer.alloc(bytes, 1));
  }
}
