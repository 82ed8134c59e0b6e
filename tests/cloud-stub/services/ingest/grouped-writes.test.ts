import { expect, test } from 'vitest';
import { openMemoryCatalogue } from '../../../../cloud-stub/backends/sqlite-catalogue.ts';
import type { Catalogue } from '../../../../cloud-stub/ports.ts';
import { groupedWrites } from '../../../../cloud-stub/services/ingest/grouped-writes.ts';
import { accountNumbered, openCatalogueForTest } from '../../../support/cloud/catalogue-rows.ts';

/** Counts transactions; each account is one item. */
async function world() {
  const catalogue = await openCatalogueForTest(async () => openMemoryCatalogue());
  const counted = { writes: 0 };
  const write: Catalogue['write'] = (work) => {
    counted.writes += 1;
    return catalogue.write(work);
  };
  const add = groupedWrites({ write }, async (tx, n: number) => {
    await tx.insertInto('accounts').values(accountNumbered(n)).execute();
    return `account ${n}`;
  });
  const names = async () => {
    const rows = await catalogue.read.selectFrom('accounts').select('name').execute();
    return rows.map(({ name }) => name).sort();
  };
  return { add, counted, names };
}

test('what is asked for at once is written in one piece of work, each with its own result', async () => {
  const { add, counted, names } = await world();
  expect(await Promise.all([1, 2, 3].map(add))).toEqual(['account 1', 'account 2', 'account 3']);
  expect(counted.writes).toBe(1);
  expect(await names()).toEqual(['account 1', 'account 2', 'account 3']);
  await add(4);
  expect(counted.writes).toBe(2);
});

test('more than one group holds are all written', async () => {
  const { add, names } = await world();
  await Promise.all(Array.from({ length: 300 }, (_, n) => add(n)));
  expect(await names()).toHaveLength(300);
});

test('one that fails costs the others nothing, and leaves nothing', async () => {
  const { add, names } = await world();
  await add(1);
  const outcomes = await Promise.allSettled([2, 1, 3].map(add));
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(await names()).toEqual(['account 1', 'account 2', 'account 3']);
});

test('where no transaction can begin, all who wait are told, and later ones are tried', async () => {
  const broken = new Error('the disk is gone');
  let isBroken = true;
  const catalogue = await openCatalogueForTest(async () => openMemoryCatalogue());
  const write: Catalogue['write'] = (work) =>
    isBroken ? Promise.reject(broken) : catalogue.write(work);
  const add = groupedWrites({ write }, async (tx, n: number) => {
    await tx.insertInto('accounts').values(accountNumbered(n)).execute();
  });
  const outcomes = await Promise.allSettled([1, 2].map(add));
  expect(outcomes).toEqual([
    { status: 'rejected', reason: broken },
    { status: 'rejected', reason: broken },
  ]);
  isBroken = false;
  await add(3);
});
