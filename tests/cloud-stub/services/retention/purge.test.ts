import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { ring2019 } from '../../../../cloud-stub/custody/profiles/ring-2019.ts';
import { openLog } from '../../../../cloud-stub/log.ts';
import { Sweeper } from '../../../../cloud-stub/services/retention/sweeper.ts';
import { days, later } from '../../../../device/wire/time.ts';
import { newYear } from '../../../support/cloud/catalogue-rows.ts';
import {
  dataFolder,
  filesUnder,
  openStorage,
  type Storage,
  storeSample,
} from '../../../support/cloud/cloud-storage.ts';
import { crashingStorage } from '../../../support/cloud/crashing-ports.ts';
import { standingClock } from '../../../support/standing-clock.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

const silent = openLog('silent');
const sweeperOf = (storage: Storage) => new Sweeper(storage, ring2019, silent);

/** What one sweep asks of its ports, in order. */
async function stepsOfSweep(storage: Storage): Promise<readonly string[]> {
  const watched = crashingStorage(storage, Number.POSITIVE_INFINITY);
  const sweeper = sweeperOf(watched);
  await sweeper.start();
  await sweeper.stop();
  return watched.steps;
}

async function listed(source: { list(): AsyncIterable<{ clip: string }> }): Promise<string[]> {
  const clips: string[] = [];
  for await (const { clip } of source.list()) clips.push(clip);
  return clips.sort();
}

describe('a purge cut off anywhere [RET-6]', () => {
  const steps = [
    'before write', // the intent
    'after write',
    'before destroy',
    'after destroy',
    'before remove',
    'after remove',
    'before write', // the tombstone
    'after write',
    'before scrub',
    'after scrub',
  ];

  /** One clip that is due when the sweeper starts, and one that is not. */
  async function dueWorld(folder: string) {
    const clock = standingClock(newYear);
    const storage = await openStorage(folder, clock);
    const due = await storeSample(storage, 1, later(newYear, days(-60)), { storedAt: newYear });
    const fresh = await storeSample(storage, 2, newYear);
    return { clock, storage, due, fresh };
  }

  test('its steps are these, in this order', async () => {
    const { storage } = await dueWorld(temporaryFolder());
    expect(await stepsOfSweep(storage)).toEqual(steps);
  });

  test('the tombstone keeps nothing that its doorbell signed of the footage [RET-7]', async () => {
    const { storage, due } = await dueWorld(temporaryFolder());
    const marked = { markedChunks: 3, markedRoot: 'ab'.repeat(32), markedSig: 'A'.repeat(96) };
    await storage.catalogue.write((tx) =>
      tx.updateTable('clips').set(marked).where('clip', '=', due.key.clip).execute(),
    );
    await stepsOfSweep(storage);
    const row = await storage.catalogue.read
      .selectFrom('clips')
      .selectAll()
      .where('clip', '=', due.key.clip)
      .executeTakeFirst();
    expect(row).toMatchObject({
      ...{ possession: 'shredded', opening: '{}', final: null },
      ...{ markedChunks: 0, markedRoot: null, markedSig: null },
    });
  });

  test.each(steps.map((name, index) => [`${index}: ${name}`, index]))(
    'the next start finishes it: killed at %s',
    async (_title, killAt) => {
      const folder = temporaryFolder();
      const { clock, storage: first, due, fresh } = await dueWorld(folder);
      const doomed = crashingStorage(first, killAt);
      await sweeperOf(doomed)
        .start()
        .catch(() => {});
      expect(doomed.steps).toHaveLength(killAt + 1);
      await first.catalogue.close();

      const second = await openStorage(folder, clock);
      const sweeper = sweeperOf(second);
      await sweeper.start();
      await sweeper.stop();
      const rows = await second.catalogue.read
        .selectFrom('clips')
        .select(['clip', 'possession'])
        .orderBy('clip')
        .execute();
      expect(rows.map(({ possession }) => possession)).toEqual(['shredded', 'stored']);
      expect(await listed(second.vault)).toEqual([fresh.key.clip]);
      expect(await listed(second.keys)).toEqual([fresh.key.clip]);
      const told = await second.catalogue.read
        .selectFrom('ledger')
        .select('kind')
        .where('clip', '=', due.key.clip)
        .orderBy('seq')
        .execute();
      expect(told.map(({ kind }) => kind)).toEqual([
        'clip-opened',
        'clip-stored',
        'purge-intended',
        'purged',
      ]);
    },
  );
});

describe('a sweep of several clips cut off anywhere [RET-6]', () => {
  const dueCount = 3;
  const each = (name: string) => Array.from({ length: dueCount }, () => name);
  /** Each step of all of them before the next of any. */
  const steps = [
    ...['before write', 'after write'],
    ...[...each('before destroy'), ...each('after destroy')],
    ...[...each('before remove'), ...each('after remove')],
    ...['before write', 'after write', 'before scrub', 'after scrub'],
  ];

  async function dueWorld(folder: string) {
    const clock = standingClock(newYear);
    const storage = await openStorage(folder, clock);
    for (let n = 1; n <= dueCount; n++) {
      await storeSample(storage, n, later(newYear, days(-60)), { storedAt: newYear });
    }
    return { clock, storage };
  }

  async function remains(storage: Storage) {
    const rows = await storage.catalogue.read
      .selectFrom('clips')
      .select(['clip', 'possession'])
      .orderBy('clip')
      .execute();
    const keys = await listed(storage.keys);
    const journals = await listed(storage.vault);
    return rows.map(({ clip, possession }) => ({
      possession,
      hasKey: keys.includes(clip),
      hasBytes: journals.includes(clip),
    }));
  }

  test('its steps are these, in this order', async () => {
    const { storage } = await dueWorld(temporaryFolder());
    expect(await stepsOfSweep(storage)).toEqual(steps);
  });

  test.each(steps.map((name, index) => [`${index}: ${name}`, index]))(
    'leaves each clip at a step of its own purge, and the next start finishes all: killed at %s',
    async (_title, killAt) => {
      const folder = temporaryFolder();
      const { clock, storage: first } = await dueWorld(folder);
      await sweeperOf(crashingStorage(first, killAt))
        .start()
        .catch(() => {});
      await first.catalogue.close();

      const second = await openStorage(folder, clock);
      for (const { possession, hasKey, hasBytes } of await remains(second)) {
        // Nothing goes before the intent; the key before the bytes; both before the tombstone.
        if (possession === 'stored')
          expect({ hasKey, hasBytes }).toEqual({ hasKey: true, hasBytes: true });
        if (hasKey) expect(hasBytes).toBe(true);
        if (possession === 'shredded') expect(hasBytes).toBe(false);
      }
      const sweeper = sweeperOf(second);
      await sweeper.start();
      await sweeper.stop();
      const gone = { possession: 'shredded', hasKey: false, hasBytes: false };
      expect(await remains(second)).toEqual(each('').map(() => gone));
      for (const kind of ['purge-intended', 'purged'] as const) {
        const told = await second.catalogue.read
          .selectFrom('ledger')
          .select('clip')
          .where('kind', '=', kind)
          .execute();
        expect(told).toHaveLength(dueCount);
      }
    },
  );
});

describe('after a purge [RET-7, I25]', () => {
  test('nothing of the clip is found in any file, the write-ahead log included', async () => {
    const folder = temporaryFolder();
    const clock = standingClock(newYear);
    const storage = await openStorage(folder, clock);
    const secrets = {
      opening: 'the wrapped key of an end-to-end encrypted clip',
      final: 'who rang',
    };
    const { key, chunks, still } = await storeSample(storage, 1, newYear, {
      opening: JSON.stringify({ e2ee: secrets.opening }),
      triggers: JSON.stringify([secrets.final]),
    });
    const other = await storeSample(storage, 2, newYear, {
      expiresAt: later(newYear, days(90)),
      deleteAt: later(newYear, days(90)),
    });

    const findable = wanted(folder, key, secrets);
    // First everything is found, each in its place; a search that finds nothing proves nothing.
    expect(findable.map(({ name }) => name)).toEqual([
      'catalogue: opening',
      'catalogue: triggers',
      'journal: first half',
      'journal: second half',
      'wrapped key',
    ]);
    expect(findable.flatMap(({ name, bytes }) => (found(folder, bytes) ? [] : [name]))).toEqual([]);

    const sweeper = sweeperOf(storage);
    await sweeper.start();
    clock.advance(days(60));
    await sweeper.sweep(); // the one that the clock began on its way
    await sweeper.sweep();
    await sweeper.stop();

    expect(findable.filter(({ bytes }) => found(folder, bytes)).map(({ name }) => name)).toEqual(
      [],
    );
    for (const plaintext of [...chunks, still.jpeg]) {
      expect(found(folder, plaintext.subarray(0, 32))).toBe(false);
    }
    const reader = await storage.vault.openRead(other.key, await storage.keys.obtain(other.key));
    expect(Buffer.from((await reader?.read(0)) ?? [])).toEqual(other.chunks[0]);
    await reader?.close();
  });

  type Wanted = { readonly name: string; readonly bytes: Buffer };

  function wanted(
    folder: string,
    key: { readonly clip: string },
    secrets: { readonly opening: string; readonly final: string },
  ): Wanted[] {
    const files = [...filesUnder(dataFolder(folder))];
    const fileOf = (suffix: string): Buffer =>
      files.find(([path]) => path.endsWith(`${key.clip}${suffix}`))?.[1] ?? Buffer.alloc(0);
    const journal = fileOf('.journal');
    const half = Math.floor(journal.length / 2);
    return [
      { name: 'catalogue: opening', bytes: Buffer.from(secrets.opening) },
      { name: 'catalogue: triggers', bytes: Buffer.from(secrets.final) },
      { name: 'journal: first half', bytes: journal.subarray(half - 64, half) },
      { name: 'journal: second half', bytes: journal.subarray(-64) },
      { name: 'wrapped key', bytes: fileOf('.key').subarray(4) },
    ];
  }

  const found = (folder: string, bytes: Buffer): boolean =>
    bytes.length > 0 &&
    [...filesUnder(dataFolder(folder)).values()].some((file) => file.includes(bytes));
});

test('only the purge, and the removal of a bag, destroy keys or bytes [RET-9]', () => {
  const root = fileURLToPath(new URL('../../../../cloud-stub/', import.meta.url));
  const callers = [...filesUnder(root)]
    .filter(([path]) => path.endsWith('.ts') && !path.includes('/backends/'))
    .filter(([, bytes]) => /\b(keys|keyVault)\.destroy\(|\bvault\.remove\(/.test(bytes.toString()))
    .map(([path]) => path.slice(root.length));
  expect(callers.sort()).toEqual([
    'services/exports/export-bag-store.ts',
    'services/retention/purge.ts',
  ]);
});
