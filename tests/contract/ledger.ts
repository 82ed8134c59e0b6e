/** What every Ledger must do. */
import { describe, expect, test } from 'vitest';
import { isConsistent, leafHash, rootOfInclusion } from '../../cloud-stub/custody/merkle-tree.ts';
import type { Catalogue, Ledger, LedgerFault } from '../../cloud-stub/ports.ts';
import { epochMs } from '../../device/wire/time.ts';
import { openCatalogueForTest } from '../support/cloud/catalogue-rows.ts';
import { clipNumbered, ulidNumbered } from '../support/cloud/clip-samples.ts';

const key = clipNumbered(1);
const hex = (hash: Uint8Array | null) => hash && Buffer.from(hash).toString('hex');

export async function faults(ledger: Ledger, catalogue: Catalogue): Promise<LedgerFault[]> {
  const found: LedgerFault[] = [];
  for await (const fault of ledger.verify(catalogue.read)) found.push(fault);
  return found;
}

export function ledgerContract(
  name: string,
  openLedger: () => Ledger,
  openCatalogue: () => Promise<Catalogue>,
): void {
  const ledger = openLedger();
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

    test('whoever acts or is told of stands in it by one pseudonym in every role [LOG-2]', async () => {
      const catalogue = await openCatalogueForTest(openCatalogue);
      const ledger = openLedger();
      const person = ulidNumbered(1);
      const told = { also: [`account:${person}`, 'account:unknown'], clip: ulidNumbered(2) };
      await catalogue.write((tx) =>
        ledger.append(tx, {
          kind: 'access-refused',
          at: epochMs(1),
          actor: `reviewer:${person}`,
          facts: told,
        }),
      );
      const row = await catalogue.read.selectFrom('ledger').selectAll().executeTakeFirstOrThrow();
      expect(row.actor).toMatch(/^reviewer:[0-9a-f]{32}$/);
      expect(row.actor).toBe(await ledger.actor(`reviewer:${person}`));
      expect(await ledger.actor(`account:${ulidNumbered(2)}`)).not.toContain(row.actor.slice(9));
      expect(JSON.parse(row.facts)).toEqual({
        ...told,
        also: [row.actor.replace('reviewer', 'account'), 'account:unknown'],
      });
      expect(await faults(ledger, catalogue)).toEqual([]);
    });

    test.each([
      'reviewer:ada',
      'Ada Lovelace',
      'ada@example.com',
      '',
      `reviewer:${ulidNumbered(1)}x`,
    ])("'%s' is no actor [LOG-2]", async (actor) => {
      const catalogue = await openCatalogueForTest(openCatalogue);
      const entry = { kind: 'purged', at: epochMs(1), actor, facts: {} } as const;
      await expect(catalogue.write((tx) => ledger.append(tx, entry))).rejects.toThrow(
        /an actor is/,
      );
    });

    test('the tree proves each entry in each size, and each size to grow out of each other', async () => {
      const catalogue = await openCatalogueForTest(openCatalogue);
      const { read } = catalogue;
      const roots: { readonly size: number; readonly root: Uint8Array }[] = [];
      for (let size = 0; size <= 21; size++) {
        if (size > 0) expect(await append(catalogue, size)).toBe(size - 1);
        expect(await ledger.size(read)).toBe(size);
        roots.push({ size, root: await ledger.root(read, size) });
      }
      for (const { size, root } of roots) {
        for (let seq = 0; seq < size; seq++) {
          const leaf = leafHash((await ledger.leaf(read, seq)) ?? Buffer.of());
          const proof = await ledger.inclusion(read, seq, size);
          expect(hex(rootOfInclusion(leaf, seq, size, proof))).toBe(hex(root));
        }
        for (const to of roots.slice(size)) {
          const proof = await ledger.consistency(read, size, to.size);
          expect(isConsistent({ size, root }, to, proof)).toBe(true);
        }
      }
      expect(await ledger.leaf(read, 21)).toBeNull();
      await expect(ledger.root(read, 22)).rejects.toThrow(/no node/);
      expect(await faults(ledger, catalogue)).toEqual([]);
    });

    test('the tree goes on from what is committed, whoever wrote it', async () => {
      const catalogue = await openCatalogueForTest(openCatalogue);
      const entry = { kind: 'purged', at: epochMs(1), actor: 'sweeper' } as const;
      const write = (by: Ledger, n: number, isKept = true) =>
        catalogue.write(async (tx) => {
          await by.append(tx, { ...entry, facts: { n } });
          if (!isKept) throw new Error('no');
        });
      const other = openLedger();
      await write(ledger, 0);
      await expect(write(ledger, 1, false)).rejects.toThrow('no');
      // Another process writes the entry that this one had lost.
      await write(other, 2);
      await write(ledger, 3);
      await write(ledger, 4);
      expect(await faults(ledger, catalogue)).toEqual([]);
    });

    test('a node cannot be changed or removed [LOG-1]', async () => {
      const catalogue = await openCatalogueForTest(openCatalogue);
      await append(catalogue, 0);
      await append(catalogue, 1);
      await expect(
        catalogue.write((tx) => tx.updateTable('ledgerNodes').set({ idx: 5 }).execute()),
      ).rejects.toThrow(/never changed/);
      await expect(catalogue.write((tx) => tx.deleteFrom('ledgerNodes').execute())).rejects.toThrow(
        /never cut/,
      );
    });

    test('an empty ledger verifies', async () => {
      const catalogue = await openCatalogueForTest(openCatalogue);
      expect(await faults(ledger, catalogue)).toEqual([]);
    });
  });
}
