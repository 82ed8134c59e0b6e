import { cpSync, existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ring2019 } from '../../cloud-stub/custody/profiles/ring-2019.ts';
import { backUp, readyToStart, restore, retireBackup } from '../../cloud-stub/host-backup.ts';
import { openLog } from '../../cloud-stub/log.ts';
import { fsck } from '../../cloud-stub/services/fsck.ts';
import { Sweeper } from '../../cloud-stub/services/sweeper.ts';
import { days, hours, later, milliseconds } from '../../device/wire/time.ts';
import { newYear } from '../support/catalogue-rows.ts';
import { clipNumbered } from '../support/clip-samples.ts';
import {
  filesUnder,
  openHostStorage,
  type Storage,
  storeSample,
} from '../support/cloud-storage.ts';
import { type StandingClock, standingClock } from '../support/standing-clock.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

type World = {
  readonly folders: { readonly data: string; readonly secrets: string };
  readonly clock: StandingClock;
  readonly target: string;
  /** What is restored, with the same secrets. */
  readonly other: { readonly data: string; readonly secrets: string };
};

/** Some clips are young, clip 4 is due in an hour. */
async function world(young = [1, 2, 3]): Promise<World & { readonly storage: Storage }> {
  const root = temporaryFolder();
  const folders = { data: join(root, 'cloud'), secrets: join(root, 'secrets') };
  const clock = standingClock(newYear);
  const storage = await openHostStorage(folders, clock);
  for (const n of young) await storeSample(storage, n, newYear);
  const old = later(newYear, milliseconds(hours(1) - days(60)));
  await storeSample(storage, 4, old, { storedAt: newYear });
  return {
    folders,
    clock,
    target: join(root, 'backup'),
    other: { ...folders, data: join(root, 'restored') },
    storage,
  };
}

async function swept(storage: Storage): Promise<void> {
  const sweeper = new Sweeper(storage, ring2019, openLog('silent'));
  await sweeper.start();
  await sweeper.sweep();
  await sweeper.stop();
}

const possessions = async (storage: Storage) =>
  (
    await storage.catalogue.read
      .selectFrom('clips')
      .select(['clip', 'possession'])
      .orderBy('clip')
      .execute()
  ).map(({ possession }) => possession);

async function breaches(storage: Storage): Promise<readonly string[]> {
  const found = [];
  for await (const { kind, detail } of fsck(storage)) found.push(`${kind}: ${detail}`);
  return found;
}

const found = (folder: string, bytes: Buffer): boolean =>
  [...filesUnder(folder).values()].some((file) => file.includes(bytes));

const keyFile = (folder: string, clip: string): Buffer => {
  const path = [...filesUnder(folder)].find(([name]) => name.endsWith(`${clip}.key`));
  return (path?.[1] ?? Buffer.alloc(0)).subarray(4);
};

describe('a backup [RET-11]', () => {
  test('brings back what was there, byte for byte, and the ledger goes on', async () => {
    const { folders, clock, target, other, storage } = await world();
    const manifest = await backUp(folders, target, { clock });
    const report = await restore(other, target, { clock });
    expect(report).toMatchObject({
      files: 4,
      purged: 0,
      withdrawn: 0,
      lost: [],
      clockDoubted: null,
    });
    const restored = await openHostStorage(other, clock);
    expect(await possessions(restored)).toEqual(['stored', 'stored', 'stored', 'stored']);
    expect(await breaches(restored)).toEqual([]);
    const kinds = await restored.catalogue.read
      .selectFrom('ledger')
      .select('kind')
      .orderBy('seq')
      .execute();
    expect(kinds.slice(-2).map(({ kind }) => kind)).toEqual(['backup-taken', 'backup-restored']);
    expect(manifest.ledger.size).toBe(kinds.length - 1);
    expect(await storage.catalogue.check()).toEqual([]);
  });

  test('holds no key, wrapped or not, and nothing of the catalogue in the clear [RET-7]', async () => {
    const { folders, clock, target } = await world();
    const key = keyFile(folders.data, '1');
    const clear = Buffer.from('clip-stored');
    expect(found(folders.data, key)).toBe(true);
    expect(found(folders.data, clear)).toBe(true);
    await backUp(folders, target, { clock });
    expect([...filesUnder(target).keys()].filter((path) => path.endsWith('.key'))).toEqual([]);
    expect(found(target, key)).toBe(false);
    expect(found(target, clear)).toBe(false);
    // Nor does the data directory keep the copy it was made from.
    expect(readdirSync(folders.data).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  test('never brings back what was purged since: its key is gone from the safe too [RET-7]', async () => {
    const { folders, clock, target, other, storage } = await world();
    const due = keyFile(folders.data, '4');
    await backUp(folders, target, { clock });
    expect(found(folders.secrets, due)).toBe(true);
    clock.advance(hours(2));
    await swept(storage);
    expect(await possessions(storage)).toEqual(['stored', 'stored', 'stored', 'shredded']);
    for (const folder of [folders.data, folders.secrets, target]) {
      expect(found(folder, due)).toBe(false);
    }
    const report = await restore(other, target, { clock });
    expect(report).toMatchObject({ files: 3, purged: 1, lost: [] });
    const restored = await openHostStorage(other, clock);
    expect(await possessions(restored)).toEqual(['stored', 'stored', 'stored', 'shredding']);
    await swept(restored);
    expect(await possessions(restored)).toEqual(['stored', 'stored', 'stored', 'shredded']);
    expect(await breaches(restored)).toEqual([]);
  });

  test('holds travel along, and a purge that came after their release wins', async () => {
    const { folders, clock, target, other, storage } = await world();
    await storage.catalogue.write(async (tx) => {
      const at = newYear;
      const hold = '01J00000000000000000000001' as never;
      await tx
        .insertInto('holds')
        .values({
          hold,
          kind: 'court-order',
          basis: hold,
          scope: JSON.stringify({ subjects: [], from: null, to: null }),
          placedAt: at,
          placedBy: 'reviewer',
          expiresAt: null,
          renewals: '[]',
          endedAt: null,
          endedBecause: null,
          releaseAskedBy: null,
          releaseBecause: null,
        })
        .execute();
      const held = await tx.selectFrom('clips').select(['thing', 'clip']).execute();
      for (const key of held) {
        await tx
          .insertInto('holdAttachments')
          .values({ hold, ...key, attachedAt: at })
          .execute();
      }
      await tx.updateTable('clips').set({ keptUntil: null }).execute();
    });
    await backUp(folders, target, { clock });
    clock.advance(hours(2));
    await storage.catalogue.write(async (tx) => {
      await tx.updateTable('holds').set({ endedAt: newYear, endedBecause: 'rejected' }).execute();
      await tx
        .updateTable('clips')
        .set({ keptUntil: 0 as never })
        .execute();
    });
    await swept(storage);
    await restore(other, target, { clock });
    const restored = await openHostStorage(other, clock);
    await swept(restored);
    // Clip 4 is past its window as well, but the others are still held.
    expect(await possessions(restored)).toEqual(['stored', 'stored', 'stored', 'shredded']);
    expect(await restored.catalogue.read.selectFrom('holds').select('endedAt').execute()).toEqual([
      { endedAt: null },
    ]);
    const attempt = restored.catalogue.write((tx) =>
      tx
        .updateTable('clips')
        .set({ possession: 'shredding', visibility: 'expired' })
        .where('possession', '=', 'stored')
        .execute(),
    );
    await expect(attempt).rejects.toThrow('under a hold');
  });

  test('with a newer catalogue, deletions and closures since are replayed as well [DEL-1]', async () => {
    const { folders, clock, target, other, storage } = await world();
    await backUp(folders, target, { clock });
    clock.advance(hours(0.5));
    const deletedAt = clock.now();
    await storage.catalogue.write((tx) =>
      tx
        .updateTable('clips')
        .set({ visibility: 'user-deleted', userDeletedAt: deletedAt })
        .where('clip', '=', clipNumbered(2).clip)
        .execute(),
    );
    const report = await restore(other, target, { clock, newer: folders.data });
    expect(report).toMatchObject({ withdrawn: 1 });
    const restored = await openHostStorage(other, clock);
    const rows = await restored.catalogue.read
      .selectFrom('clips')
      .select(['visibility', 'userDeletedAt'])
      .orderBy('clip')
      .execute();
    expect(rows.map(({ visibility }) => visibility)).toEqual([
      'visible',
      'user-deleted',
      'visible',
      'visible',
    ]);
    expect(rows[1]?.userDeletedAt).toBe(deletedAt);
  });

  test('once retired is noise', async () => {
    const { folders, clock, target, other } = await world();
    const { backup } = await backUp(folders, target, { clock });
    expect(await retireBackup(folders, backup)).toBe(true);
    expect(await retireBackup(folders, backup)).toBe(false);
    await expect(restore(other, target, { clock })).rejects.toThrow('was retired');
  });

  test('a restore long after asks for the clock to be confirmed [RET-8]', async () => {
    const { folders, clock, target, other } = await world();
    await backUp(folders, target, { clock });
    clock.advance(days(3));
    expect((await restore(other, target, { clock })).clockDoubted).toContain(
      'after the last entry',
    );
    const restored = await openHostStorage(other, clock);
    await swept(restored);
    expect(await possessions(restored)).toEqual(['stored', 'stored', 'stored', 'stored']);
  });
});

describe('what cannot be done is refused, with a reason', () => {
  test.each([
    [
      'into a folder with a finished backup',
      'holds a finished backup already',
      (to: World) => backUp(to.folders, to.target, to),
    ],
    ['onto data that is there', 'is not empty', (to: World) => restore(to.folders, to.target, to)],
    [
      'from a folder without a backup',
      'no finished backup',
      (to: World) => restore(to.other, to.folders.data, to),
    ],
  ])('%s', async (_title, because, act) => {
    const all = await world();
    await backUp(all.folders, all.target, all);
    await expect(act(all)).rejects.toThrow(because);
  });

  test('a catalogue that was altered, by one byte', async () => {
    const { folders, clock, target, other } = await world();
    await backUp(folders, target, { clock });
    const path = join(target, 'catalogue.sealed');
    const bytes = filesUnder(target).get(path) ?? Buffer.alloc(0);
    bytes[5000] = (bytes[5000] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    await expect(restore(other, target, { clock })).rejects.toThrow('altered or cut');
    await expect(readyToStart(other)).rejects.toThrow('was cut off');
  });
});

describe('cut off anywhere, the same call ends it', () => {
  class Killed extends Error {}
  const killer = (at: number, steps: string[]) => (step: string) => {
    steps.push(step);
    if (steps.length > at) throw new Killed(step);
  };

  test('a backup', async () => {
    const { folders, clock, target, other } = await world([1]);
    const all: string[] = [];
    await backUp(folders, `${target}-whole`, { clock, onStep: (step) => all.push(step) });
    expect(all.length).toBeGreaterThan(8);
    for (let at = 0; at < all.length; at++) {
      const cut = `${target}-${at}`;
      const into = { ...other, data: `${other.data}-${at}` };
      const attempt = backUp(folders, cut, { clock, onStep: killer(at, []) });
      await expect(attempt).rejects.toThrow(Killed);
      const isDone = existsSync(join(cut, 'backup.json'));
      expect(isDone).toBe(at === all.length - 1);
      if (!isDone) {
        await expect(restore(into, cut, { clock })).rejects.toThrow('no finished backup');
        await backUp(folders, cut, { clock });
      }
      expect(await restore(into, cut, { clock })).toMatchObject({ files: 2, lost: [] });
      for (const done of [cut, into.data]) rmSync(done, { recursive: true, force: true });
    }
  });

  test('a restore; no cloud starts on half of one', async () => {
    const { folders, clock, target, other } = await world([1]);
    await backUp(folders, target, { clock });
    const all: string[] = [];
    const whole = { ...other, data: `${other.data}-whole` };
    await restore(whole, target, { clock, onStep: (step) => all.push(step) });
    expect(all.length).toBeGreaterThan(4);
    for (let at = 0; at < all.length; at++) {
      const into = { ...other, data: `${other.data}-${at}` };
      await expect(restore(into, target, { clock, onStep: killer(at, []) })).rejects.toThrow(
        Killed,
      );
      await expect(readyToStart(into)).rejects.toThrow('was cut off');
      await restore(into, target, { clock });
      await readyToStart(into);
      const restored = await openHostStorage(into, clock);
      expect(await breaches(restored)).toEqual([]);
      await restored.catalogue.close();
      rmSync(into.data, { recursive: true, force: true });
    }
  });

  test('a key destroyed while it was being copied does not stay in the safe [RET-7]', async () => {
    const { folders, clock, target, storage } = await world([1]);
    const due = keyFile(folders.data, '4');
    const kept = join(temporaryFolder(), 'keys');
    cpSync(join(folders.data, 'keys'), kept, { recursive: true });
    clock.advance(hours(2));
    let purged = false;
    await backUp(folders, target, {
      clock,
      onStep: (step) => {
        if (step !== 'catalogue sealed' || purged) return;
        purged = true;
        // As the purge does it, in the midst of the backup.
        const thing =
          readdirSync(join(folders.data, 'keys')).find((name) => !name.startsWith('.')) ?? '';
        for (const name of readdirSync(join(folders.data, 'keys', thing))) {
          if (name.endsWith('4.key')) rmSync(join(folders.data, 'keys', thing, name));
        }
      },
    });
    expect(purged).toBe(true);
    expect(found(folders.secrets, due)).toBe(false);
    await storage.catalogue.check();
  });
});
