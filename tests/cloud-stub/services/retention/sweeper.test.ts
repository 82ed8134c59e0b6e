import { describe, expect, test } from 'vitest';
import { ring2019 } from '../../../../cloud-stub/custody/profiles/ring-2019.ts';
import { openLog } from '../../../../cloud-stub/log.ts';
import type { ClipKey } from '../../../../cloud-stub/ports.ts';
import {
  confirmClock,
  standingRefusal,
} from '../../../../cloud-stub/services/retention/clock-watch.ts';
import { Sweeper } from '../../../../cloud-stub/services/retention/sweeper.ts';
import { days, later, milliseconds, minutes } from '../../../../device/wire/time.ts';
import { eventNumbered, newYear } from '../../../support/cloud/catalogue-rows.ts';
import {
  openStorage,
  type Storage,
  sampleClip,
  storeSample,
} from '../../../support/cloud/cloud-storage.ts';
import { standingClock } from '../../../support/standing-clock.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';
import { waitFor } from '../../../support/wait-for.ts';

const silent = openLog('silent');

async function world() {
  const clock = standingClock(newYear);
  const storage = await openStorage(temporaryFolder(), clock);
  const purged: ClipKey[] = [];
  const sweeper = new Sweeper(storage, ring2019, silent, { onPurged: (key) => purged.push(key) });
  return { clock, storage, sweeper, purged };
}

const possessions = async ({ catalogue }: Storage) =>
  (
    await catalogue.read
      .selectFrom('clips')
      .select(['clip', 'possession'])
      .orderBy('clip')
      .execute()
  ).map(({ possession }) => possession);

const ledgerKinds = async ({ catalogue }: Storage) =>
  (await catalogue.read.selectFrom('ledger').select('kind').orderBy('seq').execute()).map(
    ({ kind }) => kind,
  );

describe('the sweeper', () => {
  test('purges a clip when its window ends and not an instant before [RET-1, RET-2]', async () => {
    const { clock, storage, sweeper, purged } = await world();
    const { key } = await storeSample(storage, 1, newYear);
    await sweeper.start();
    clock.advance(milliseconds(days(60) - 1));
    expect(await sweeper.sweep()).toMatchObject({ purged: 0, refused: null });
    expect(await possessions(storage)).toEqual(['stored']);
    clock.advance(milliseconds(1));
    await waitFor('the purge', async () => {
      await sweeper.sweep();
      return purged.length > 0;
    });
    expect(purged).toEqual([key]);
    expect(await possessions(storage)).toEqual(['shredded']);
    expect(await storage.keys.find(key)).toBeNull();
    expect(await ledgerKinds(storage)).toEqual([
      'clip-opened',
      'clip-stored',
      'purge-intended',
      'purged',
    ]);
    await sweeper.stop();
  });

  test('sweeps by itself once a period [RET-1]', async () => {
    const { clock, storage, sweeper, purged } = await world();
    // Due a millisecond after a sweep: the next one takes it.
    await sweeper.start();
    clock.advance(milliseconds(1));
    await storeSample(storage, 1, clock.now());
    clock.advance(milliseconds(days(60) - 1));
    await sweeper.sweep();
    expect(purged).toEqual([]);
    clock.advance(ring2019.sweepPeriodMs);
    await waitFor('the purge', () => purged.length > 0);
    await sweeper.stop();
    expect(clock.waiting()).toEqual([]);
  });

  test('the tombstone keeps what is known of the clip and none of its contents [RET-6]', async () => {
    const { clock, storage, sweeper } = await world();
    const { key } = await storeSample(storage, 1, newYear, {
      opening: '{"e2ee":{"recipients":["wrapped"]}}',
      triggers: '[{"kind":"ding"}]',
      durationMs: 3000,
    });
    const before = await storage.catalogue.read.selectFrom('clips').selectAll().executeTakeFirst();
    await sweeper.start();
    clock.advance(days(61));
    await sweeper.sweep();
    await sweeper.sweep();
    const after = await storage.catalogue.read.selectFrom('clips').selectAll().executeTakeFirst();
    expect(after).toEqual({
      ...before,
      possession: 'shredded',
      visibility: 'expired',
      opening: '{}',
      triggers: '[]',
      durationMs: null,
      purgedAt: later(newYear, days(61)),
    });
    expect(await storage.catalogue.read.selectFrom('stills').selectAll().execute()).toEqual([]);
    await expect(storage.keys.obtain(key)).rejects.toThrow(/destroyed/);
    await sweeper.stop();
  });

  test('purges many at once, each once, and leaves what is not due alone', async () => {
    const { clock, storage, sweeper, purged } = await world();
    for (let n = 0; n < 40; n++) {
      const expiresAt = later(newYear, days(n % 2 === 0 ? 60 : 90));
      await storeSample(storage, n, newYear, { expiresAt, deleteAt: expiresAt });
    }
    await sweeper.start();
    clock.advance(days(60));
    await sweeper.sweep();
    await sweeper.sweep();
    expect(purged.map(({ clip }) => clip).sort()).toEqual(
      Array.from({ length: 20 }, (_, n) => sampleClip(2 * n).key.clip),
    );
    expect(await possessions(storage)).toEqual(
      Array.from({ length: 40 }, (_, n) => (n % 2 === 0 ? 'shredded' : 'stored')),
    );
    await sweeper.stop();
  });

  test('a clip given up while it arrived goes too, one that still arrives does not', async () => {
    const { storage, sweeper } = await world();
    const staged = { possession: 'staged', storedAt: null, expiresAt: null, root: null } as const;
    await storeSample(storage, 1, newYear, { ...staged, deleteAt: newYear });
    await storeSample(storage, 2, newYear, { ...staged, deleteAt: null });
    await sweeper.start();
    expect(await possessions(storage)).toEqual(['shredded', 'staged']);
    await sweeper.stop();
  });

  test('a late clip is purged at once, on demand [RET-4]', async () => {
    const { storage, sweeper } = await world();
    await sweeper.start();
    const expiresAt = later(newYear, days(-10));
    const late = await storeSample(storage, 1, later(newYear, days(-70)), {
      expiresAt,
      deleteAt: expiresAt,
      storedAt: newYear,
      visibility: 'expired',
    });
    const fresh = await storeSample(storage, 2, newYear);
    expect(await sweeper.purge(late.key)).toEqual({ purged: true });
    expect(await sweeper.purge(fresh.key)).toEqual({ purged: false, because: 'not-due' });
    expect(await sweeper.purge(late.key)).toEqual({ purged: false, because: 'already-purged' });
    expect(await sweeper.purge(sampleClip(3).key)).toEqual({
      purged: false,
      because: 'no-such-clip',
    });
    expect(await possessions(storage)).toEqual(['shredded', 'stored']);
    await sweeper.stop();
  });

  test('a purge that fails is tried again at the next sweep, and others go on', async () => {
    const { clock, storage, purged } = await world();
    await storeSample(storage, 1, newYear);
    await storeSample(storage, 2, newYear);
    let broken = true;
    const sweeper = new Sweeper(
      {
        ...storage,
        vault: {
          ...storage.vault,
          remove: async (key) => {
            if (broken && key.clip === sampleClip(1).key.clip) throw new Error('the disk is ill');
            await storage.vault.remove(key);
          },
        },
      },
      ring2019,
      silent,
      { onPurged: (key) => purged.push(key) },
    );
    await sweeper.start();
    clock.advance(days(60));
    await sweeper.sweep();
    expect(await sweeper.sweep()).toMatchObject({ failed: 1 });
    expect(await possessions(storage)).toEqual(['shredding', 'shredded']);
    broken = false;
    expect(await sweeper.sweep()).toMatchObject({ purged: 1, failed: 0 });
    expect(await possessions(storage)).toEqual(['shredded', 'shredded']);
    expect(purged).toHaveLength(2);
    expect((await ledgerKinds(storage)).filter((kind) => kind === 'purge-intended')).toHaveLength(
      2,
    );
    await sweeper.stop();
  });

  test('events go when their window ends, counted in the ledger [RET-10]', async () => {
    const { clock, storage, sweeper } = await world();
    await storeSample(storage, 1, newYear);
    await storage.catalogue.write(async (tx) => {
      for (let seq = 0; seq < 600; seq++) {
        // Those that stay have a millisecond to go.
        const expiresAt = later(newYear, milliseconds(days(10) + (seq < 550 ? 0 : 1)));
        await tx.insertInto('events').values(eventNumbered(seq, { expiresAt })).execute();
      }
    });
    await sweeper.start();
    clock.advance(days(10));
    await sweeper.sweep();
    await sweeper.sweep();
    const left = await storage.catalogue.read.selectFrom('events').select('seq').execute();
    expect(left).toHaveLength(50);
    const told = await storage.catalogue.read
      .selectFrom('ledger')
      .select('facts')
      .where('kind', '=', 'events-purged')
      .execute();
    expect(told.map(({ facts }) => JSON.parse(facts).count)).toEqual([500, 50]);
    await sweeper.stop();
  });
});

describe('under a doubtful clock nothing is purged [RET-8, I26]', () => {
  /** A clock whose wall time can be moved without the monotonic one. */
  async function skewed(startAt = newYear) {
    const clock = standingClock(startAt);
    let skewMs = 0;
    const wall = { ...clock, now: () => later(clock.now(), milliseconds(skewMs)) };
    const folder = temporaryFolder();
    const storage = await openStorage(folder, wall);
    return {
      clock,
      storage,
      folder,
      skew: (ms: number) => {
        skewMs = ms;
      },
    };
  }
  const sweeperOf = (storage: Storage) => new Sweeper(storage, ring2019, silent);

  test.each([
    ['forward', days(70)],
    ['backward', -days(1)],
    ['forward by more than five minutes', minutes(5) + 1],
  ])('the wall clock jumps %s within a run', async (_title, skewMs) => {
    const { storage, skew, clock } = await skewed();
    await storeSample(storage, 1, later(newYear, days(-60)), { storedAt: newYear });
    const sweeper = sweeperOf(storage);
    await storage.catalogue.write((tx) =>
      storage.ledger.append(tx, { kind: 'account-opened', at: newYear, actor: 'test', facts: {} }),
    );
    await sweeper.start();
    expect(await possessions(storage)).toEqual(['shredded']);
    await storeSample(storage, 2, later(newYear, days(-60)), { storedAt: newYear });
    skew(skewMs);
    expect(await sweeper.sweep()).toMatchObject({ purged: 0, refused: expect.any(String) });
    expect(await sweeper.sweep()).toMatchObject({ purged: 0, refused: expect.any(String) });
    expect(await sweeper.purge(sampleClip(2).key)).toMatchObject({ purged: false });
    expect(await possessions(storage)).toEqual(['shredded', 'stored']);
    // One refusal is one entry, however many sweeps it lasts.
    expect((await ledgerKinds(storage)).filter((kind) => kind === 'sweep-refused')).toHaveLength(1);
    skew(0);
    clock.advance(minutes(10));
    expect(await sweeper.sweep()).toMatchObject({ purged: 0, refused: expect.any(String) });
    await sweeper.confirmClock('operator');
    expect(await sweeper.sweep()).toMatchObject({ purged: 1, refused: null });
    await sweeper.stop();
  });

  test('a confirmation written beside it reaches a running cloud', async () => {
    const { storage, skew } = await skewed();
    await storeSample(storage, 1, later(newYear, days(-60)), { storedAt: newYear });
    const sweeper = sweeperOf(storage);
    skew(days(8));
    await sweeper.start();
    expect((await sweeper.sweep()).refused).not.toBeNull();
    expect(await standingRefusal(storage)).toMatch(/ledger entry \d+ was never confirmed/);
    await confirmClock(storage, 'operator');
    expect(await standingRefusal(storage)).toBeNull();
    expect(await sweeper.sweep()).toMatchObject({ purged: 1, refused: null });
    await sweeper.stop();
  });

  test('before it was judged no purge is let through', async () => {
    const { storage } = await skewed();
    const late = await storeSample(storage, 1, later(newYear, days(-60)), { storedAt: newYear });
    expect(await sweeperOf(storage).purge(late.key)).toEqual({
      purged: false,
      because: 'the clock was not judged yet',
    });
  });

  test('a step of the wall clock within the bound is no reason to stop', async () => {
    const { storage, skew } = await skewed();
    const sweeper = sweeperOf(storage);
    await sweeper.start();
    skew(minutes(5));
    expect((await sweeper.sweep()).refused).toBeNull();
    await sweeper.stop();
  });

  test.each([
    ['before the last ledger entry', -1],
    ['more than seven days after it', days(7) + 1],
  ])('it starts %s', async (_title, skewMs) => {
    const { storage, skew } = await skewed();
    await storeSample(storage, 1, later(newYear, days(-61)), { storedAt: newYear });
    await storage.catalogue.write((tx) =>
      storage.ledger.append(tx, { kind: 'account-opened', at: newYear, actor: 'test', facts: {} }),
    );
    skew(skewMs);
    const sweeper = sweeperOf(storage);
    await sweeper.start();
    await sweeper.stop();
    expect(await possessions(storage)).toEqual(['stored']);
    expect((await ledgerKinds(storage)).at(-1)).toBe('sweep-refused');
    // A restart is no confirmation, though the refusal itself is now the last entry.
    const second = sweeperOf(storage);
    await second.start();
    expect(await possessions(storage)).toEqual(['stored']);
    await second.confirmClock('operator');
    await second.sweep();
    expect(await possessions(storage)).toEqual(['shredded']);
    await second.stop();
    expect((await ledgerKinds(storage)).slice(-4)).toEqual([
      'sweep-refused',
      'clock-confirmed',
      'purge-intended',
      'purged',
    ]);
  });

  test('a start exactly seven days after the last entry is plausible', async () => {
    const { storage, clock } = await skewed();
    await storeSample(storage, 1, newYear);
    clock.advance(days(7));
    const sweeper = sweeperOf(storage);
    await sweeper.start();
    expect((await sweeper.sweep()).refused).toBeNull();
    await sweeper.stop();
  });

  test('a committed intent is finished all the same [RET-6]', async () => {
    const { storage, skew } = await skewed();
    const { key } = await storeSample(storage, 1, later(newYear, days(-60)), { storedAt: newYear });
    await storage.catalogue.write(async (tx) => {
      await tx
        .updateTable('clips')
        .set({ possession: 'shredding', visibility: 'expired' })
        .execute();
      await storage.ledger.append(tx, {
        kind: 'purge-intended',
        at: newYear,
        actor: 'x',
        facts: {},
      });
    });
    skew(-days(1));
    const sweeper = sweeperOf(storage);
    await sweeper.start();
    await sweeper.stop();
    expect(await possessions(storage)).toEqual(['shredded']);
    expect(await storage.keys.find(key)).toBeNull();
  });
});

describe('where nothing is due and nothing was written', () => {
  test('a sweep looks at nothing, and at everything again after a write', async () => {
    const { clock, storage, sweeper } = await world();
    await storeSample(storage, 1, newYear);
    await sweeper.start();
    let looks = 0;
    const { read } = storage.catalogue;
    const executor = read.getExecutor();
    const executeQuery = executor.executeQuery.bind(executor);
    executor.executeQuery = (...query) => {
      looks++;
      return executeQuery(...query);
    };
    clock.advance(days(1));
    await sweeper.sweep();
    expect(looks).toBe(0);
    await storeSample(storage, 2, later(newYear, days(-61)), { storedAt: newYear });
    expect(await sweeper.sweep()).toMatchObject({ purged: 1 });
    expect(looks).toBeGreaterThan(0);
    await sweeper.stop();
  });
});
