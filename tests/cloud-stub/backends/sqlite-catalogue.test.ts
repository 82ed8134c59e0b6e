import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import {
  openCatalogue,
  openMemoryCatalogue,
} from '../../../cloud-stub/backends/sqlite-catalogue.ts';
import { catalogueContract } from '../../contract/catalogue.ts';
import { accountNumbered, openCatalogueForTest } from '../../support/catalogue-rows.ts';
import { ulidNumbered } from '../../support/clip-samples.ts';
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
