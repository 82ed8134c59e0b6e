import { describe, expect, test } from 'vitest';
import { holdsOn } from '../../../../cloud-stub/custody/holds.ts';
import { deskLimits } from '../../../../cloud-stub/services/legal-desk/legal-desk-limits.ts';
import { days, hours, isoTime, later } from '../../../../device/wire/time.ts';
import {
  formOf,
  foundAllRight,
  given,
  openDeskOffice,
  paper,
  porchClip,
} from '../../../support/cloud/desk-office.ts';

/** A demand that the clerk takes in so many days after its receipt, a page short: it is asked about. */
async function askedAfter(dayCount: number, profile = 'ring-2019') {
  const office = await openDeskOffice({ profile });
  await office.add(porchClip(1, 1));
  await office.pass(days(3));
  const { desk, people, clock } = office;
  const form = formOf(clock.now());
  const { demand } = given(await desk.submit(people['agency-officer'], form, paper()));
  await office.pass(days(dayCount));
  const short = { ...foundAllRight, pages: 3 };
  const asked = given(await desk.takeIn(people['intake-clerk'], demand, short));
  const dueAt = asked.question?.dueAt ?? clock.now();
  return { office, demand, asked, dueAt, form, short };
}

const holdingAt = async (scene: Awaited<ReturnType<typeof askedAfter>>, at: number) => {
  const holds = await scene.office.holds.ofBasis(scene.demand);
  const policy = { graceMs: {} } as never;
  return holdsOn(
    holds.filter(({ placedAt }) => placedAt <= at),
    null,
    policy,
    at as never,
  ).holds.length;
};

describe('a question to the sender, asked late [HLD-4]', () => {
  test('is open for its whole time, and what it asks about is held as long', async () => {
    const scene = await askedAfter(11);
    const { office, asked, dueAt } = scene;
    expect(asked.stage).toBe('asked');
    expect(dueAt).toBe(later(office.clock.now(), days(14)));
    expect(await holdingAt(scene, dueAt - 1)).toBe(1);
    await office.pass(days(13));
    const { demand, form } = scene;
    const officer = office.people['agency-officer'];
    const signedAt = isoTime(later(office.clock.now(), hours(-1)));
    const again = paper('whole');
    const answer = office.desk.answer(officer, demand, { ...form, signedAt }, again);
    expect(given(await answer).stage).toBe('received');
    // From the answer on it is held for a review, as from the receipt.
    expect(await holdingAt(scene, office.clock.now() + days(14) - 1)).toBe(1);
    expect(await holdingAt(scene, office.clock.now() + days(14))).toBe(0);
  });

  test('asked after the intake hold has lapsed it holds anew what there still is', async () => {
    const scene = await askedAfter(20);
    expect(await holdingAt(scene, scene.office.clock.now())).toBe(1);
    expect(await holdingAt(scene, scene.dueAt - 1)).toBe(1);
  });

  test('is open no longer than a shorter profile holds: nobody is promised time for what is gone', async () => {
    const scene = await askedAfter(3, 'privacy-first');
    // It holds for a week, and would ask for two.
    expect(scene.dueAt).toBe(later(scene.office.clock.now(), days(7)));
    expect(await holdingAt(scene, scene.dueAt - 1)).toBe(1);
  });

  test('is put a few times only: who never answers in full is refused, and holds nothing more', async () => {
    const { office, demand, form, short } = await askedAfter(1);
    const { desk, people, clock } = office;
    for (let n = 1; n < deskLimits.questionsMax; n++) {
      given(await desk.answer(people['agency-officer'], demand, form, null));
      expect(given(await desk.takeIn(people['intake-clerk'], demand, short)).stage).toBe('asked');
    }
    given(await desk.answer(people['agency-officer'], demand, form, null));
    const last = given(await desk.takeIn(people['intake-clerk'], demand, short));
    expect([last.stage, last.outcome]).toEqual([
      'closed',
      { code: 'REJECTED', reason: 'incomplete_document' },
    ]);
    await office.pass(days(15));
    const holds = await office.holds.ofBasis(demand);
    expect(holds.every(({ expiresAt }) => expiresAt !== null && expiresAt <= clock.now())).toBe(
      true,
    );
  });
});
