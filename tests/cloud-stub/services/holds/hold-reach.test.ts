import { expect, test } from 'vitest';
import type { ClipRow } from '../../../../cloud-stub/catalogue-tables.ts';
import type { Scope, Subject } from '../../../../cloud-stub/custody/holds-scope.ts';
import { footageOf, reach } from '../../../../cloud-stub/services/holds/hold-reach.ts';
import { later, minutes, seconds } from '../../../../device/wire/time.ts';
import { accountNumbered } from '../../../support/cloud/catalogue-rows.ts';
import { clipOfDay, day, openHoldOffice, warrant } from '../../../support/cloud/hold-office.ts';

type Office = Awaited<ReturnType<typeof openHoldOffice>>;

async function reached({ catalogue, clock }: Office, scope: Scope): Promise<readonly string[]> {
  const clips: string[] = [];
  for await (const page of reach(catalogue.read, scope, clock.now())) {
    clips.push(...page.map(({ clip }) => clip));
  }
  return clips;
}

test.each<[string, Partial<ClipRow>]>([
  ['its owner sees', {}],
  ['its owner deleted', { visibility: 'user-deleted', userDeletedAt: day(3) }],
  ['whose window has ended', { visibility: 'expired' }],
  ['of a closed account', { visibility: 'account-closed', accountClosedAt: day(3) }],
  ['of a lapsed plan', { visibility: 'plan-lapsed', planLapsedAt: day(3) }],
])('a hold reaches a clip %s [HLD-2]', async (_, wanted) => {
  const { holds, add } = await openHoldOffice();
  await add(clipOfDay(2, wanted));
  expect(await holds.place(warrant(1))).toMatchObject({ ok: true, held: 1 });
});

test('a clip that began before the span and lasted into it is reached, one that had ended is not [LEG-4]', async () => {
  const office = await openHoldOffice();
  const begin = later(day(10), minutes(-1));
  const times = {
    claimedAt: begin,
    recordedAt: begin,
    boundLowerAt: begin,
    firstReceivedAt: begin,
  };
  await office.add(clipOfDay(1, { ...times, durationMs: seconds(61) }));
  await office.add(clipOfDay(2, { ...times, durationMs: seconds(60) }));
  const scope = { ...warrant(1).scope, from: day(10), to: day(11) };
  expect(await reached(office, scope)).toEqual([clipOfDay(1).clip]);
});

test('where nothing but a claim tells, the recording may have begun as late as its receipt [RET-5]', async () => {
  const office = await openHoldOffice();
  // Claimed for day 5 by a clock that was set on day 4; received on day 20.
  const claimed = clipOfDay(1, {
    ...{ claimedAt: day(5), recordedAt: day(5), boundLowerAt: day(4), firstReceivedAt: day(20) },
  });
  await office.add(claimed);
  expect(footageOf(claimed)).toMatchObject({ earliestAt: day(4), latestAt: day(20) });
  expect(footageOf({ ...claimed, boundLowerAt: day(5) })).toMatchObject({ latestAt: day(5) });
  const { scope } = warrant(1);
  for (const [from, to, count] of [
    [day(6), day(19), 1],
    [day(1), day(3), 0],
    [day(21), day(25), 0],
  ] as const) {
    expect(await reached(office, { ...scope, from, to })).toHaveLength(count);
  }
});

test('of a device a hold reaches every owner, of a device of an account that one alone [LEG-4]', async () => {
  const office = await openHoldOffice();
  const [one, two] = [accountNumbered(1).account, accountNumbered(2).account];
  await office.add(clipOfDay(1, { account: one }), clipOfDay(2, { account: two }));
  const { thing } = clipOfDay(1);
  const of = (subject: Subject) => reached(office, { subjects: [subject], from: null, to: null });
  expect(await of({ by: 'device', thing })).toHaveLength(2);
  expect(await of({ by: 'device-of-account', thing, account: two })).toEqual([clipOfDay(2).clip]);
  expect(await of({ by: 'account', account: one })).toEqual([clipOfDay(1).clip]);
});
