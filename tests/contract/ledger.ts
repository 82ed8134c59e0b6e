/** What every Ledger must do. */
import { describe, expect, test } from 'vitest';
import type { Catalogue, Ledger, LedgerFault } from '../../cloud-stub/ports.ts';
import { epochMs } from '../../device/wire/time.ts';
import { openCatalogueForTest } from '../support/catalogue-rows.ts';
import { clipNumbered } from '../support/clip-samples.ts';

const key = clipNumbered(1);

export async function faults(ledger: Ledger, catalogue: Catalogue): Promise<LedgerFault[]> {
  const found: LedgerFault[] = [];
  for await (const fault of ledger.verify(catalogue.read)) found.push(fault);
  return found;
}

export function ledgerContract(
  name: string,
  ledger: Ledger,
  openCatalogue: () => Promise<Catalogue>,
): void {
  const append = (catalogue: Catalogue, n: number): Promise<number> =>
    catalogue.write((tx) =>
      ledger.append(tx, {
        kind: 'clip-stored',
        at: epochMs(1000 + n),
        actor: 'ingest',
        ...key,
        facts: { n, text: 'é "quoted"', nested: { b: 1, a: [true, null] } },
      }),
    );

  describe(`${name} is a ledger`, () => {
    test('entries count from 0 without a gap and verify [LOG-1]', async () => {
      const catalogue = await openCatalogueForTest(openCatalogue);
      await Promise.all([0, 1, 2, 3].map((n) => append(catalogue, n)));
      const rows = await catalogue.read.selectFrom('ledger').selectAll().orderBy('seq').execute();
      expect(rows.map(({ seq }) => seq)).toEqual([0, 1, 2, 3]);
      expect(rows[0]?.prev).toBe('0'.repeat(64));
      expect(rows[2]?.prev).toBe(rows[1]?.hash);
      expect(rows[3]).toMatchObject({ kind: 'clip-stored', actor: 'ingest', at: 1003, ...key });
      expect(JSON.parse(rows[3]?.facts ?? '')).toEqual({
        n: 3,
        text: 'é "quoted"',
        nested: { a: [true, null], b: 1 },
      });
      expect(await faults(ledger, catalogue)).toEqual([]);
    });

    test('an entry shares the fate of its transaction', async () => {
      const catalogue = await openCatalogueForTest(openCatalogue);
      await append(catalogue, 0);
      await expect(
        catalogue.write(async (tx) => {
          await ledger.append(tx, { kind: 'purged', at: epochMs(1), actor: 'sweeper', facts: {} });
          throw new Error('no');
        }),
      ).rejects.toThrow('no');
      await append(catalogue, 1);
      expect(await catalogue.read.selectFrom('ledger').select(['seq', 'kind']).execute()).toEqual([
        { seq: 0, kind: 'clip-stored' },
        { seq: 1, kind: 'clip-stored' },
      ]);
      expect(await faults(ledger, catalogue)).toEqual([]);
    });

    test('an entry cannot be changed, removed or inserted out of turn [LOG-1]', async () => {
      const catalogue = await openCatalogueForTest(openCatalogue);
      await append(catalogue, 0);
      await append(catalogue, 1);
      await expect(
        catalogue.write((tx) => tx.updateTable('ledger').set({ actor: 'me' }).execute()),
      ).rejects.toThrow(/never changed/);
      await expect(
        catalogue.write((tx) => tx.deleteFrom('ledger').where('seq', '=', 1).execute()),
      ).rejects.toThrow(/never cut/);
      const row = await catalogue.read
        .selectFrom('ledger')
        .selectAll()
        .where('seq', '=', 1)
        .executeTakeFirstOrThrow();
      await expect(
        catalogue.write((tx) =>
          tx
            .insertInto('ledger')
            .values({ ...row, seq: 5 })
            .execute(),
        ),
      ).rejects.toThrow(/follows the last/);
    });

    test('an empty ledger verifies', async () => {
      const catalogue = await openCatalogueForTest(openCatalogue);
      expect(await faults(ledger, catalogue)).toEqual([]);
    });
  });
}
