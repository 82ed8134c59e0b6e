import { describe, expect, test } from 'vitest';
import type { DemandFormInput } from '../../../../cloud-stub/services/legal-desk/demand-form.ts';
import type { Ulid } from '../../../../device/wire/ids.ts';
import { days, hours, isoTime, later } from '../../../../device/wire/time.ts';
import {
  type DeskOffice,
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

const urgentForm = ({ clock }: DeskOffice): DemandFormInput =>
  formOf(clock.now(), {
    process: 'emergency',
    issuer: {
      ...{ kind: 'agency', name: 'O. Officer', title: 'Lieutenant' },
      ...{ body: 'Springfield Police', jurisdiction: 'US' },
    },
    classes: ['content'],
    emergency: {
      ...{ danger: 'a child is gone', imminent: true, nexus: 'the porch saw who took it' },
      arisenAt: isoTime(later(clock.now(), hours(-1))),
    },
  });

/** An emergency whose footage has left. */
async function disclosed(
  before: (office: DeskOffice, demand: Ulid) => Promise<unknown> = async () => {},
) {
  const office = await openDeskOffice({ exports: new ToldExports() });
  await office.add(porchClip(1, 1), porchClip(2, 2));
  await office.pass(days(3));
  const second = await office.person('Anna', 'approver');
  const demand = await decided(office, urgentForm(office), [office.people.approver, second]);
  given(await office.desk.seal(office.people.custodian, demand));
  await before(office, demand);
  given(await office.desk.deliver(office.people.custodian, demand));
  const showAgency = () => office.desk.showAgency(office.people['agency-officer'], demand);
  return { office, demand, disclosedAt: office.clock.now(), showAgency };
}
const warrant = (office: DeskOffice, more: Partial<DemandFormInput>) =>
  decided(office, formOf(office.clock.now(), more), undefined, paper('after the fact'));
/** What V16 says of the agency's next emergency, taken in. */
async function nextEmergency(office: DeskOffice) {
  const { desk, people } = office;
  const officer = people['agency-officer'];
  const { demand } = given(await desk.submit(officer, urgentForm(office), paper('again')));
  const taken = given(await desk.takeIn(people['intake-clerk'], demand, foundAllRight));
  return taken.checks.find(({ check }) => check === 'V16');
}

describe('what left in an emergency has to be followed by process [LEG-2]', () => {
  test('its day is shown to the agency, the desk and the owner; it comes, and that is on record', async () => {
    const { office, demand, disclosedAt, showAgency } = await disclosed();
    const dueAt = later(disclosedAt, days(14));
    expect((await showAgency())?.followUp).toEqual({ dueAt, state: 'due', by: null });
    const seen = await office.desk.show(office.people.auditor, demand);
    expect(seen?.deadlines).toContainEqual({ what: 'follow-up', at: dueAt, isPast: false });
    await office.pass(days(4));
    expect(await office.desk.notices(owner)).toMatchObject([{ followUpDueAt: dueAt }]);
    const process = await warrant(office, { follows: demand });
    expect((await showAgency())?.followUp).toEqual({ dueAt, state: 'came', by: process });
    expect((await office.told('emergency-followed')).map(({ facts }) => facts)).toEqual([
      { demand, process, suffices: true, because: null },
    ]);
    await office.pass(days(30));
    expect(await office.told('emergency-unfollowed')).toEqual([]);
    expect(await nextEmergency(office)).toMatchObject({ outcome: 'passed' });
  });

  test('that comes before the bag is handed over counts as well', async () => {
    const { showAgency } = await disclosed((office, follows) => warrant(office, { follows }));
    expect((await showAgency())?.followUp?.state).toBe('came');
  });

  test('that none came is noted on its day, once, and the next emergency is looked at by a person', async () => {
    const { office, demand, disclosedAt, showAgency } = await disclosed();
    await office.pass(days(14) - 1);
    expect(await office.told('emergency-unfollowed')).toEqual([]);
    await office.pass(1);
    const dueAt = later(disclosedAt, days(14));
    const told = [{ demand, dueAt }];
    expect((await office.told('emergency-unfollowed')).map(({ facts }) => facts)).toEqual(told);
    await (await office.reopen()).stop();
    await office.pass(days(10));
    expect((await office.told('emergency-unfollowed')).map(({ facts }) => facts)).toEqual(told);
    expect((await showAgency())?.followUp?.state).toBe('missed');
    expect(await nextEmergency(office)).toMatchObject({
      ...{ outcome: 'failed', action: 'review', reason: 'emergency_not_shown' },
    });
    // It may still come, and then stands against nobody.
    await warrant(office, { follows: demand });
    expect((await showAgency())?.followUp?.state).toBe('came');
    expect(await nextEmergency(office)).toMatchObject({ outcome: 'passed' });
  });

  test('what falls short of what has left follows nothing, and that is on record', async () => {
    const { office, demand, showAgency } = await disclosed();
    await warrant(office, {
      follows: demand,
      to: isoTime(later(porchClip(1, 1).recordedAt, days(1))),
    });
    expect((await office.told('emergency-followed')).map(({ facts }) => facts)).toMatchObject([
      { suffices: false, because: 'its time range is shorter' },
    ]);
    expect((await showAgency())?.followUp?.state).toBe('due');
  });

  test("another's emergency, or what is none, is followed by nothing", async () => {
    const { office } = await disclosed();
    const { desk, people } = office;
    const officer = people['agency-officer'];
    const other = await warrant(office, {});
    for (const follows of [other, porchClip(9, 1).clip]) {
      const form = formOf(office.clock.now(), { follows });
      expect(await desk.submit(officer, form, paper('x'))).toMatchObject({
        ...{ because: 'malformed', invalid: [{ where: 'follows' }] },
      });
    }
  });

  test('the owner is not told whether a silenced warrant followed [DEL-4]', async () => {
    const worlds = [await disclosed(), await disclosed()];
    const seen: unknown[] = [];
    for (const [n, { office, demand }] of worlds.entries()) {
      const from = isoTime(office.clock.now());
      const expiresAt = isoTime(later(office.clock.now(), days(200)));
      const silence = { by: 'court-order' as const, namesProcess: true, from, expiresAt };
      if (n === 1) await warrant(office, { follows: demand, silence });
      await office.pass(days(20));
      seen.push((await office.desk.notices(owner)).map(({ notice: _, ...more }) => more));
    }
    expect(seen[1]).toEqual(seen[0]);
  });
});
