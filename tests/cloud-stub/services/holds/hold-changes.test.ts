import { expect, test } from 'vitest';
import {
  ada,
  bea,
  clipOfDay,
  holdNumbered,
  openHoldOffice,
  warrant,
} from '../../../support/cloud/hold-office.ts';

test('two who say different things have not agreed: another reason is asked anew [LEG-5, HLD-1]', async () => {
  const { holds, add, entries } = await openHoldOffice();
  await add(clipOfDay(1));
  const hold = holdNumbered(1);
  await holds.place(warrant(1, { kind: 'intake' }));
  const release = (because: 'released' | 'rejected', by: string) =>
    holds.release({ hold, because, by });
  expect(await release('rejected', `reviewer:${ada}`)).toMatchObject({ ok: true, state: 'asked' });
  expect(await release('released', `approver:${bea}`)).toMatchObject({ ok: true, state: 'asked' });
  expect((await holds.find(hold))?.ended).toBeNull();
  // The one who asked last cannot agree with himself either, in whatever role.
  expect(await release('released', `reviewer:${bea}`)).toEqual({
    ok: false,
    because: 'same-person',
  });
  expect(await release('released', `reviewer:${ada}`)).toMatchObject({ ok: true, state: 'ended' });
  expect(await entries('hold-ended')).toHaveLength(1);
});
