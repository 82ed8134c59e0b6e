import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { redoSince } from '../../cloud-stub/backends/backup/redo.ts';
import { redoEndPath } from '../../cloud-stub/backends/backup/redo-end.ts';
import { RedoLogError, redoLogPath } from '../../cloud-stub/backends/backup/redo-record.ts';
import { writeRedoLog } from '../../cloud-stub/backends/backup/redo-writer.ts';
import { migrate } from '../../cloud-stub/backends/catalogue-file.ts';
import { migrations } from '../../cloud-stub/backends/catalogue-schema.ts';
import { cryptoEntropy } from '../../cloud-stub/backends/crypto-entropy.ts';
import { SqliteConnection } from '../../cloud-stub/backends/sqlite-connection.ts';
import { ring2019 } from '../../cloud-stub/custody/profiles/ring-2019.ts';
import {
  backUp,
  openBackupKeys,
  openHostCatalogue,
  openSafe,
  retireBackup,
} from '../../cloud-stub/host-backup.ts';
import { restore } from '../../cloud-stub/host-restore.ts';
import { makeHolds } from '../../cloud-stub/services/holds/holds.ts';
import { makeCheckpoints } from '../../cloud-stub/services/ledger/checkpoints.ts';
import { days, hours, later } from '../../device/wire/time.ts';
import {
  type BackupWorld,
  backupWorld,
  breachesIn,
  everyRow,
  possessionsIn,
  swept,
} from '../support/cloud/backup-world.ts';
import { newYear } from '../support/cloud/catalogue-rows.ts';
import { clipNumbered, thingNamed, ulidNumbered } from '../support/cloud/clip-samples.ts';
import { openHostStorage, type Storage, storeSample } from '../support/cloud/cloud-storage.ts';

describe('what came after a backup [RET-11, I19]', () => {
  test('comes back with it, every row: holds, deletions, closures, and the ledger as it was signed', async () => {
    const world = await backupWorld();
    const { folders, clock, target, other, storage } = world;
    await backUp(folders, target, { clock });
    clock.advance(hours(0.5));
    await hold(storage);
    await removeClip(storage, 2);
    await closeAccount(storage);
    clock.advance(hours(1));
    await swept(storage);
    const signed = await makeCheckpoints(storage).sign();
    const before = everyRow(folders.data);

    expect(await restore(other, target, { clock })).toMatchObject({
      since: { from: 'redo-log' },
      lost: [],
      purged: 0,
    });
    const after = everyRow(other.data);
    const { ledger, ledgerNodes, ...rest } = after;
    const { ledger: known, ledgerNodes: _nodes, ...wanted } = before;
    expect(rest).toEqual(wanted);
    expect(ledger?.slice(0, -1)).toEqual(known);
    expect(ledger?.at(-1)).toMatchObject({ kind: 'backup-restored' });

    const restored = await openHostStorage(other, clock);
    expect(await breachesIn(restored)).toEqual([]);
    const { catalogue } = restored;
    const root = await restored.ledger.root(catalogue.read, signed?.size ?? 0);
    expect(Buffer.compare(root, signed?.root ?? new Uint8Array())).toBe(0);
    // What guards holds stands again.
    const shred = catalogue.write((tx) =>
      tx.updateTable('clips').set({ possession: 'shredding', visibility: 'expired' }).execute(),
    );
    await expect(shred).rejects.toThrow('under a hold');
  });

  test('holds a clip from the sweep that would have purged it by the backup alone', async () => {
    const { folders, clock, target, other, storage } = await backupWorld();
    await backUp(folders, target, { clock });
    await hold(storage);
    clock.advance(hours(2));
    await restore(other, target, { clock });
    const restored = await openHostStorage(other, clock);
    await swept(restored);
    expect(await possessionsIn(restored)).toEqual(['stored', 'stored', 'stored', 'stored']);
    // And reaches what comes now. [HLD-3]
    expect(
      await restored.catalogue.read.selectFrom('holdSubjects').selectAll().execute(),
    ).toHaveLength(1);
  });

  test('that was released and purged stays purged, though the backup still holds it', async () => {
    const { folders, clock, target, other, storage } = await backupWorld();
    await hold(storage);
    await backUp(folders, target, { clock });
    clock.advance(days(31));
    await storage.catalogue.write(async (tx) => {
      await tx.updateTable('holds').set({ endedAt: newYear, endedBecause: 'rejected' }).execute();
      await tx
        .updateTable('clips')
        .set({ keptUntil: 0 as never })
        .execute();
    });
    await confirmed(storage);
    await swept(storage);
    const possessions = await possessionsIn(storage);
    expect(possessions).toContain('shredded');
    await restore(other, target, { clock });
    expect(await possessionsIn(await openHostStorage(other, clock))).toEqual(possessions);
  });

  test('is redone through the logs of later backups', async () => {
    const { folders, clock, target, other, storage } = await backupWorld();
    await backUp(folders, target, { clock });
    await removeClip(storage, 1);
    clock.advance(hours(0.1));
    await backUp(folders, `${target}-2`, { clock });
    await removeClip(storage, 2);
    const before = everyRow(folders.data);
    await restore(other, target, { clock });
    expect(everyRow(other.data)['clips']).toEqual(before['clips']);
  });

  test('is brought up to a newer schema where the cloud was', async () => {
    const { folders, clock, target, storage } = await backupWorld();
    await backUp(folders, target, { clock });
    await storage.catalogue.close();
    const path = join(folders.data, 'catalogue.sqlite');
    const copy = join(target, 'copy.sqlite');
    cpSync(path, copy);
    const version = migrations.length + 1;
    const table = 'create table later (a integer primary key, b text) strict';
    const wanted = [...migrations, { version, name: 'later', sql: table }];
    // As a newer program would: it brings the catalogue up to date, and writes.
    const newer = new SqliteConnection(path, { readOnly: false });
    migrate(path, newer, wanted);
    const safe = safeOf(folders);
    const backupKeys = () => openBackupKeys(folders);
    const watch = writeRedoLog({ safe, backupKeys, entropy: cryptoEntropy });
    newer.exec('begin immediate');
    watch.begun(newer.database);
    newer.exec("insert into later values (7, 'seven')");
    await watch.committing(newer.database);
    newer.exec('commit');
    newer.close();
    const keys = await openSafe(folders, 'backups');
    expect(await redoSince(copy, safe, keys, ulidNumbered(1), wanted)).toMatchObject({
      changes: 1,
    });
    expect(everyRow(copy)['later']).toEqual([{ a: 7, b: 'seven' }]);
  });

  test('of footage that came meanwhile the records come back; what is lost is named', async () => {
    const { folders, clock, target, other, storage } = await backupWorld();
    await backUp(folders, target, { clock });
    await storeSample(storage, 7, newYear);
    const { lost } = await restore(other, target, { clock });
    expect(lost.map(({ clip }) => clip)).toEqual([clipNumbered(7).clip]);
    const restored = await openHostStorage(other, clock);
    expect(await breachesIn(restored)).toEqual(['clip-without-journal: its journal is not there']);
  });

  test('of whom the ledger first told meanwhile the keys come back: nobody becomes another [LOG-2]', async () => {
    const { folders, clock, target, other, storage } = await backupWorld();
    await backUp(folders, target, { clock });
    const person = ulidNumbered(950);
    const key = await storage.identities?.obtain(person);
    expect(key).not.toBeNull();
    await restore(other, target, { clock });
    const restored = await openHostStorage(other, clock);
    expect((await restored.identities?.obtain(person))?.export()).toEqual(key?.export());
  });

  test('a clip whose still came meanwhile is not taken for whole', async () => {
    const { folders, clock, target, other, storage } = await backupWorld();
    await backUp(folders, target, { clock });
    const key = clipNumbered(2);
    const journal = await storage.vault.open(key, await storage.keys.obtain(key));
    const still = ulidNumbered(2002);
    journal.addStill(still, Buffer.from('a picture'));
    await journal.sync();
    await journal.close();
    await storage.catalogue.write((tx) =>
      tx
        .insertInto('stills')
        .values({ ...key, still, sizeBytes: 9, receivedAt: newYear })
        .execute(),
    );
    const { lost } = await restore(other, target, { clock });
    expect(lost).toEqual([key]);
    const third = { ...other, data: `${other.data}-3` };
    expect(await restore(third, target, { clock, newer: folders.data })).toMatchObject({
      lost: [],
    });
  });

  test('of footage that came meanwhile the keys come back, wherever its bytes are found', async () => {
    const { folders, clock, target, other, storage } = await backupWorld();
    await backUp(folders, target, { clock });
    await storeSample(storage, 7, newYear);
    // Of the older disk the footage can be read, and its keys cannot.
    rmSync(join(folders.data, 'keys'), { recursive: true });
    const report = await restore(other, target, { clock, newer: folders.data });
    expect(report).toMatchObject({ lost: [], files: 5 });
    expect(await breachesIn(await openHostStorage(other, clock))).toEqual([]);
  });

  test('of footage that came meanwhile an older data folder may still have the bytes', async () => {
    const { folders, clock, target, other, storage } = await backupWorld();
    await backUp(folders, target, { clock });
    await storeSample(storage, 7, newYear);
    const report = await restore(other, target, { clock, newer: folders.data });
    expect(report).toMatchObject({ lost: [], since: { from: 'redo-log' }, files: 5 });
    expect(await breachesIn(await openHostStorage(other, clock))).toEqual([]);
  });
});

describe('where the redo log is lost', () => {
  async function withoutLog() {
    const world = await backupWorld();
    const { folders, clock, target, storage } = world;
    await makeCheckpoints(storage).sign();
    const { backup } = await backUp(folders, target, { clock });
    clock.advance(hours(0.5));
    await hold(storage);
    await removeClip(storage, 2);
    rmSync(redoLogPath(safeOf(folders), backup));
    return world;
  }

  test('a restore is refused, and says what helps', async () => {
    const { clock, target, other } = await withoutLog();
    await expect(restore(other, target, { clock })).rejects.toThrow(
      /cannot be brought back.*--newer.*--give-up-since/,
    );
  });

  test('an older catalogue is taken whole', async () => {
    const { folders, clock, target, other } = await withoutLog();
    const before = everyRow(folders.data);
    const report = await restore(other, target, { clock, newer: folders.data });
    expect(report).toMatchObject({ since: { from: 'newer' }, lost: [] });
    const after = everyRow(other.data);
    expect(after['holds']).toEqual(before['holds']);
    expect(after['clips']).toEqual(before['clips']);
    expect(await breachesIn(await openHostStorage(other, clock))).toEqual([]);
  });

  test('an older catalogue of another cloud, or one that is damaged, is not', async () => {
    const { folders, clock, target, other, storage } = await withoutLog();
    const foreign = await backupWorld();
    await expect(restore(other, target, { clock, newer: foreign.folders.data })).rejects.toThrow(
      'of another cloud',
    );
    await storage.catalogue.close();
    writeFileSync(join(folders.data, 'catalogue.sqlite'), 'not a catalogue any more'.repeat(900));
    await expect(restore(other, target, { clock, newer: folders.data })).rejects.toThrow(
      'cannot be brought back',
    );
  });

  test('what came since may be given up: its ledger ends, and another begins under another key', async () => {
    const { folders, clock, target, other } = await withoutLog();
    writeFileSync(join(folders.secrets, 'ledger.key'), 'the old one');
    const report = await restore(other, target, { clock, giveUpSince: true });
    expect(report).toMatchObject({ since: { from: 'backup-alone' }, purged: 0 });
    const after = everyRow(other.data);
    expect([after['holds'], after['checkpoints']]).toEqual([[], []]);
    expect(after['ledger']?.at(-1)).toMatchObject({
      kind: 'backup-restored',
      facts: expect.stringContaining('backup-alone'),
    });
    expect(readdirSync(folders.secrets).filter((name) => name.startsWith('ledger'))).toEqual([
      `ledger-ended-${report.manifest.backup}.key`,
    ]);
    expect(await breachesIn(await openHostStorage(other, clock))).toEqual([]);
  });

  test('given up, what was purged since still does not come back [RET-7]', async () => {
    const { folders, clock, target, other, storage } = await backupWorld();
    const { backup } = await backUp(folders, target, { clock });
    clock.advance(hours(2));
    await swept(storage);
    rmSync(redoLogPath(safeOf(folders), backup));
    expect(await restore(other, target, { clock, giveUpSince: true })).toMatchObject({
      ...{ purged: 1, files: 3 },
    });
    const restored = await openHostStorage(other, clock);
    expect(await possessionsIn(restored)).toEqual(['stored', 'stored', 'stored', 'shredding']);
    await swept(restored);
    expect(await possessionsIn(restored)).toEqual(['stored', 'stored', 'stored', 'shredded']);
    expect(await breachesIn(restored)).toEqual([]);
  });

  test('a log that was altered by one bit is refused', async () => {
    const { folders, clock, target, other, storage } = await backupWorld();
    const { backup } = await backUp(folders, target, { clock });
    await removeClip(storage, 1);
    const path = redoLogPath(safeOf(folders), backup);
    const bytes = readFileSync(path);
    const at = bytes.length - 40;
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    await expect(restore(other, target, { clock })).rejects.toThrow('was altered at change 2');
  });
});

describe('the end of the redo log stands beside it', () => {
  /** Three changes after the backup; where each ends. */
  async function withThree() {
    const world = await backupWorld();
    const { folders, clock, target, storage } = world;
    const { backup } = await backUp(folders, target, { clock });
    const log = redoLogPath(safeOf(folders), backup);
    const ends: number[] = [];
    for (const n of [1, 2, 3]) {
      await removeClip(storage, n);
      ends.push(readFileSync(log).length);
    }
    return { ...world, log, ends, endFile: redoEndPath(safeOf(folders), backup) };
  }

  test.each([0, 1])('cut exactly behind change %i it is not taken for whole', async (at) => {
    const { clock, target, other, log, ends } = await withThree();
    writeFileSync(log, readFileSync(log).subarray(0, ends[at] ?? 0));
    await expect(restore(other, target, { clock })).rejects.toThrow(
      `was cut: of the changes up to 4 it ends at ${at + 2}`,
    );
  });

  test('torn in its last change it is not taken for whole', async () => {
    const { clock, target, other, log } = await withThree();
    writeFileSync(log, readFileSync(log).subarray(0, -1));
    await expect(restore(other, target, { clock })).rejects.toThrow('was cut');
  });

  test('without it, or where it was altered, nothing is restored on trust', async () => {
    const { clock, target, other, endFile } = await withThree();
    const told = readFileSync(endFile, 'latin1');
    writeFileSync(endFile, told.replace('"seq":4', '"seq":2'));
    await expect(restore(other, target, { clock })).rejects.toThrow('was altered');
    rmSync(endFile);
    await expect(restore(other, target, { clock })).rejects.toThrow('ends is not on record');
    writeFileSync(endFile, told);
    expect(await restore(other, target, { clock })).toMatchObject({ since: { changes: 3 } });
  });

  test('another change in place of the last one, as it was tried once, is not taken for it', async () => {
    const { folders, clock, target, other, storage, log } = await withThree();
    await storage.catalogue.close();
    const aside = join(folders.data, '..', 'aside', 'cloud');
    cpSync(folders.data, aside, { recursive: true });
    const tried = await openHostStorage(folders, clock);
    await removeClip(tried, 4);
    await tried.catalogue.close();
    const once = readFileSync(log);
    const again = await openHostStorage({ ...folders, data: aside }, clock);
    await removeClip(again, 4);
    writeFileSync(log, once);
    await expect(restore(other, target, { clock })).rejects.toThrow('is another than was written');
  });

  test('what came to nothing before another backup does not hide what came after that one', async () => {
    const { folders, clock, target, other, storage, log } = await withThree();
    const committed = readFileSync(log);
    const aside = join(folders.data, '..', 'aside', 'cloud');
    cpSync(folders.data, aside, { recursive: true });
    await removeClip(storage, 4);
    const tried = readFileSync(log).subarray(committed.length);
    await storage.catalogue.close();
    // The last one was written and never committed: the crash left its record.
    writeFileSync(log, Buffer.concat([committed, tried]));
    const crashed = { ...folders, data: aside };
    clock.advance(hours(0.1));
    await backUp(crashed, `${target}-2`, { clock });
    const restarted = await openHostStorage(crashed, clock);
    await hold(restarted);
    await restore(other, target, { clock });
    expect(everyRow(other.data)['holds']).toEqual(everyRow(crashed.data)['holds']);
    expect(everyRow(other.data)['clips']).toEqual(everyRow(crashed.data)['clips']);
  });
});

describe('the redo log', () => {
  test('is ahead of the catalogue: a transaction that it cannot tell of is not committed', async () => {
    const { folders, clock, target, storage } = await backupWorld();
    const { backup } = await backUp(folders, target, { clock });
    const path = redoLogPath(safeOf(folders), backup);
    const bytes = readFileSync(path);
    rmSync(path);
    await expect(removeClip(storage, 1)).rejects.toThrow('without the key safe nothing is written');
    expect(await visibleClips(storage)).toBe(4);
    writeFileSync(path, bytes.subarray(0, -1));
    await expect(removeClip(storage, 1)).rejects.toThrow(RedoLogError);
    writeFileSync(path, bytes);
    await removeClip(storage, 1);
    expect(await visibleClips(storage)).toBe(3);
  });

  test('a new backup begins a new log where the old one is lost', async () => {
    const { folders, clock, target, other, storage } = await backupWorld();
    const { backup } = await backUp(folders, target, { clock });
    rmSync(redoLogPath(safeOf(folders), backup));
    clock.advance(hours(0.1));
    await expect(removeClip(storage, 1)).rejects.toThrow(RedoLogError);
    await backUp(folders, `${target}-2`, { clock });
    await removeClip(storage, 1);
    await restore(other, `${target}-2`, { clock });
    expect(await visibleClips(await openHostStorage(other, clock))).toBe(3);
  });

  test.each([
    [
      'a whole record that was never committed',
      (bytes: Buffer, record: Buffer) => Buffer.concat([bytes, record]),
    ],
    [
      'a torn one',
      (bytes: Buffer, record: Buffer) => Buffer.concat([bytes, record.subarray(0, -5)]),
    ],
    [
      'the first bytes of one',
      (bytes: Buffer, record: Buffer) => Buffer.concat([bytes, record.subarray(0, 9)]),
    ],
  ])('goes on after a crash that left %s', async (_what, leave) => {
    const { folders, clock, target, other, storage } = await backupWorld();
    const { backup } = await backUp(folders, target, { clock });
    const path = redoLogPath(safeOf(folders), backup);
    const committed = readFileSync(path);
    // The same transaction as it would be written, taken back: the catalogue never had it.
    const aside = join(folders.data, '..', 'aside');
    cpSync(folders.data, join(aside, 'cloud'), { recursive: true });
    // A long one, so that what is written next does not cover it.
    await storeSample(storage, 7, newYear);
    const record = readFileSync(path).subarray(committed.length);
    await storage.catalogue.close();
    writeFileSync(path, leave(committed, record));

    const crashed = { ...folders, data: join(aside, 'cloud') };
    const restarted = await openHostStorage(crashed, clock);
    await removeClip(restarted, 3);
    await removeClip(restarted, 2);
    const before = everyRow(crashed.data);
    await restore(other, target, { clock });
    expect(everyRow(other.data)['clips']).toEqual(before['clips']);
  });

  test('of a cloud that was restored elsewhere is no longer its own: two never go on as one', async () => {
    const { folders, clock, target, other, storage } = await backupWorld();
    await backUp(folders, target, { clock });
    await restore(other, target, { clock });
    await expect(removeClip(storage, 1)).rejects.toThrow('restored elsewhere');
    await expect(backUp(folders, `${target}-2`, { clock })).rejects.toThrow('restored elsewhere');
    const restored = await openHostStorage(other, clock);
    await removeClip(restored, 1);
    expect([await visibleClips(storage), await visibleClips(restored)]).toEqual([4, 3]);
  });

  test('of a restored cloud serves the next restore', async () => {
    const { folders, clock, target, other } = await backupWorld();
    await backUp(folders, target, { clock });
    await restore(other, target, { clock });
    const restored = await openHostStorage(other, clock);
    await removeClip(restored, 1);
    const third = { ...other, data: `${other.data}-3` };
    await restore(third, target, { clock });
    expect(await visibleClips(await openHostStorage(third, clock))).toBe(3);
  });

  test('ends with its backup: nothing of it stays, and nothing more is written [RET-10]', async () => {
    const { folders, clock, target, storage } = await backupWorld();
    const { backup } = await backUp(folders, target, { clock });
    await retireBackup(folders, backup);
    await removeClip(storage, 1);
    await removeClip(storage, 2);
    expect(existsSync(redoLogPath(safeOf(folders), backup))).toBe(false);
    expect(existsSync(redoEndPath(safeOf(folders), backup))).toBe(false);
    expect(await storage.catalogue.read.selectFrom('redoLog').select('backup').execute()).toEqual([
      { backup: null },
    ]);
  });

  test('tells nothing without the key of its backup', async () => {
    const { folders, clock, target, storage } = await backupWorld();
    const { backup } = await backUp(folders, target, { clock });
    await removeClip(storage, 1);
    const log = readFileSync(redoLogPath(safeOf(folders), backup));
    expect(log.includes('user-deleted') || log.includes('backup-taken')).toBe(false);
  });

  test('is written by every process that writes beside the cloud', async () => {
    const { folders, clock, target, other, storage } = await backupWorld();
    await backUp(folders, target, { clock });
    const beside = openHostCatalogue(folders);
    await removeClip({ ...storage, catalogue: beside }, 1);
    await beside.close();
    await removeClip(storage, 2);
    await restore(other, target, { clock });
    expect(await visibleClips(await openHostStorage(other, clock))).toBe(2);
  });

  test('every table has a primary key, without which its rows could not be redone', async () => {
    const { folders } = await backupWorld([]);
    const database = new DatabaseSync(join(folders.data, 'catalogue.sqlite'), { readOnly: true });
    const without = database
      .prepare("select name from sqlite_master where type = 'table'")
      .all()
      .map(({ name }) => String(name))
      .filter(
        (name) =>
          !database
            .prepare(`pragma table_info("${name}")`)
            .all()
            .some(({ pk }) => pk !== 0),
      );
    database.close();
    expect(without).toEqual([]);
  });
});

const safeOf = ({ secrets }: BackupWorld['folders']): string => join(secrets, 'key-safe');

/** A continuing hold on all of the porch. */
async function hold(storage: Storage): Promise<void> {
  const placed = await makeHolds(storage, ring2019).place({
    ...{ hold: ulidNumbered(5001), kind: 'litigation', basis: ulidNumbered(7001) },
    scope: {
      subjects: [{ by: 'device', thing: thingNamed('porch') }],
      ...{ from: later(newYear, days(-200)), to: null },
    },
    by: `reviewer:${'ad'.repeat(16)}`,
  });
  if (!placed.ok) throw new Error(placed.because);
}

const removeClip = (storage: Storage, n: number): Promise<unknown> =>
  storage.catalogue.write((tx) =>
    tx
      .updateTable('clips')
      .set({ visibility: 'user-deleted', userDeletedAt: storage.clock.now() })
      .where('clip', '=', clipNumbered(n).clip)
      .execute(),
  );

async function closeAccount(storage: Storage): Promise<void> {
  const account = ulidNumbered(900);
  await storage.catalogue.write(async (tx) => {
    await tx
      .insertInto('accounts')
      .values({ account, name: 'Ann Owner', openedAt: newYear, closedAt: null })
      .execute();
    await tx
      .updateTable('accounts')
      .set({ name: 'closed', closedAt: storage.clock.now() })
      .where('account', '=', account)
      .execute();
  });
}

async function visibleClips({ catalogue }: Storage): Promise<number> {
  const rows = await catalogue.read
    .selectFrom('clips')
    .select('clip')
    .where('visibility', '=', 'visible')
    .execute();
  return rows.length;
}

/** As an operator who confirms the clock. */
const confirmed = (storage: Storage): Promise<unknown> =>
  storage.catalogue.write((tx) =>
    storage.ledger.append(tx, {
      ...{ kind: 'clock-confirmed', at: storage.clock.now(), actor: 'operator', facts: {} },
    }),
  );
