import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import {
  openCatalogue,
  openMemoryCatalogue,
} from '../../../cloud-stub/backends/sqlite-catalogue.ts';
import type { ThingName } from '../../../device/wire/ids.ts';
import { catalogueContract } from '../../contract/catalogue.ts';
import { accountNumbered, openCatalogueForTest } from '../../support/cloud/catalogue-rows.ts';
import { ulidNumbered } from '../../support/cloud/clip-samples.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const inFolder = () => join(temporaryFolder(), 'data', 'catalogue.sqlite');

catalogueContract('SQLite catalogue', async () => openCatalogue(inFolder()));
catalogueContract('forgotten SQLite catalogue', async () => openMemoryCatalogue());

describe('writes that share a commit', () => {
  const open = () => openCatalogueForTest(() => openCatalogue(inFolder()));

  test('resolve together, none before all of them are durable', async () => {
    const catalogue = await open();
    const gate = Promise.withResolvers<void>();
    const order: string[] = [];
    const first = catalogue
      .write((tx) => tx.insertInto('accounts').values(accountNumbered(1)).execute())
      .then(() => order.push('first'));
    const second = catalogue
      .write(async (tx) => {
        await tx.insertInto('accounts').values(accountNumbered(2)).execute();
        order.push('second worked');
        await gate.promise;
      })
      .then(() => order.push('second'));
    for (let turn = 0; turn < 20; turn++) await setImmediate();
    expect(order).toEqual(['second worked']);
    gate.resolve();
    await Promise.all([first, second]);
    expect(order).toEqual(['second worked', 'first', 'second']);
  });

  test('fail together when the commit fails, and the next ones go on', async () => {
    const catalogue = await open();
    const writes = [
      catalogue.write((tx) => tx.insertInto('accounts').values(accountNumbered(1)).execute()),
      catalogue.write(async (tx) => {
        // A reference that dangles is found at the commit only.
        await sql`pragma defer_foreign_keys = on`.execute(tx);
        await tx
          .insertInto('tokens')
          .values({
            tokenHash: 'ab'.repeat(32),
            account: ulidNumbered(9),
            issuedAt: accountNumbered(1).openedAt,
            expiresAt: null,
          })
          .execute();
      }),
    ];
    const outcomes = await Promise.allSettled(writes);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await catalogue.read.selectFrom('accounts').selectAll().execute()).toEqual([]);
    await catalogue.write((tx) => tx.insertInto('accounts').values(accountNumbered(2)).execute());
    expect(await catalogue.read.selectFrom('accounts').select('name').execute()).toEqual([
      { name: 'account 2' },
    ]);
  });

  test('on a full disk are refused, undone, and possible again when there is room', async () => {
    const catalogue = await open();
    const limitPages = (pages: number) =>
      catalogue.write((tx) => sql`pragma max_page_count = ${sql.lit(pages)}`.execute(tx));
    const insertMany = (from: number) =>
      catalogue.write(async (tx) => {
        for (let n = from; n < from + 200; n++) {
          const account = { ...accountNumbered(n), name: 'x'.repeat(200) };
          await tx.insertInto('accounts').values(account).execute();
        }
      });
    await insertMany(0);
    const { rows } = await sql<{ page_count: number }>`pragma page_count`.execute(catalogue.read);
    await limitPages((rows[0]?.page_count ?? 0) + 3);
    await expect(insertMany(1000)).rejects.toThrow(/full/);
    // One that swallows the error commits nothing either.
    const stubborn = catalogue.write(async (tx) => {
      for (let n = 1000; n < 1200; n++) {
        const account = { ...accountNumbered(n), name: 'x'.repeat(200) };
        await tx
          .insertInto('accounts')
          .values(account)
          .execute()
          .catch(() => {});
      }
    });
    await expect(stubborn).rejects.toThrow();
    expect(await catalogue.read.selectFrom('accounts').selectAll().execute()).toHaveLength(200);
    await limitPages(1_000_000);
    await insertMany(2000);
    expect(await catalogue.read.selectFrom('accounts').selectAll().execute()).toHaveLength(400);
    expect(await catalogue.check()).toEqual([]);
  });

  test('one that asks to be alone shares no transaction, and keeps its place', async () => {
    let transactions = 0;
    const watch = { begun: () => void transactions++, committing: async () => {} };
    const catalogue = await openCatalogueForTest(() => openCatalogue(inFolder(), watch));
    transactions = 0;
    const insert = (n: number, alone: boolean) =>
      catalogue.write(
        async (tx) => {
          await tx.insertInto('accounts').values(accountNumbered(n)).execute();
          if (n === 3) throw new Error('undone');
          return transactions;
        },
        { alone },
      );
    const outcomes = await Promise.allSettled([
      ...[insert(1, false), insert(2, false), insert(3, true), insert(4, true)],
      ...[insert(5, false), insert(6, false)],
    ]);
    expect(outcomes.map((each) => (each.status === 'fulfilled' ? each.value : 'undone'))).toEqual([
      ...[1, 1, 'undone', 3, 4, 4],
    ]);
    const rows = await catalogue.read.selectFrom('accounts').select('name').execute();
    expect(rows.map(({ name }) => name).sort()).toEqual(
      [1, 2, 4, 5, 6].map((n) => accountNumbered(n).name),
    );
  });

  test('more than one commit holds are spread over several', async () => {
    const catalogue = await open();
    await Promise.all(
      Array.from({ length: 300 }, (_, n) =>
        catalogue.write((tx) => tx.insertInto('accounts').values(accountNumbered(n)).execute()),
      ),
    );
    expect(await catalogue.read.selectFrom('accounts').selectAll().execute()).toHaveLength(300);
  });
});

test('a catalogue that was closed is one file', async () => {
  const file = inFolder();
  const catalogue = await openCatalogue(file);
  await catalogue.write((tx) => tx.insertInto('accounts').values(accountNumbered(1)).execute());
  await catalogue.read.selectFrom('accounts').selectAll().execute();
  catalogue.changes();
  await catalogue.close();
  expect(readdirSync(dirname(file))).toEqual(['catalogue.sqlite']);
});

test('a long write gives others their turn while it is at work', async () => {
  const catalogue = await openCatalogueForTest(() => openCatalogue(inFolder()));
  await catalogue.write((tx) => tx.insertInto('accounts').values(accountNumbered(1)).execute());
  let turns = 0;
  let over = false;
  const others = (async () => {
    for (; !over; turns++) await setImmediate();
  })();
  const turnsInside = await catalogue.write(async (tx) => {
    const before = turns;
    for (let n = 0; n < 3; n++) {
      await sql`
        with recursive n(i) as (select 0 union all select i + 1 from n where i < 9999)
        insert into plans select ${ulidNumbered(1)}, ${n} * 10000 + i, 'plan', 86400000 from n
        `.execute(tx);
    }
    return turns - before;
  });
  over = true;
  await others;
  expect(turnsInside).toBeGreaterThanOrEqual(2);
});

test('a limit is part of its statement, which is then prepared once', async () => {
  const catalogue = await openCatalogueForTest(() => openCatalogue(inFolder()));
  const { sql: text, parameters } = catalogue.read
    .selectFrom('clips')
    .select('clip')
    .where('thing', '=', 'porch' as ThingName)
    .limit(3)
    .compile();
  expect(text).toBe('select "clip" from "clips" where "thing" = ? limit 3');
  expect(parameters).toEqual(['porch']);
});

describe('a scrub', () => {
  test('waits its turn among writes, and says when a long read is in its way [RET-7]', async () => {
    const catalogue = await openCatalogueForTest(() => openCatalogue(inFolder()));
    for (const n of [1, 2, 3]) {
      await catalogue.write((tx) => tx.insertInto('accounts').values(accountNumbered(n)).execute());
    }
    const stream = catalogue.read.selectFrom('accounts').selectAll().stream();
    const rows = stream[Symbol.asyncIterator]();
    await rows.next();
    const write = catalogue.write((tx) =>
      tx.insertInto('accounts').values(accountNumbered(4)).execute(),
    );
    expect(await catalogue.scrub()).toBe(false);
    await write;
    await rows.return?.();
    expect(await catalogue.scrub()).toBe(true);
  });
});

describe('a transaction that cannot begin', () => {
  test.each([
    ['a file', () => openCatalogue(inFolder())],
    ['a forgotten one', () => openMemoryCatalogue()],
  ])('fails all who wait for it, and nobody spins: %s', async (_title, open) => {
    const catalogue = open();
    await catalogue.close();
    const late = [1, 2].map((n) =>
      catalogue.write((tx) => tx.insertInto('accounts').values(accountNumbered(n)).execute()),
    );
    const outcomes = await Promise.allSettled(late);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });
});
