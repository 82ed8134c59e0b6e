import { statSync } from 'node:fs';
import { copyFile, cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { CatalogueError } from '../../../cloud-stub/backends/catalogue-file.ts';
import { migrations, schemaVersion } from '../../../cloud-stub/backends/catalogue-schema.ts';
import {
  openCatalogue,
  openMemoryCatalogue,
} from '../../../cloud-stub/backends/sqlite-catalogue.ts';
import type { ClipRow } from '../../../cloud-stub/catalogue-tables.ts';
import type { Catalogue } from '../../../cloud-stub/ports.ts';
import { days, later, milliseconds } from '../../../device/wire/time.ts';
import {
  accountNumbered,
  deviceNamed,
  eventNumbered,
  newYear,
  openCatalogueForTest,
  stagedClip,
  storedClip,
} from '../../support/cloud/catalogue-rows.ts';
import { thingNamed, ulidNumbered } from '../../support/cloud/clip-samples.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

async function withDevice(): Promise<Catalogue> {
  const catalogue = await openCatalogueForTest(openMemoryCatalogue);
  await catalogue.write(async (tx) => {
    await tx.insertInto('devices').values(deviceNamed('porch')).execute();
    for (const n of [1, 2]) await tx.insertInto('accounts').values(accountNumbered(n)).execute();
  });
  return catalogue;
}

const insertClip = (catalogue: Catalogue, row: ClipRow) =>
  catalogue.write((tx) => tx.insertInto('clips').values(row).execute());
const updateClip = (catalogue: Catalogue, set: Partial<ClipRow>) =>
  catalogue.write((tx) => tx.updateTable('clips').set(set).execute());

describe('a clip row', () => {
  const day = (n: number) => later(newYear, days(n));

  test.each<[string, Partial<ClipRow>]>([
    ['an unknown possession', { possession: 'lost' as never }],
    ['an unknown visibility', { visibility: 'secret' as never }],
    ['a clip id that is no ULID', { clip: 'x' as never }],
    ['a window above 180 days [RET-3]', { expiresAt: day(181), deleteAt: day(181) }],
    [
      'a window below a day [RET-3]',
      { expiresAt: later(newYear, milliseconds(1000)), deleteAt: newYear },
    ],
    ['a deletion after the expiry [DEL-2]', { deleteAt: day(61) }],
    ['a stored clip without an expiry', { expiresAt: null, storedAt: null }],
    ['a stored clip without an end', { deleteAt: null }],
    ['a stored clip without a root', { root: null }],
    [
      'a recording after its receipt [RET-5]',
      { firstReceivedAt: later(newYear, milliseconds(-1)) },
    ],
    ['a recording before its bound [RET-5]', { boundLowerAt: later(newYear, milliseconds(1)) }],
    ['a deleted clip that is visible [DEL-1]', { userDeletedAt: newYear }],
    ['a purge without a tombstone', { purgedAt: newYear }],
    ['triggers that are no list', { triggers: '{}' }],
    ['a flag that is none', { truncated: 2 as never }],
    ['a device that is not enrolled', { thing: thingNamed('stranger') }],
    ['a fraction of a millisecond', { recordedAt: 0.5 as never }],
  ])('refuses %s', async (_title, wrong) => {
    const catalogue = await withDevice();
    await expect(insertClip(catalogue, storedClip(1, wrong))).rejects.toThrow();
    await insertClip(catalogue, storedClip(1));
  });

  test('never changes its expiry or recording time once stored [RET-3]', async () => {
    const catalogue = await withDevice();
    await insertClip(catalogue, stagedClip(1));
    await updateClip(catalogue, {
      recordedAt: later(newYear, milliseconds(-5)),
      boundLowerAt: null,
    });
    await updateClip(catalogue, {
      possession: 'stored',
      storedAt: newYear,
      expiresAt: day(59),
      deleteAt: day(59),
      root: 'ab'.repeat(32),
    });
    await updateClip(catalogue, { deleteAt: day(3) });
    await expect(updateClip(catalogue, { expiresAt: day(58) })).rejects.toThrow(/never change/);
    await expect(updateClip(catalogue, { recordedAt: newYear })).rejects.toThrow(/never change/);
  });

  test('goes staged, stored, shredding, shredded and never back [RET-6]', async () => {
    const catalogue = await withDevice();
    await insertClip(catalogue, storedClip(1));
    await expect(updateClip(catalogue, { possession: 'staged' })).rejects.toThrow(/never back/);
    await expect(
      updateClip(catalogue, { possession: 'shredded', purgedAt: newYear, visibility: 'expired' }),
    ).rejects.toThrow(/never back/);
    await updateClip(catalogue, { possession: 'shredding', visibility: 'expired' });
    await expect(updateClip(catalogue, { possession: 'stored' })).rejects.toThrow(/never back/);
    await updateClip(catalogue, { possession: 'shredded', purgedAt: newYear });
    await expect(
      updateClip(catalogue, { possession: 'shredding', purgedAt: null }),
    ).rejects.toThrow(/never back/);
    await expect(catalogue.write((tx) => tx.deleteFrom('clips').execute())).rejects.toThrow(
      /tombstone/,
    );
  });

  test.each(['user-deleted', 'expired', 'account-closed'] as const)(
    'that is %s never becomes visible again [DEL-1]',
    async (visibility) => {
      const catalogue = await withDevice();
      await insertClip(catalogue, storedClip(1, { visibility }));
      await expect(updateClip(catalogue, { visibility: 'visible' })).rejects.toThrow(
        /never becomes/,
      );
    },
  );
});

describe('ownership intervals', () => {
  const own = (catalogue: Catalogue, n: number, from: number, until: number | null) =>
    catalogue.write((tx) =>
      tx
        .insertInto('ownerships')
        .values({
          ownership: ulidNumbered(n),
          thing: thingNamed('porch'),
          account: accountNumbered(1 + (n % 2)).account,
          fromAt: later(newYear, milliseconds(from)),
          untilAt: until === null ? null : later(newYear, milliseconds(until)),
        })
        .execute(),
    );

  test.each<[string, number, number | null, boolean]>([
    ['before', 0, 10, true],
    ['after', 20, 30, true],
    ['from the instant the last one ended', 20, null, true],
    ['inside', 12, 13, false],
    ['around', 5, 25, false],
    ['across the start', 5, 11, false],
    ['across the end', 19, 25, false],
    ['open from before', 5, null, false],
    ['the same', 10, 20, false],
  ])('%s one of 10 to 20: from %i to %s', async (_title, from, until, allowed) => {
    const catalogue = await withDevice();
    await own(catalogue, 1, 10, 20);
    const second = own(catalogue, 2, from, until);
    if (allowed) await second;
    else await expect(second).rejects.toThrow(/one owner at a time/);
  });

  test('cannot be stretched over another, and an open one lets no later one in', async () => {
    const catalogue = await withDevice();
    await own(catalogue, 1, 10, 20);
    await own(catalogue, 2, 20, null);
    await expect(own(catalogue, 3, 1000, null)).rejects.toThrow(/one owner/);
    const stretch = catalogue.write((tx) =>
      tx
        .updateTable('ownerships')
        .set({ untilAt: later(newYear, milliseconds(21)) })
        .where('ownership', '=', ulidNumbered(1))
        .execute(),
    );
    await expect(stretch).rejects.toThrow(/one owner/);
    await catalogue.write((tx) =>
      tx
        .updateTable('ownerships')
        .set({ untilAt: later(newYear, milliseconds(500)) })
        .where('ownership', '=', ulidNumbered(2))
        .execute(),
    );
    await own(catalogue, 3, 500, null);
  });
});

describe('the queries of every day read an index and sort nothing', () => {
  const plan = async (query: string): Promise<string> => {
    const folder = temporaryFolder();
    await openCatalogue(join(folder, 'c.sqlite')).close();
    const database = new DatabaseSync(join(folder, 'c.sqlite'));
    const rows = database.prepare(`explain query plan ${query}`).all();
    database.close();
    return rows.map(({ detail }) => String(detail)).join('; ');
  };

  test.each([
    [
      "an owner's page",
      `select * from clips where account = ? and visibility = 'visible' and recordedAt < ?
       order by recordedAt desc, clip desc limit 50`,
      'clipsOfAccount (account=? AND visibility=? AND recordedAt<?)',
    ],
    [
      'what is due and not kept',
      `select thing, clip from clips where possession = ? and max(deleteAt, keptUntil) <= ?
       order by max(deleteAt, keptUntil), thing, clip limit 256`,
      'clipsDue (possession=? AND <expr><?)',
    ],
    [
      'what is due, the next page',
      `select thing, clip from clips where possession = ? and max(deleteAt, keptUntil) <= ?
       and max(deleteAt, keptUntil) >= ?
       and (max(deleteAt, keptUntil), thing, clip) > (?, ?, ?)
       order by max(deleteAt, keptUntil), thing, clip limit 256`,
      'clipsDue (possession=? AND <expr>>? AND <expr><?)',
    ],
    [
      'events that are due',
      `select rowid from events where max(expiresAt, keptUntil) <= ?
       order by max(expiresAt, keptUntil) limit 500`,
      'eventsDue (<expr><?)',
    ],
    [
      'records of access that are due',
      `select rowid from accessRecords where max(expiresAt, keptUntil) <= ?
       order by max(expiresAt, keptUntil) limit 500`,
      'accessRecordsDue (<expr><?)',
    ],
    [
      'the last ledger entry',
      'select seq, hash from ledger order by seq desc limit 1',
      'SCAN ledger',
    ],
  ])('%s', async (_title, query, expected) => {
    const text = await plan(query);
    expect(text).toContain(expected);
    expect(text).not.toContain('TEMP B-TREE');
  });
});

describe('the catalogue file', () => {
  test('is private: 0600, its log too', async () => {
    const path = join(temporaryFolder(), 'data', 'c.sqlite');
    const catalogue = await openCatalogueForTest(() => openCatalogue(path));
    await catalogue.write((tx) => tx.insertInto('accounts').values(accountNumbered(1)).execute());
    for (const each of [path, `${path}-wal`, `${path}-shm`]) {
      expect(statSync(each).mode & 0o777).toBe(0o600);
    }
    expect(statSync(join(path, '..')).mode & 0o777).toBe(0o700);
  });

  test('copied at any moment after a write holds that write, as after kill -9', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'c.sqlite');
    const catalogue = await openCatalogueForTest(() => openCatalogue(path));
    for (const n of [1, 2, 3]) {
      await catalogue.write((tx) => tx.insertInto('accounts').values(accountNumbered(n)).execute());
      const copy = join(folder, `copy-${n}.sqlite`);
      await copyFile(path, copy);
      await copyFile(`${path}-wal`, `${copy}-wal`);
      const revived = openCatalogue(copy);
      expect(await revived.read.selectFrom('accounts').selectAll().execute()).toHaveLength(n);
      await revived.close();
    }
  });

  test('of a newer program is refused by its version and left as it is', async () => {
    const path = join(temporaryFolder(), 'c.sqlite');
    await openCatalogue(path).close();
    const database = new DatabaseSync(path);
    database.exec(`insert into migrations (version, name) values (${schemaVersion + 1}, 'later')`);
    database.close();
    expect(() => openCatalogue(path)).toThrow(CatalogueError);
    expect(() => openCatalogue(path)).toThrow(
      `written by a newer program (schema version ${schemaVersion + 1}, this one knows up to ${schemaVersion})`,
    );
  });

  test('that is something else is refused', async () => {
    const path = join(temporaryFolder(), 'c.sqlite');
    await writeFile(path, 'this is a shopping list, and a long one at that'.repeat(100));
    expect(() => openCatalogue(path)).toThrow(/cannot be opened as a catalogue/);
  });

  test('that was damaged says so', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'c.sqlite');
    await openCatalogue(path).close();
    const catalogue = await openCatalogueForTest(() => openCatalogue(path));
    expect(await catalogue.check()).toEqual([]);
    await cp(path, join(folder, 'd.sqlite'));
    const raw = new DatabaseSync(join(folder, 'd.sqlite'));
    raw.exec('pragma foreign_keys = off; pragma ignore_check_constraints = on');
    raw.exec("insert into tokens values ('short', '01J00000000000000000000001', 1, null)");
    raw.close();
    const damaged = await openCatalogueForTest(() => openCatalogue(join(folder, 'd.sqlite')));
    expect(await damaged.check()).toEqual([
      'CHECK constraint failed in tokens',
      'a row of tokens refers to one that is not there',
    ]);
  });

  test('knows its migrations by number, in order', () => {
    expect(migrations.map(({ version }) => version)).toEqual(
      Array.from({ length: schemaVersion }, (_, index) => index + 1),
    );
  });

  test('takes an event and refuses one that never expires [RET-10]', async () => {
    const catalogue = await withDevice();
    const insert = (wanted: object) =>
      catalogue.write((tx) =>
        tx
          .insertInto('events')
          .values({ ...eventNumbered(1), ...wanted })
          .execute(),
      );
    await expect(insert({ expiresAt: 0 })).rejects.toThrow();
    await expect(insert({ data: '[]' })).rejects.toThrow();
    await insert({});
  });
});
