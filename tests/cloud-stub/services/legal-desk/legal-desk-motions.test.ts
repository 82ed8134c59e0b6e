import { describe, expect, test } from 'vitest';
import type { DemandFormInput } from '../../../../cloud-stub/services/legal-desk/demand-form.ts';
import { days, later } from '../../../../device/wire/time.ts';
import { newYear } from '../../../support/cloud/catalogue-rows.ts';
import {
  decided,
  formOf,
  foundAllRight,
  given,
  openDeskOffice,
  owner,
  paper,
  porchClip,
} from '../../../support/cloud/desk-office.ts';
import { ToldExports } from '../../../support/cloud/told-exports.ts';

const burden = { ground: 'undue-burden', because: 'it asks for ten years of sign-ins' } as const;

async function reviewing(more: Partial<DemandFormInput> = {}) {
  const office = await openDeskOffice({ exports: new ToldExports() });
  await office.add(porchClip(1, 1), porchClip(2, 2));
  await office.pass(days(3));
  const { desk, people, clock } = office;
  const form = formOf(clock.now(), {
    ...{ process: 'court-order-2703d', classes: ['subscriber', 'non-content'], ...more },
  });
  const { demand } = given(await desk.submit(people['agency-officer'], form, paper()));
  given(await desk.takeIn(people['intake-clerk'], demand, foundAllRight));
  const show = async () => {
    const shown = await desk.show(people.auditor, demand);
    if (shown === null) throw new Error('it is there');
    return shown;
  };
  const signed = async () => {
    const { version } = await show();
    const { version: seen } = given(await desk.review(people.reviewer, demand, { seen: version }));
    return given(await desk.approve(people.approver, demand, { seen }));
  };
  return { office, desk, people, demand, show, signed };
}

describe('the provider moves to quash or modify an order: 18 USC 2703(d) [LEG-1]', () => {
  test('by counsel; until the court has spoken nothing is decided, and what is asked for is held', async () => {
    const { office, desk, people, demand, show } = await reviewing();
    const moved = given(await desk.move(people.counsel, demand, burden));
    expect([moved.challenged, moved.stage]).toEqual([true, 'in-review']);
    expect(moved.holds.map(({ kind, ended }) => [kind, ended])).toEqual([
      ['intake', true],
      ['court-order', false],
    ]);
    const { version: seen } = await show();
    expect(await desk.review(people.reviewer, demand, { seen })).toMatchObject({
      because: 'challenged',
    });
    const told = await office.told('motion-made', 'demand-decided');
    expect(
      told.map(({ kind, actor, facts }) => [
        kind,
        actor.split(':')[0],
        facts['ground'] ?? facts['outcome'],
      ]),
    ).toEqual([
      ['motion-made', 'counsel', 'undue-burden'],
      ['demand-decided', 'counsel', 'CHALLENGED'],
    ]);
    // However long the court takes.
    await office.pass(days(100));
    const holds = (await office.holds.ofBasis(demand)).filter(({ ended }) => ended === null);
    expect(holds.map(({ kind, expiresAt }) => [kind, expiresAt])).toEqual([['court-order', null]]);
  });

  test('quashed, nothing leaves; denied, it goes on as it was', async () => {
    for (const upheld of [true, false]) {
      const { desk, people, demand, show, signed } = await reviewing();
      given(await desk.move(people.counsel, demand, burden));
      given(await desk.endChallenge(people.reviewer, demand, { upheld }));
      if (upheld) expect((await show()).outcome).toEqual({ code: 'QUASHED' });
      else expect((await signed()).outcome).toEqual({ code: 'FULL' });
    }
  });

  test('modified, it is answered anew within what is left, signed anew, under the hold it had', async () => {
    const { office, desk, people, demand, show, signed } = await reviewing();
    const whole = await signed();
    expect(whole).toMatchObject({ stage: 'decided', outcome: { code: 'FULL' } });
    given(await desk.move(people.counsel, demand, burden));
    const modified = { to: later(newYear, days(2)), classes: ['subscriber'] as const };
    const end = { upheld: false, modified };
    const left = given(await desk.endChallenge(people.reviewer, demand, end));
    expect(left).toMatchObject({
      ...{ stage: 'in-review', challenged: false, outcome: null, classes: ['subscriber'] },
      to: modified.to,
      needs: [{ need: 'reviewer' }, { need: 'approver' }],
    });
    const [told] = await office.told('challenge-ended');
    expect(told?.facts).toEqual({
      demand,
      subjects: null,
      ...end,
      modified: true,
      ...modified,
    });
    await signed();
    const answered = await show();
    expect(answered.outcome).toEqual({ code: 'FULL' });
    expect(answered.released).toEqual({ ...whole.released, 'non-content': 0 });
    expect(answered.holds.filter(({ ended }) => !ended).map(({ kind }) => kind)).toEqual([
      'court-order',
    ]);
  });

  test.each<[string, Partial<DemandFormInput>, object, string]>([
    ['of a warrant', { process: 'search-warrant' }, burden, 'no-motion'],
    [
      'on a ground that the statute does not name',
      {},
      { ...burden, ground: 'unreasonable-or-oppressive' },
      'no-motion',
    ],
  ])('%s it does not lie', async (_title, form, motion, because) => {
    const { desk, people, demand } = await reviewing(form);
    expect(await desk.move(people.counsel, demand, motion as typeof burden)).toMatchObject({
      because,
    });
  });

  test('is made by counsel alone, who has no other part, and before what leaves is sealed', async () => {
    const { desk, people, demand, signed } = await reviewing();
    expect(await desk.move(people.reviewer, demand, burden)).toMatchObject({ because: 'role' });
    await signed();
    for (const { notice } of await desk.notices(owner)) await desk.waiveChallenge(owner, notice);
    given(await desk.seal(people.custodian, demand));
    expect(await desk.move(people.counsel, demand, burden)).toMatchObject({ because: 'stage' });
    const second = await reviewing();
    given(await second.desk.move(second.people.counsel, second.demand, burden));
    expect((await second.show()).people.map(({ part }) => part)).toContain('counsel');
    // Who moved reviews nothing, whatever the roles.
    const both = await second.office.person('Bo', 'counsel', 'reviewer');
    const third = await reviewing();
    given(await third.desk.move(both, third.demand, burden));
    expect(await third.desk.endChallenge(both, third.demand, { upheld: false })).toMatchObject({
      because: 'another-part',
    });
  });

  test.each<[string, object]>([
    ['more than was asked for', { upheld: false, modified: { to: later(newYear, days(9)) } }],
    ['what is quashed too', { upheld: true, modified: { to: later(newYear, days(2)) } }],
  ])('a court cannot leave of it %s', async (_title, end) => {
    const { desk, people, demand } = await reviewing();
    given(await desk.move(people.counsel, demand, burden));
    expect(await desk.endChallenge(people.reviewer, demand, end as never)).toMatchObject({
      ...{ because: 'malformed', invalid: [{ where: 'modified' }] },
    });
  });

  test("an owner's challenge is upheld or not, and modifies nothing", async () => {
    const office = await openDeskOffice();
    await office.add(porchClip(1, 1));
    await office.pass(days(3));
    const demand = await decided(office, formOf(office.clock.now()));
    const [notice] = await office.desk.notices(owner);
    expect(await office.desk.challenge(owner, notice?.notice ?? demand, 'mine')).toBe(true);
    const end = { upheld: false, modified: { to: later(newYear, days(2)) } };
    expect(await office.desk.endChallenge(office.people.reviewer, demand, end)).toMatchObject({
      because: 'malformed',
    });
  });
});
