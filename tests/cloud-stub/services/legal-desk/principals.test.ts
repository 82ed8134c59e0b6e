import { expect, test } from 'vitest';
import { makePrincipals } from '../../../../cloud-stub/services/legal-desk/principals.ts';
import { days, milliseconds } from '../../../../device/wire/time.ts';
import { openDeskOffice } from '../../../support/cloud/desk-office.ts';
import { standingClock } from '../../../support/standing-clock.ts';

test('a token ends by the clock of those who have it, whatever time it is in the cloud', async () => {
  const { world, clock } = await openDeskOffice();
  const outside = standingClock();
  const principals = makePrincipals(world.ports, outside);
  const added = await principals.add({ name: 'Una', roles: ['auditor'] });
  if (!added.ok) throw new Error(added.because);
  const isGood = async () => (await principals.authenticate(added.token)) !== null;
  clock.advance(days(365));
  expect(await isGood()).toBe(true);
  outside.advance(milliseconds(days(30) - 1));
  expect(await isGood()).toBe(true);
  outside.advance(milliseconds(1));
  expect(await isGood()).toBe(false);
});
