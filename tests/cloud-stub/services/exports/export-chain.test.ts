import { expect, test } from 'vitest';
import type { ExportRow } from '../../../../cloud-stub/catalogue-tables-exports.ts';
import { chainOf } from '../../../../cloud-stub/services/exports/export-chain.ts';
import { days } from '../../../../device/wire/time.ts';
import {
  type DeskOffice,
  decided,
  formOf,
  openDeskOffice,
  porchClip,
} from '../../../support/cloud/desk-office.ts';
import { exportNumbered } from '../../../support/cloud/export-office.ts';

/** What stands in a bag's chain of a matter, by kind: the facts that its reader sees. */
async function factsShown({ catalogue }: DeskOffice, demand: ExportRow['demand']) {
  const row = { demand, export: exportNumbered(1), ledgerSize: 1_000_000 } as ExportRow;
  const seqs = await chainOf(catalogue.read, row);
  const entries = await catalogue.read
    .selectFrom('ledger')
    .select(['kind', 'facts'])
    .where('seq', 'in', seqs)
    .orderBy('seq')
    .execute();
  return entries.map(({ kind, facts }) => [kind, Object.keys(JSON.parse(facts)).sort().join(' ')]);
}

test('the chain of a matter tells its sender nothing of what it did not get [LEG-2, LEG-4]', async () => {
  const office = await openDeskOffice();
  const deletedAt = { visibility: 'user-deleted', userDeletedAt: office.clock.now() } as const;
  await office.add(porchClip(1, 1), porchClip(2, 2, deletedAt));
  await office.pass(days(3));
  const form = formOf(office.clock.now());
  const issuer = form.issuer == null ? null : { ...form.issuer, kind: 'grand-jury' as const };
  const demand = await decided(office, { ...form, issuer, process: 'grand-jury-subpoena' });
  expect(await factsShown(office, demand)).toEqual([
    [
      'demand-received',
      'accountsNamed agency classes demand devicesNamed documentSha256 process reportAs',
    ],
    ['hold-placed', 'accountsNamed basis devicesNamed expiresAt from hold kind scopeSha256 to'],
    ['demand-reviewed', 'as cleared confirmed demand narrowed'],
    ['demand-approved', 'as demand'],
    ['demand-decided', 'demand outcome reasons released'],
  ]);
  // Of the two clips, one deleted, the ledger knows all the same.
  expect((await office.told('hold-reached'))[0]?.facts).toMatchObject({
    clips: 2,
    ownerDeleted: 1,
  });
  expect((await office.told('demand-weighed'))[0]?.facts).toMatchObject({
    withheld: { content: 2 },
  });
});

test('entries from before the counts stood apart stay out of it', async () => {
  const office = await openDeskOffice();
  await office.add(porchClip(1, 1));
  await office.pass(days(3));
  const demand = await decided(office, formOf(office.clock.now()));
  const shown = (await factsShown(office, demand)).length;
  await office.catalogue.write(async (tx) => {
    const { ledger } = office;
    const told = { at: office.clock.now(), actor: 'desk' };
    const hold = { hold: demand, basis: demand, ownerDeleted: 1 };
    await ledger.append(tx, { ...told, kind: 'hold-placed', facts: hold });
    const withheld = { content: 1 };
    await ledger.append(tx, { ...told, kind: 'demand-decided', facts: { demand, withheld } });
  });
  expect(await factsShown(office, demand)).toHaveLength(shown);
});
