import { expect, test } from 'vitest';
import { expiringRows } from '../../../../cloud-stub/services/retention/record-classes.ts';
import { days } from '../../../../device/wire/time.ts';
import { eventNumbered } from '../../../support/cloud/catalogue-rows.ts';
import { clipOfDay, openHoldOffice, warrant } from '../../../support/cloud/hold-office.ts';

test('an event outlives its window while a hold reaches it, and not when that has run out [RET-10]', async () => {
  const { catalogue, clock, ledger, holds, add } = await openHoldOffice();
  await add(clipOfDay(1));
  const expiresAt = clock.now();
  await catalogue.write((tx) =>
    tx.insertInto('events').values(eventNumbered(1, { expiresAt })).execute(),
  );
  // Nobody has put on record that it lapses on day 14.
  await holds.place(warrant(1, { kind: 'intake' }));
  const events = expiringRows({ catalogue, clock, ledger }, 'events', 'events-purged');
  clock.advance(days(13));
  expect(await events.sweep()).toBe(0);
  clock.advance(days(2));
  expect(await events.sweep()).toBe(1);
});
