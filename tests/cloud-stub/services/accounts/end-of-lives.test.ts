import { expect, test } from 'vitest';
import type { ClipRow } from '../../../../cloud-stub/catalogue-tables.ts';
import type { EndOfLife } from '../../../../cloud-stub/custody/policy.ts';
import { endLives } from '../../../../cloud-stub/services/accounts/end-of-lives.ts';
import { days } from '../../../../device/wire/time.ts';
import { accountNumbered, stagedClip } from '../../../support/cloud/catalogue-rows.ts';
import { clipOfDay, day, openHoldOffice } from '../../../support/cloud/hold-office.ts';

const { account } = accountNumbered(1);
const grace: EndOfLife = { kind: 'grace', graceMs: days(10) };

test.each<[string, ClipRow, EndOfLife, Partial<ClipRow>]>([
  ['is due later comes forward', clipOfDay(1), grace, { deleteAt: day(30) }],
  [
    'is due sooner stays as it is: no end lengthens a life',
    clipOfDay(1, { deleteAt: day(25) }),
    grace,
    { deleteAt: day(25) },
  ],
  ['still arrives ends as well', stagedClip(1), grace, { deleteAt: day(30) }],
  ['is preserved until its window ends', clipOfDay(1), { kind: 'preserve' }, { deleteAt: day(61) }],
  [
    'ended so before ends then',
    clipOfDay(1, { planLapsedAt: day(2), deleteAt: day(12), visibility: 'plan-lapsed' }),
    grace,
    { deleteAt: day(12), planLapsedAt: day(2) },
  ],
])('when a plan lapses, a clip that %s [DEL-2]', async (_, row, end, expected) => {
  const { catalogue, add } = await openHoldOffice();
  await add({ ...row, account });
  await catalogue.write((tx) => endLives(tx, account, day(20), { by: 'plan-lapsed', end }));
  const after = await catalogue.read.selectFrom('clips').selectAll().executeTakeFirstOrThrow();
  expect(after).toMatchObject({ visibility: 'plan-lapsed', planLapsedAt: day(20), ...expected });
});
