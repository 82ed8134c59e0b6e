/** What every Catalogue must do, whatever database it is. */
import { describe, expect, test } from 'vitest';
import type { Catalogue } from '../../cloud-stub/ports.ts';
import { accountNumbered, openCatalogueForTest } from '../support/cloud/catalogue-rows.ts';

const account = (n: number) => accountNumbered(n);

const names = async (catalogue: Catalogue): Promise<string[]> =>
  (await catalogue.read.selectFrom('accounts').select('name').orderBy('name').execute()).map(
    ({ name }) => name,
  );

export function catalogueContract(name: string, openCatalogue: () => Promise<Catalogue>): void {
  const open = () => openCatalogueForTest(openCatalogue);

  describe(`${name} is a catalogue`, () => {
    test('what changes can be told from what does not', async () => {
      const catalogue = await open();
      const before = catalogue.changes();
      await catalogue.read.selectFrom('accounts').selectAll().execute();
      expect(catalogue.changes()).toBe(before);
      await catalogue.write(async (tx) => {
        await tx.insertInto('accounts').values(account(77)).execute();
      });
      expect(catalogue.changes()).not.toBe(before);
    });

    test('what a write did is there when it resolves, and its result comes back', async () => {
      const catalogue = await open();
      const result = await catalogue.write(async (tx) => {
        await tx.insertInto('accounts').values(account(1)).execute();
        return 'done';
      });
      expect(result).toBe('done');
      expect(await names(catalogue)).toEqual(['account 1']);
    });

    test('a throw undoes that write and no other', async () => {
      const catalogue = await open();
      const writes = [1, 2, 3].map((n) =>
        catalogue.write(async (tx) => {
          await tx.insertInto('accounts').values(account(n)).execute();
          if (n === 2) throw new Error('changed my mind');
        }),
      );
      expect((await Promise.allSettled(writes)).map(({ status }) => status)).toEqual([
        'fulfilled',
        'rejected',
        'fulfilled',
      ]);
      expect(await names(catalogue)).toEqual(['account 1', 'account 3']);
    });

    test('a statement that fails leaves the rest of its write undone', async () => {
      const catalogue = await open();
      await catalogue.write((tx) => tx.insertInto('accounts').values(account(1)).execute());
      await expect(
        catalogue.write(async (tx) => {
          await tx.insertInto('accounts').values(account(2)).execute();
          await tx.insertInto('accounts').values(account(1)).execute();
        }),
      ).rejects.toThrow(/UNIQUE/);
      expect(await names(catalogue)).toEqual(['account 1']);
    });

    test('a reader sees nothing of a write at work, and does not wait for it', async () => {
      const catalogue = await open();
      const inside = Promise.withResolvers<void>();
      const goOn = Promise.withResolvers<void>();
      const write = catalogue.write(async (tx) => {
        await tx.insertInto('accounts').values(account(1)).execute();
        inside.resolve();
        await goOn.promise;
      });
      await inside.promise;
      expect(await names(catalogue)).toEqual([]);
      goOn.resolve();
      await write;
      expect(await names(catalogue)).toEqual(['account 1']);
    });

    test('writes run one at a time, each seeing those before it', async () => {
      const catalogue = await open();
      const seen = await Promise.all(
        Array.from({ length: 200 }, (_, n) =>
          catalogue.write(async (tx) => {
            const before = await tx.selectFrom('accounts').select('account').execute();
            await Promise.resolve();
            await tx.insertInto('accounts').values(account(n)).execute();
            return before.length;
          }),
        ),
      );
      expect(seen).toEqual(Array.from({ length: 200 }, (_, n) => n));
    });

    test('a stream sees what was committed when it began, while others go on', async () => {
      const catalogue = await open();
      for (const n of [1, 2, 3]) {
        await catalogue.write((tx) => tx.insertInto('accounts').values(account(n)).execute());
      }
      const streamed: string[] = [];
      const stream = catalogue.read.selectFrom('accounts').select('name').orderBy('name').stream();
      for await (const row of stream) {
        if (streamed.length === 0) {
          await catalogue.write((tx) => tx.insertInto('accounts').values(account(4)).execute());
          expect(await names(catalogue)).toHaveLength(4);
        }
        streamed.push(row.name);
      }
      expect(streamed).toEqual(['account 1', 'account 2', 'account 3']);
    });

    test('nothing can be written through a reader', async () => {
      const catalogue = await open();
      await expect(
        catalogue.read.insertInto('accounts').values(account(1)).execute(),
      ).rejects.toThrow();
    });

    test('a write inside a write, and a use after its end, are mistakes that say so', async () => {
      const catalogue = await open();
      await expect(catalogue.write(() => catalogue.write(async () => {}))).rejects.toThrow(
        /inside a write/,
      );
      const kept = await catalogue.write(async (tx) => ({ tx }));
      await expect(
        (async () => kept.tx.insertInto('accounts').values(account(1)).execute())(),
      ).rejects.toThrow(/after its work had ended/);
    });

    test('what a write set in motion may write once that write is over', async () => {
      const catalogue = await open();
      const over = Promise.withResolvers<void>();
      const later = await catalogue.write(async () => ({
        second: over.promise.then(() =>
          catalogue.write((tx) => tx.insertInto('accounts').values(account(1)).execute()),
        ),
      }));
      over.resolve();
      await later.second;
      expect(await names(catalogue)).toEqual(['account 1']);
    });

    test('close waits for writes at work', async () => {
      const catalogue = await openCatalogue();
      let ended = false;
      const write = catalogue.write(async (tx) => {
        await tx.insertInto('accounts').values(account(1)).execute();
        ended = true;
      });
      await catalogue.close();
      expect(ended).toBe(true);
      await write;
    });
  });
}
