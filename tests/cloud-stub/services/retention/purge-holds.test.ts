import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import type { HoldKind } from '../../../../cloud-stub/custody/holds-policy.ts';
import { ring2019 } from '../../../../cloud-stub/custody/profiles/ring-2019.ts';
import { openLog } from '../../../../cloud-stub/log.ts';
import { makeHolds } from '../../../../cloud-stub/services/holds/holds.ts';
import { makeLeases } from '../../../../cloud-stub/services/holds/leases.ts';
import { Sweeper } from '../../../../cloud-stub/services/retention/sweeper.ts';
import { type DurationMs, days, later, milliseconds } from '../../../../device/wire/time.ts';
import { newYear } from '../../../support/cloud/catalogue-rows.ts';
import { clipNumbered, ulidNumbered } from '../../../support/cloud/clip-samples.ts';
import { openStorage, type Storage, storeSample } from '../../../support/cloud/cloud-storage.ts';
import { crashingStorage } from '../../../support/cloud/crashing-ports.ts';
import { ada, bea, day, holdNumbered, warrant } from '../../../support/cloud/hold-office.ts';
import { standingClock } from '../../../support/standing-clock.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

const silent = openLog('silent');
const key = clipNumbered(1);

/** Clip 1 of day 0, due on day 60; a sweeper whose clock has run well until now. */
async function world() {
  const folder = temporaryFolder();
  const clock = standingClock(newYear);
  const storage = await openStorage(folder, clock);
  await storeSample(storage, 1, newYear);
  const sweeper = new Sweeper(storage, ring2019, silent);
  await sweeper.start();
  const holds = makeHolds(storage, ring2019);
  /** Time passes and a sweep of that moment has ended. */
  const pass = async (length: DurationMs) => {
    clock.advance(length);
    await sweeper.sweep();
    return sweeper.sweep();
  };
  return { folder, clock, storage, sweeper, holds, pass };
}

const possession = async ({ catalogue }: Storage) =>
  (await catalogue.read.selectFrom('clips').select('possession').executeTakeFirstOrThrow())
    .possession;

const told = async ({ catalogue }: Storage, ...kinds: readonly string[]) =>
  (
    await catalogue.read
      .selectFrom('ledger')
      .select(['kind', 'facts'])
      .where('kind', 'in', kinds as never)
      .orderBy('seq')
      .execute()
  ).map(({ kind, facts }) => ({ kind, facts: JSON.parse(facts) }));

describe('a held clip', () => {
  test('outlives its window, and goes within a sweep after the grace of its release [HLD-7, RET-1]', async () => {
    const { storage, sweeper, holds, pass } = await world();
    await holds.place(warrant(1));
    await pass(days(70));
    expect(await possession(storage)).toBe('stored');
    await holds.release({ hold: holdNumbered(1), because: 'released', by: `reviewer:${ada}` });
    await pass(days(10));
    await holds.release({ hold: holdNumbered(1), because: 'released', by: `approver:${bea}` });
    await pass(milliseconds(days(30) - 1));
    expect(await possession(storage)).toBe('stored');
    await pass(ring2019.sweepPeriodMs);
    expect(await possession(storage)).toBe('shredded');
    const [intent] = await told(storage, 'purge-intended');
    expect(intent?.facts).toMatchObject({ because: 'window-ended', holdEpoch: 2 });
    await sweeper.stop();
  });

  test.each<[HoldKind, number]>([
    ['intake', 60],
    ['eu-preservation', 60 + 7],
    ['preservation-request', 90 + 7],
  ])('under %s goes by itself on day %i [HLD-5, HLD-7]', async (kind, goesOn) => {
    const { storage, sweeper, holds, pass } = await world();
    // A term of 60 days that ends with the window lengthens nothing.
    await pass(days(kind === 'eu-preservation' ? 1 : 0));
    await holds.place(warrant(1, { kind }));
    const last = kind === 'eu-preservation' ? goesOn + 1 : goesOn;
    for (let at = await daysPassed(storage); at < last; at += 5) {
      await pass(days(Math.min(5, last - at)));
      if (at + 5 < last) expect(await possession(storage)).toBe('stored');
    }
    await pass(ring2019.sweepPeriodMs);
    expect(await possession(storage)).toBe('shredded');
    expect((await told(storage, 'hold-ended')).map(({ facts }) => facts.because)).toEqual([
      'lapsed',
    ]);
    await sweeper.stop();
  });

  test('a lease keeps it a day, then it goes with the next sweep', async () => {
    const { storage, sweeper, pass } = await world();
    await pass(days(59.5));
    const leases = makeLeases(storage, ring2019);
    await storage.catalogue.write((tx) => leases.take(tx, ulidNumbered(1), ulidNumbered(2), [key]));
    await pass(days(0.9));
    expect(await possession(storage)).toBe('stored');
    await pass(days(0.1));
    expect(await possession(storage)).toBe('shredded');
    await sweeper.stop();
  });

  test('costs a sweep no look at all', async () => {
    const { storage, sweeper, holds, pass } = await world();
    await holds.place(warrant(1));
    await pass(days(70));
    // A word of today, so that the start is not in doubt.
    await storage.catalogue.write((tx) =>
      storage.ledger.append(tx, {
        kind: 'account-opened',
        at: storage.clock.now(),
        actor: 'test',
        facts: {},
      }),
    );
    const writes: unknown[] = [];
    const watched = new Sweeper(
      {
        ...storage,
        catalogue: {
          ...storage.catalogue,
          write: (work) => {
            writes.push(work);
            return storage.catalogue.write(work);
          },
        },
      },
      ring2019,
      silent,
    );
    await watched.start();
    expect(await watched.sweep()).toMatchObject({ refused: null, purged: 0 });
    expect(writes).toEqual([]);
    await watched.stop();
    await sweeper.stop();
  });

  const daysPassed = async ({ clock }: Storage): Promise<number> =>
    Math.round((clock.now() - newYear) / days(1));
});

test('one clip that cannot be purged keeps none of the others from it [RET-1]', async () => {
  const { storage, sweeper, pass } = await world();
  for (const n of [2, 3]) await storeSample(storage, n, newYear);
  await storage.catalogue.write((tx) =>
    sql
      .raw(
        `create trigger isIll before update on clips
         when new.possession = 'shredding' and old.clip = '${clipNumbered(2).clip}'
         begin select raise(abort, 'ill'); end`,
      )
      .execute(tx),
  );
  expect(await pass(days(60))).toMatchObject({ failed: 1 });
  const rows = await storage.catalogue.read
    .selectFrom('clips')
    .select('possession')
    .orderBy('clip')
    .execute();
  expect(rows.map(({ possession }) => possession)).toEqual(['shredded', 'stored', 'shredded']);
  await sweeper.stop();
});

describe('a hold races a purge: held and alive, or no records and gone [HLD-6, I5]', () => {
  /** The clip is due, and nobody has swept yet. */
  async function dueWorld() {
    const folder = temporaryFolder();
    const clock = standingClock(newYear);
    const storage = await openStorage(folder, clock);
    await storeSample(storage, 1, later(newYear, days(-60)), { storedAt: newYear });
    return { folder, clock, storage };
  }
  const placement = warrant(1, { scope: { ...warrant(1).scope, from: null } });

  test.each(['hold', 'purge'] as const)('the %s asks first', async (first) => {
    const { storage } = await dueWorld();
    const sweeper = new Sweeper(storage, ring2019, silent);
    const holds = makeHolds(storage, ring2019);
    const place = () => holds.place(placement);
    const sweep = () => sweeper.start();
    const [placed] =
      first === 'hold'
        ? await Promise.all([place(), sweep()])
        : await Promise.all([sweep(), place()]).then(([, outcome]) => [outcome]);
    await sweeper.sweep();
    expect([placed?.ok, await possession(storage)]).toEqual(
      first === 'hold' ? [true, 'stored'] : [expect.any(Boolean), expect.any(String)],
    );
    expect(await possession(storage)).toBe(placed?.ok ? 'stored' : 'shredded');
    await sweeper.stop();
  });

  const steps = 14;
  test.each(Array.from({ length: steps }, (_, killAt) => killAt))(
    'the purge is killed at step %i, then the hold is placed, then the cloud starts again',
    async (killAt) => {
      const { folder, clock, storage } = await dueWorld();
      const doomed = crashingStorage(storage, killAt);
      await new Sweeper(doomed, ring2019, silent).start().catch(() => {});
      const placed = await makeHolds(storage, ring2019).place(placement);
      await storage.catalogue.close();
      const reborn = await openStorage(folder, clock);
      const sweeper = new Sweeper(reborn, ring2019, silent);
      await sweeper.start();
      await sweeper.stop();
      expect(await possession(reborn)).toBe(placed.ok ? 'stored' : 'shredded');
      expect(await reborn.keys.find(key)).toEqual(placed.ok ? expect.anything() : null);
      // Nothing but the intent decides: before its commit the hold wins, after it the purge.
      expect(placed.ok).toBe(killAt === 0);
      if (!placed.ok) expect(placed.because).toBe('nothing-to-hold');
    },
  );

  test.each(['before write', 'after write'])(
    'the hold is killed %s: after a restart the clip lives if it was acknowledged or committed',
    async (at) => {
      const { folder, clock, storage } = await dueWorld();
      const doomed = crashingStorage(storage, at === 'before write' ? 0 : 1);
      await expect(makeHolds(doomed, ring2019).place(placement)).rejects.toThrow();
      await storage.catalogue.close();
      const reborn = await openStorage(folder, clock);
      const sweeper = new Sweeper(reborn, ring2019, silent);
      await sweeper.start();
      expect(await possession(reborn)).toBe(at === 'after write' ? 'stored' : 'shredded');
      // Asked again, it answers as it has to: placed before, or nothing left to hold.
      expect(await makeHolds(reborn, ring2019).place(placement)).toMatchObject(
        at === 'after write'
          ? { ok: true, isNew: false }
          : { ok: false, because: 'nothing-to-hold' },
      );
      await sweeper.stop();
    },
  );
});

describe('while what is held cannot be read nothing is purged [RET-8, I26]', () => {
  test.each([
    ['a hold that is no hold', `update holds set renewals = '[1]'`],
    ['a registry that is gone', 'alter table holds rename to lost'],
    [
      'a registry older than the ledger',
      `drop trigger holdEpochAscends; update holdEpoch set epoch = 0`,
    ],
  ])('%s', async (_title, statements) => {
    const { storage, sweeper, holds, pass } = await world();
    await storeSample(storage, 2, newYear);
    await holds.place(
      warrant(1, {
        scope: { ...warrant(1).scope, from: day(-9), to: day(-5) },
        kind: 'litigation',
      }),
    );
    await storage.catalogue.write(async (tx) => {
      for (const each of statements.split(';')) await sql.raw(each).execute(tx);
    });
    expect(await pass(days(60))).toMatchObject({ purged: 0, refused: expect.any(String) });
    await pass(days(1));
    expect(await possession(storage)).toBe('stored');
    const refusals = await told(storage, 'sweep-refused');
    expect(refusals).toMatchObject([
      { facts: { because: expect.stringMatching(/the hold registry/) } },
    ]);
    await sweeper.stop();
  });

  test('one clip whose holds cannot be read stops the sweep for all until someone has looked', async () => {
    const { storage, sweeper, holds, pass } = await world();
    await storeSample(storage, 2, newYear);
    // Ended, it is not among those that a sweep reads beforehand.
    await holds.place(warrant(1));
    for (const by of [`reviewer:${ada}`, `approver:${bea}`]) {
      await holds.release({ hold: holdNumbered(1), because: 'released', by });
    }
    await storage.catalogue.write((tx) =>
      sql
        .raw(`drop trigger holdEndsOnce`)
        .execute(tx)
        .then(() => sql.raw(`update holds set renewals = '[1]'`).execute(tx)),
    );
    expect(await pass(days(60))).toMatchObject({ purged: 0, refused: expect.any(String) });
    expect(await storage.keys.find(clipNumbered(2))).not.toBeNull();
    await storage.catalogue.write((tx) => sql.raw(`update holds set renewals = '[]'`).execute(tx));
    expect(await sweeper.sweep()).toMatchObject({ purged: 0, refused: expect.any(String) });
    await sweeper.confirmClock('operator');
    expect(await sweeper.sweep()).toMatchObject({ purged: 2, refused: null });
    await sweeper.stop();
  });
});
