import { expect, test } from 'vitest';
import { ring2019 } from '../../../../cloud-stub/custody/profiles/ring-2019.ts';
import { days, epochMs, later } from '../../../../device/wire/time.ts';
import { newYear } from '../../../support/cloud/catalogue-rows.ts';
import { clipNumbered, ulidNumbered } from '../../../support/cloud/clip-samples.ts';
import { clipOfDay, openHoldOffice } from '../../../support/cloud/hold-office.ts';

const lease = ulidNumbered(9001);
const basis = ulidNumbered(9002);
const key = clipNumbered(1);

test('a clip purged or being purged cannot be leased, whatever its tombstone says [EXP-4, HLD-6]', async () => {
  const office = await openHoldOffice();
  await office.add(clipOfDay(0, key));
  const { catalogue, leases } = office;
  for (const step of [
    { possession: 'shredding', visibility: 'expired' },
    { possession: 'shredded', purgedAt: newYear, opening: '{}' },
  ] as const) {
    await catalogue.write((tx) => tx.updateTable('clips').set(step).execute());
    expect((await office.row(key))?.root).not.toBeNull();
    expect(await catalogue.write((tx) => leases.take(tx, lease, basis, [key]))).toEqual(key);
  }
  expect(await catalogue.read.selectFrom('leases').selectAll().execute()).toEqual([]);
});

test('a lease that ran out ended then, whoever ends it later [EXP-4]', async () => {
  const office = await openHoldOffice();
  await office.add(clipOfDay(1));
  const { catalogue, clock, leases } = office;
  expect(await catalogue.write((tx) => leases.take(tx, lease, basis, [key]))).toBeNull();
  clock.advance(days(3));
  await catalogue.write((tx) => leases.end(tx, lease));
  const [row] = await catalogue.read.selectFrom('leases').selectAll().execute();
  const { termMs } = ring2019.holds.lease;
  expect(row).toMatchObject({ endedAt: later(newYear, termMs), endedBecause: 'lapsed' });
  expect(await office.row(key)).toMatchObject({ keptUntil: epochMs(0) });
});
