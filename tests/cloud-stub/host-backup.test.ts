import { cpSync, existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { backUp, readyToStart, retireBackup } from '../../cloud-stub/host-backup.ts';
import { restore } from '../../cloud-stub/host-restore.ts';
import { days, hours } from '../../device/wire/time.ts';
import {
  type BackupWorld,
  backupWorld,
  breachesIn,
  foundIn,
  possessionsIn,
  swept,
} from '../support/cloud/backup-world.ts';
import { filesUnder, openHostStorage } from '../support/cloud/cloud-storage.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const keyFile = (folder: string, clip: string): Buffer => {
  const path = [...filesUnder(folder)].find(([name]) => name.endsWith(`${clip}.key`));
  return (path?.[1] ?? Buffer.alloc(0)).subarray(4);
};

describe('a backup [RET-11]', () => {
  test('brings back what was there, byte for byte, and the ledger goes on', async () => {
    const { folders, clock, target, other, storage } = await backupWorld();
    const manifest = await backUp(folders, target, { clock });
    const report = await restore(other, target, { clock });
    expect(report).toMatchObject({
      files: 4,
      purged: 0,
      lost: [],
      since: { from: 'redo-log', changes: 0 },
      clockDoubted: null,
    });
    const restored = await openHostStorage(other, clock);
    expect(await possessionsIn(restored)).toEqual(['stored', 'stored', 'stored', 'stored']);
    expect(await breachesIn(restored)).toEqual([]);
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
    const { folders, clock, target } = await backupWorld();
    const key = keyFile(folders.data, '1');
    const clear = Buffer.from('clip-stored');
    expect(foundIn(folders.data, key)).toBe(true);
    expect(foundIn(folders.data, clear)).toBe(true);
    await backUp(folders, target, { clock });
    expect([...filesUnder(target).keys()].filter((path) => path.endsWith('.key'))).toEqual([]);
    expect(foundIn(target, key)).toBe(false);
    expect(foundIn(target, clear)).toBe(false);
    // Nor does the data directory keep the copy it was made from.
    expect(readdirSync(folders.data).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  test('never brings back what was purged since: its key is gone from the safe too [RET-7]', async () => {
    const { folders, clock, target, other, storage } = await backupWorld();
    const due = keyFile(folders.data, '4');
    await backUp(folders, target, { clock });
    expect(foundIn(folders.secrets, due)).toBe(true);
    clock.advance(hours(2));
    await swept(storage);
    expect(await possessionsIn(storage)).toEqual(['stored', 'stored', 'stored', 'shredded']);
    for (const folder of [folders.data, folders.secrets, target]) {
      expect(foundIn(folder, due)).toBe(false);
    }
    const report = await restore(other, target, { clock });
    expect(report).toMatchObject({ files: 3, purged: 0, lost: [] });
    const restored = await openHostStorage(other, clock);
    expect(await possessionsIn(restored)).toEqual(['stored', 'stored', 'stored', 'shredded']);
    expect(await breachesIn(restored)).toEqual([]);
  });

  test('once retired is noise', async () => {
    const { folders, clock, target, other } = await backupWorld();
    const { backup } = await backUp(folders, target, { clock });
    expect(await retireBackup(folders, backup)).toBe(true);
    expect(await retireBackup(folders, backup)).toBe(false);
    await expect(restore(other, target, { clock })).rejects.toThrow('was retired');
  });

  test('a restore long after asks for the clock to be confirmed [RET-8]', async () => {
    const { folders, clock, target, other } = await backupWorld();
    await backUp(folders, target, { clock });
    clock.advance(days(3));
    expect((await restore(other, target, { clock })).clockDoubted).toContain(
      'after the last entry',
    );
    const restored = await openHostStorage(other, clock);
    await swept(restored);
    expect(await possessionsIn(restored)).toEqual(['stored', 'stored', 'stored', 'stored']);
  });
});

describe('what cannot be done is refused, with a reason', () => {
  test.each([
    [
      'into a folder with a finished backup',
      'holds a finished backup already',
      (to: BackupWorld) => backUp(to.folders, to.target, to),
    ],
    [
      'onto data that is there',
      'is not empty',
      (to: BackupWorld) => restore(to.folders, to.target, to),
    ],
    [
      'from a folder without a backup',
      'no finished backup',
      (to: BackupWorld) => restore(to.other, to.folders.data, to),
    ],
  ])('%s', async (_title, because, act) => {
    const all = await backupWorld();
    await backUp(all.folders, all.target, all);
    await expect(act(all)).rejects.toThrow(because);
  });

  test('a catalogue that was altered, by one byte', async () => {
    const { folders, clock, target, other } = await backupWorld();
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
    const all: string[] = [];
    const whole = await backupWorld([1]);
    await backUp(whole.folders, whole.target, { ...whole, onStep: (step) => all.push(step) });
    expect(all.length).toBeGreaterThan(8);
    for (let at = 0; at < all.length; at++) {
      const { folders, clock, target, other } = await backupWorld([1]);
      const attempt = backUp(folders, target, { clock, onStep: killer(at, []) });
      await expect(attempt).rejects.toThrow(Killed);
      const isDone = existsSync(join(target, 'backup.json'));
      expect(isDone).toBe(at === all.length - 1);
      if (!isDone) {
        await expect(restore(other, target, { clock })).rejects.toThrow('no finished backup');
        await backUp(folders, target, { clock });
      }
      expect(await restore(other, target, { clock })).toMatchObject({ files: 2, lost: [] });
    }
  });

  test('a restore; no cloud starts on half of one', async () => {
    const { folders, clock, target, other } = await backupWorld([1]);
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
      expect(await breachesIn(restored)).toEqual([]);
      await restored.catalogue.close();
      rmSync(into.data, { recursive: true, force: true });
    }
  });

  test('a key destroyed while it was being copied does not stay in the safe [RET-7]', async () => {
    const { folders, clock, target, storage } = await backupWorld([1]);
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
    expect(foundIn(folders.secrets, due)).toBe(false);
    await storage.catalogue.check();
  });
});
