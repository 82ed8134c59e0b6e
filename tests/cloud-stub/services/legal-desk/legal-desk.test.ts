import { describe, expect, test } from 'vitest';
import { isMatterKind, matterFacts } from '../../../../cloud-stub/legal/matter-facts.ts';
import type { Writing } from '../../../../cloud-stub/ports.ts';
import type { Exports } from '../../../../cloud-stub/services/exports/exports.ts';
import type { LegalDesk } from '../../../../cloud-stub/services/legal-desk/legal-desk.ts';
import { openLegalDesk } from '../../../../cloud-stub/services/legal-desk/legal-desk-office.ts';
import { days, epochMs, hours, isoTime, later } from '../../../../device/wire/time.ts';
import { newYear } from '../../../support/cloud/catalogue-rows.ts';
import {
  type DeskOffice,
  decided,
  formOf,
  foundAllRight,
  given,
  neighbour,
  openDeskOffice,
  owner,
  paper,
  porch,
  porchClip,
} from '../../../support/cloud/desk-office.ts';

/** A desk on day 3, two clips in scope and one beside it. */
async function deskWithClips(): Promise<DeskOffice> {
  const office = await openDeskOffice();
  await office.add(porchClip(1, 1), porchClip(2, 2), porchClip(3, 8));
  await office.pass(days(3));
  return office;
}
const outcomeOf = async ({ desk, people }: DeskOffice, demand: Parameters<LegalDesk['show']>[1]) =>
  (await desk.show(people.auditor, demand))?.outcome;
const onPaper = (name: string) => paper(name);

describe('an answer', () => {
  test('of a warrant is decided item by item, and the owner is told before [LEG-2, LEG-4, LEG-6]', async () => {
    const office = await deskWithClips();
    const { desk, people } = office;
    const demand = await decided(office, formOf(office.clock.now()));
    const shown = await desk.show(people.reviewer, demand);
    expect(shown).toMatchObject({
      stage: 'decided',
      outcome: { code: 'FULL' },
      released: { subscriber: 3, 'non-content': 1, content: 2 },
      needs: [],
      notice: { state: 'sent' },
    });
    const items = await desk.items(people['agency-officer'], demand, { limit: 100 });
    expect(items?.items.map(({ key }) => key)).toEqual([
      ...[1, 2].map((n) => `clip/${porch}/${porchClip(n, n).clip}`),
      expect.stringMatching(/^device\/[0-9A-Z]{26}$/),
      `subscriber/${owner}/name`,
      `subscriber/${owner}/service-length-and-types`,
      `subscriber/${owner}/subscriber-number`,
    ]);
    expect(await desk.notices(owner)).toMatchObject([
      { process: 'search-warrant', released: { content: 2 }, disclosedAt: null },
    ]);
    expect(shown?.holds.map(({ kind, ended }) => [kind, ended])).toEqual([
      ['intake', true],
      ['search-warrant', false],
    ]);
  });

  test('to a subpoena is subscriber information; what else there is, is not told [LEG-1, LEG-2]', async () => {
    const office = await deskWithClips();
    const { desk, people, clock } = office;
    const form = formOf(clock.now(), {
      process: 'grand-jury-subpoena',
      issuer: { ...(formOf(clock.now()).issuer ?? never()), kind: 'grand-jury' },
    });
    const demand = await decided(office, form);
    expect(await outcomeOf(office, demand)).toEqual({
      code: 'PARTIAL',
      reasons: ['wrong_class_for_process'],
    });
    const toSender = await desk.items(people['agency-officer'], demand, { limit: 100 });
    expect(toSender?.items.map((item) => item.class)).toEqual(Array(3).fill('subscriber'));
    const toDesk = await desk.items(people.reviewer, demand, { limit: 100 });
    expect(toDesk?.items.filter((item) => item.class === 'content')).toHaveLength(2);
  });

  test('narrowed by the reviewer withholds what was cut out, and says so [LEG-3]', async () => {
    const office = await deskWithClips();
    const { desk, people, clock } = office;
    const { demand } = given(
      await desk.submit(people['agency-officer'], formOf(clock.now()), paper()),
    );
    const { version } = given(await desk.takeIn(people['intake-clerk'], demand, foundAllRight));
    const narrow = [`clip/${porch}/${porchClip(2, 2).clip}`];
    const { version: seen } = given(
      await desk.review(people.reviewer, demand, { seen: version, narrow }),
    );
    given(await desk.approve(people.approver, demand, { seen }));
    expect(await outcomeOf(office, demand)).toEqual({ code: 'PARTIAL', reasons: ['overbroad'] });
    expect((await desk.show(people.auditor, demand))?.released?.content).toBe(1);
  });

  test("holds nothing of anyone else's, nor of another day, in lists and numbers [LEG-4]", async () => {
    const office = await openDeskOffice();
    const others = [
      porchClip(5, 1, { account: neighbour }),
      porchClip(6, 2, { account: null }),
      // Received in time to be looked at, and recorded before.
      porchClip(7, 1, {
        recordedAt: later(newYear, days(0)),
        boundLowerAt: later(newYear, days(0)),
      }),
    ];
    await office.add(porchClip(1, 1), ...others);
    await office.pass(days(3));
    const demand = await decided(office, formOf(office.clock.now()));
    const shown = await office.desk.show(office.people.auditor, demand);
    expect([shown?.released?.content, shown?.withheld?.content]).toEqual([1, 0]);
    for (const reader of [office.people.auditor, office.people['agency-officer']]) {
      const page = await office.desk.items(reader, demand, { limit: 100 });
      const clips = page?.items.filter((item) => item.class === 'content') ?? [];
      expect(clips.map(({ key }) => key)).toEqual([`clip/${porch}/${porchClip(1, 1).clip}`]);
    }
  });

  test('is given to all records of a scope, however many pages they fill [LEG-4]', async () => {
    const office = await openDeskOffice();
    const count = 1203;
    const clips = Array.from({ length: count }, (_, n) => porchClip(n + 1, 1));
    await office.catalogue.write(async (tx) => {
      for (let n = 0; n < count; n += 100) {
        await tx
          .insertInto('clips')
          .values(clips.slice(n, n + 100))
          .execute();
      }
    });
    await office.pass(days(3));
    const demand = await decided(office, formOf(office.clock.now()));
    expect((await office.desk.show(office.people.auditor, demand))?.released?.content).toBe(count);
    const keys = new Set<string>();
    for (let after: string | null = ''; after !== null; ) {
      const page = await office.desk.items(office.people.auditor, demand, { after, limit: 200 });
      for (const { key } of page?.items ?? []) keys.add(key);
      after = page?.next ?? null;
    }
    // What its owner is, and that the doorbell is hers.
    expect(keys.size).toBe(count + 3 + 1);
  });

  test('is as of now: footage purged since its hold lapsed is no record [HLD-6]', async () => {
    const office = await deskWithClips();
    const { demand } = given(
      await office.desk.submit(
        office.people['agency-officer'],
        formOf(office.clock.now(), { classes: ['content'] }),
        paper(),
      ),
    );
    given(await office.desk.takeIn(office.people['intake-clerk'], demand, foundAllRight));
    await office.pass(days(15));
    await office.lapse();
    await office.catalogue.write((tx) =>
      tx.updateTable('clips').set({ possession: 'shredding', visibility: 'expired' }).execute(),
    );
    const seen = (await office.desk.show(office.people.reviewer, demand))?.version ?? 0;
    const { version } = given(await office.desk.review(office.people.reviewer, demand, { seen }));
    given(await office.desk.approve(office.people.approver, demand, { seen: version }));
    expect(await outcomeOf(office, demand)).toEqual({ code: 'NO_RECORDS', detail: 'purged' });
  });

  /** A desk of whose writes the n-th from now waits for something else to happen first. */
  async function interrupted(office: DeskOffice) {
    let writes = 0;
    let happen = async (): Promise<unknown> => null;
    const catalogue = {
      ...office.catalogue,
      async write<Result>(work: (tx: Writing) => Promise<Result>): Promise<Result> {
        if (--writes === 0) await happen();
        return office.catalogue.write(work);
      },
    };
    const ports = { ...office.world.ports, catalogue };
    const desk = await openLegalDesk({ ...office.world, ports });
    /** Of an approval: signed, items cleared, items written, answered. */
    const beforeAnswer = (what: () => Promise<unknown>): void => {
      writes = 4;
      happen = what;
    };
    return { desk, beforeAnswer, hasHappened: () => writes <= 0 };
  }
  async function reviewed(office: DeskOffice, desk: LegalDesk) {
    const { people, clock } = office;
    const form = formOf(clock.now(), { classes: ['content'] });
    const { demand } = given(await desk.submit(people['agency-officer'], form, paper()));
    given(await desk.takeIn(people['intake-clerk'], demand, foundAllRight));
    await office.pass(days(15));
    await office.lapse();
    const seen = (await desk.show(people.reviewer, demand))?.version ?? 0;
    return given(await desk.review(people.reviewer, demand, { seen }));
  }

  test('begins anew when a purge comes between the look and the answer [HLD-6]', async () => {
    const office = await deskWithClips();
    const { desk, beforeAnswer, hasHappened } = await interrupted(office);
    const { demand, version } = await reviewed(office, desk);
    beforeAnswer(() =>
      office.catalogue.write((tx) =>
        tx.updateTable('clips').set({ possession: 'shredding', visibility: 'expired' }).execute(),
      ),
    );
    given(await desk.approve(office.people.approver, demand, { seen: version }));
    expect(hasHappened()).toBe(true);
    expect(await outcomeOf(office, demand)).toEqual({ code: 'NO_RECORDS', detail: 'purged' });
    await desk.stop();
  });

  test('waits for a new signature when a reviewer finds more between the look and the answer', async () => {
    const office = await deskWithClips();
    const rosa = await office.person('Rosa', 'reviewer');
    const { desk, beforeAnswer, hasHappened } = await interrupted(office);
    const { demand, version } = await reviewed(office, desk);
    const narrow = [`clip/${porch}/${porchClip(2, 2).clip}`];
    beforeAnswer(() => office.desk.review(rosa, demand, { seen: version + 1, narrow }));
    given(await desk.approve(office.people.approver, demand, { seen: version }));
    expect(hasHappened()).toBe(true);
    expect(await desk.show(rosa, demand)).toMatchObject({
      stage: 'in-review',
      outcome: null,
      needs: [{ need: 'approver', missing: 1 }],
    });
    await desk.stop();
  });
});

describe('the receipt of a demand', () => {
  test('on day 59 holds what is reviewed on day 63 [HLD-4]', async () => {
    const office = await openDeskOffice();
    await office.add(porchClip(1, 1));
    await office.pass(days(60));
    const { demand } = given(
      await office.desk.submit(
        office.people['agency-officer'],
        formOf(office.clock.now()),
        paper(),
      ),
    );
    const [intake] = await office.holds.ofBasis(demand);
    expect(intake).toMatchObject({ kind: 'intake', expiresAt: later(newYear, days(74)) });
    expect(await office.holds.clipsOf(intake?.hold ?? never())).toHaveLength(1);
    await office.pass(days(4));
    const taken = given(
      await office.desk.takeIn(office.people['intake-clerk'], demand, foundAllRight),
    );
    const { version } = given(
      await office.desk.review(office.people.reviewer, demand, { seen: taken.version }),
    );
    given(await office.desk.approve(office.people.approver, demand, { seen: version }));
    expect(await outcomeOf(office, demand)).toEqual({ code: 'FULL' });
  });

  test('that intake refuses holds nothing, and is told at once [HLD-4, LEG-3]', async () => {
    const office = await deskWithClips();
    const refused = given(
      await office.desk.submit(
        office.people['agency-officer'],
        formOf(office.clock.now(), { servedOn: 'Somebody Else Inc.' }),
        paper(),
      ),
    );
    expect(refused).toMatchObject({
      stage: 'closed',
      outcome: { code: 'REJECTED', reason: 'wrong_entity' },
    });
    expect(await office.holds.ofBasis(refused.demand)).toEqual([]);
    const [checked] = await office.told('intake-checked');
    expect(checked?.facts['checks']).toHaveLength(20);
    const [told] = await office.told('demand-decided');
    expect(told?.facts).toMatchObject({ outcome: 'REJECTED', reasons: ['wrong_entity'] });
  });

  test('of the same paper again is tied to the first [LEG-3]', async () => {
    const office = await deskWithClips();
    const submit = () =>
      office.desk.submit(office.people['agency-officer'], formOf(office.clock.now()), paper());
    const first = given(await submit());
    const again = given(await submit());
    const shown = await office.desk.show(office.people.reviewer, again.demand);
    expect(shown?.checks.find(({ check }) => check === 'V14')).toMatchObject({
      outcome: 'failed',
      action: 'link',
      because: `the same document came with demand ${first.demand}`,
    });
  });
});

describe('a question to the sender', () => {
  const vague = { from: null, to: null };

  test('is answered with the form anew; the test of age stays that of the receipt [LEG-3]', async () => {
    const office = await deskWithClips();
    const { desk, people, clock } = office;
    const officer = people['agency-officer'];
    const form = formOf(clock.now());
    const asked = given(await desk.submit(officer, { ...form, ...vague }, paper()));
    expect(asked).toMatchObject({ stage: 'asked', question: { reason: 'not_particular' } });
    await office.pass(days(1));
    const answered = given(await desk.answer(officer, asked.demand, form, null));
    expect(answered).toMatchObject({ stage: 'received', receivedAt: asked.receivedAt });
  });

  test('is answered with a warrant issued since; the demand stays of its first day [LEG-3]', async () => {
    const office = await deskWithClips();
    const { desk, people, clock } = office;
    const officer = people['agency-officer'];
    const asked = given(await desk.submit(officer, formOf(clock.now(), vague), paper()));
    const held = await office.holds.ofBasis(asked.demand);
    await office.pass(days(10));
    const signedAt = isoTime(later(clock.now(), hours(-1)));
    const form = formOf(clock.now(), { signedAt });
    const answered = given(await desk.answer(officer, asked.demand, form, onPaper('reissued')));
    expect(answered).toMatchObject({ stage: 'received', outcome: null });
    expect(answered.receivedAt).toBe(asked.receivedAt);
    const shown = await desk.show(people.reviewer, asked.demand);
    const ofPaper = shown?.checks.filter(({ check }) => check === 'V04' || check === 'V05');
    expect(ofPaper).toEqual([
      { check: 'V04', outcome: 'passed' },
      { check: 'V05', outcome: 'passed' },
    ]);
    expect((await desk.list(people.reviewer, { limit: 1 })).items).toMatchObject([
      { demand: asked.demand, receivedAt: asked.receivedAt },
    ]);
    // Held from the first day on, without a gap and under one hold at a time. [HLD-4]
    const holds = await office.holds.ofBasis(asked.demand);
    expect(holds.map(({ placedAt, ended }) => [placedAt, ended])).toEqual([
      [asked.receivedAt, { at: clock.now(), because: 'converted' }],
      [clock.now(), null],
    ]);
    expect(holds[0]?.hold).toBe(held[0]?.hold);
    const taken = given(await desk.takeIn(people['intake-clerk'], asked.demand, foundAllRight));
    expect(taken.stage).toBe('in-review');
  });

  test.each([
    ['signed after it came', hours(1), true, 'unsigned'],
    ['that is stale', -days(15), true, 'stale'],
    ['that came before its own signature', -hours(1), false, 'unsigned'],
  ])('is not answered by a paper %s [LEG-3]', async (_which, signedMs, isNew, reason) => {
    const office = await deskWithClips();
    const { desk, people, clock } = office;
    const officer = people['agency-officer'];
    const { demand } = given(await desk.submit(officer, formOf(clock.now(), vague), paper()));
    await office.pass(days(10));
    const signedAt = isoTime(epochMs(clock.now() + signedMs));
    const file = isNew ? onPaper('reissued') : null;
    given(await desk.answer(officer, demand, formOf(clock.now(), { signedAt }), file));
    expect(await outcomeOf(office, demand)).toEqual({ code: 'REJECTED', reason });
  });

  test('that nobody answers in its time ends the demand [LEG-3]', async () => {
    const office = await deskWithClips();
    const asked = given(
      await office.desk.submit(
        office.people['agency-officer'],
        formOf(office.clock.now(), vague),
        paper(),
      ),
    );
    await office.pass(days(14) - 1);
    expect(await outcomeOf(office, asked.demand)).toBeNull();
    await office.pass(1);
    expect(await outcomeOf(office, asked.demand)).toEqual({
      code: 'REJECTED',
      reason: 'not_particular',
    });
  });

  test('first asked when the paper lay unread for weeks leaves all its time [LEG-3]', async () => {
    const office = await deskWithClips();
    const { desk, people, clock } = office;
    const { demand } = given(
      await desk.submit(people['agency-officer'], formOf(clock.now()), paper()),
    );
    await office.pass(days(20));
    const askedAt = clock.now();
    given(await desk.takeIn(people['intake-clerk'], demand, { ...foundAllRight, pages: 3 }));
    expect(await desk.show(people.reviewer, demand)).toMatchObject({
      stage: 'asked',
      question: { reason: 'incomplete_document', dueAt: later(askedAt, days(14)) },
    });
    await office.pass(days(14) - 1);
    expect((await desk.show(people.reviewer, demand))?.stage).toBe('asked');
    await office.pass(1);
    expect(await outcomeOf(office, demand)).toEqual({
      code: 'REJECTED',
      reason: 'incomplete_document',
    });
  });

  test('lets what was signed before count for nothing', async () => {
    const office = await deskWithClips();
    const { desk, people, clock } = office;
    const { demand } = given(
      await desk.submit(people['agency-officer'], formOf(clock.now()), paper()),
    );
    const missing = { ...foundAllRight, pages: 3 };
    expect(given(await desk.takeIn(people['intake-clerk'], demand, missing)).stage).toBe('asked');
    given(
      await desk.answer(people['agency-officer'], demand, formOf(clock.now()), onPaper('whole')),
    );
    const taken = given(await desk.takeIn(people['intake-clerk'], demand, foundAllRight));
    expect(taken).toMatchObject({
      stage: 'in-review',
      needs: [{ need: 'reviewer' }, { need: 'approver' }],
    });
  });
});

describe('a preservation request', () => {
  const request = (office: DeskOffice, more = {}) =>
    formOf(office.clock.now(), {
      process: 'preservation-request',
      issuer: {
        kind: 'agency',
        name: 'O. Olin',
        title: 'Officer',
        body: 'SPD',
        jurisdiction: 'US',
      },
      classes: ['content'],
      ...more,
    });

  test('holds for 90 days, tells nobody, releases nothing [HLD-5]', async () => {
    const office = await deskWithClips();
    const demand = await decided(office, request(office), []);
    expect(await outcomeOf(office, demand)).toEqual({ code: 'FULL' });
    const kept = (await office.holds.ofBasis(demand)).find(({ kind }) => kind !== 'intake');
    expect(kept).toMatchObject({
      kind: 'preservation-request',
      expiresAt: later(office.clock.now(), days(90)),
    });
    expect(await office.desk.notices(owner)).toEqual([]);
  });

  test('renews once, by a demand of its own; a third is refused [HLD-5]', async () => {
    const office = await deskWithClips();
    const first = await decided(office, request(office), []);
    const hold = (await office.holds.ofBasis(first)).find(({ kind }) => kind !== 'intake')?.hold;
    if (hold === undefined) throw new Error('nothing was held');
    await office.pass(days(60));
    const again = { renews: hold, caseNumber: '26-000123' };
    const second = await decided(office, request(office, again), [], onPaper('again'));
    expect(await outcomeOf(office, second)).toEqual({ code: 'FULL' });
    expect(await office.holds.find(hold)).toMatchObject({
      expiresAt: later(newYear, days(183)),
    });
    const third = given(
      await office.desk.submit(
        office.people['agency-officer'],
        request(office, again),
        onPaper('and again'),
      ),
    );
    expect(third.outcome).toEqual({ code: 'REJECTED', reason: 'renewals_used_up' });
  });
});

describe('an emergency', () => {
  const plea = (office: DeskOffice) =>
    formOf(office.clock.now(), {
      process: 'emergency',
      issuer: {
        kind: 'agency',
        name: 'O. Olin',
        title: 'Officer',
        body: 'SPD',
        jurisdiction: 'US',
      },
      emergency: {
        danger: 'a child was taken from the porch',
        imminent: true,
        nexus: 'the clip may show the car',
        arisenAt: isoTime(later(office.clock.now(), hours(-1))),
      },
    });

  test('takes a call back and two approvers, and the owner is told after [LEG-5, LEG-6]', async () => {
    const office = await deskWithClips();
    const second = await office.person('Bela', 'approver');
    const demand = await decided(office, plea(office));
    expect(await office.desk.show(office.people.reviewer, demand)).toMatchObject({
      stage: 'in-review',
      needs: [{ need: 'approver', missing: 1 }],
    });
    const seen = (await office.desk.show(second, demand))?.version ?? 0;
    given(await office.desk.approve(second, demand, { seen }));
    expect(await outcomeOf(office, demand)).toEqual({ code: 'FULL' });
    expect(await office.desk.notices(owner)).toEqual([]);
  });

  test('whose call back fails is refused [LEG-3]', async () => {
    const office = await deskWithClips();
    const { desk, people } = office;
    const { demand, stage } = given(
      await desk.submit(people['agency-officer'], plea(office), paper()),
    );
    expect(stage).toBe('received');
    const failed = { ...foundAllRight, callBack: 'failed' as const };
    given(await desk.takeIn(people['intake-clerk'], demand, failed));
    expect(await outcomeOf(office, demand)).toEqual({
      code: 'REJECTED',
      reason: 'emergency_not_shown',
    });
  });

  test('whose footage goes before it is leased is answered anew: there are no records [HLD-6]', async () => {
    const gone = { leased: false, because: 'footage-gone', detail: 'clip' } as const;
    const exports = { find: async () => null, lease: async () => gone } as unknown as Exports;
    const office = await openDeskOffice({ exports });
    await office.add(porchClip(1, 1));
    await office.pass(days(3));
    const second = await office.person('Bela', 'approver');
    const form = { ...plea(office), classes: ['content' as const] };
    const demand = await decided(office, form, [office.people.approver, second]);
    expect(await outcomeOf(office, demand)).toEqual({ code: 'FULL' });
    await office.pass(days(15));
    await office.lapse();
    await office.catalogue.write((tx) =>
      tx.updateTable('clips').set({ possession: 'shredding', visibility: 'expired' }).execute(),
    );
    expect(await office.desk.seal(office.people.custodian, demand)).toMatchObject({
      ok: false,
      because: 'export',
    });
    expect(await outcomeOf(office, demand)).toEqual({ code: 'NO_RECORDS', detail: 'purged' });
    const items = await office.desk.items(office.people.auditor, demand, { limit: 9 });
    const clips = items?.items.filter((item) => item.class === 'content');
    expect(clips).toMatchObject([{ released: false, because: 'purged' }]);
  });
});

describe('silence', () => {
  const gagged = (office: DeskOffice, forDays: number) =>
    formOf(office.clock.now(), {
      silence: {
        by: 'court-order',
        namesProcess: true,
        from: isoTime(office.clock.now()),
        expiresAt: isoTime(later(office.clock.now(), days(forDays))),
      },
    });

  test('keeps the notice back until it ends; then it goes out by itself [LEG-6, DEL-4]', async () => {
    const office = await deskWithClips();
    const demand = await decided(office, gagged(office, 30));
    expect(await office.desk.notices(owner)).toEqual([]);
    await office.pass(days(30) - 1);
    expect(await office.desk.notices(owner)).toEqual([]);
    await office.pass(1);
    expect(await office.desk.notices(owner)).toHaveLength(1);
    const told = await office.told('silence-began', 'silence-ended', 'notice-sent');
    expect(told.map(({ kind, facts }) => [kind, facts['demand']])).toEqual([
      ['silence-began', demand],
      ['silence-ended', demand],
      ['notice-sent', demand],
    ]);
  });

  test.each<[string, NonNullable<ReturnType<typeof gagged>['silence']> | null]>([
    ['is a letter', { by: 'letter', namesProcess: true, from: isoTime(newYear), expiresAt: null }],
    [
      'has no end',
      { by: 'court-order', namesProcess: true, from: isoTime(newYear), expiresAt: null },
    ],
    ['says nothing of silence', null],
  ])(
    'is not kept for an order that %s: it is refused, and the owner told [LEG-6]',
    async (_title, silence) => {
      const office = await deskWithClips();
      const demand = await decided(office, formOf(office.clock.now()), []);
      const order = formOf(office.clock.now(), {
        ...{ process: 'non-disclosure-order', silences: demand, silence, classes: ['subscriber'] },
      });
      const gag = await decided(office, order, [], onPaper('gag'));
      expect(await outcomeOf(office, gag)).toEqual({
        code: 'REJECTED',
        reason: 'expired_gag_ignored',
      });
      const seen = (await office.desk.show(office.people.approver, demand))?.version ?? 0;
      given(await office.desk.approve(office.people.approver, demand, { seen }));
      expect(await office.desk.notices(owner)).toHaveLength(1);
    },
  );

  test.each([
    ['that comes with a warrant', false],
    ['of its own', true],
  ])(
    'of a Californian court %s lasts 90 days, whatever it says [LEG-1, LEG-6]',
    async (_title, isOwn) => {
      const office = await deskWithClips();
      const { desk, people, clock } = office;
      const form = gagged(office, 300);
      const issuer = { ...(form.issuer ?? never()), jurisdiction: 'US-CA' };
      const warrant = isOwn ? formOf(clock.now()) : { ...form, issuer };
      const demand = await decided(office, warrant, []);
      const read = async (of: typeof demand) => (await desk.show(people.auditor, of))?.version ?? 0;
      // Whether a state's court reaches the provider is for a person to say.
      const clear = ['V06'] as const;
      if (isOwn) {
        const order = {
          ...form,
          issuer,
          process: 'non-disclosure-order' as const,
          silences: demand,
        };
        const gag = await decided(office, order, [], onPaper('gag'));
        given(await desk.review(people.reviewer, gag, { seen: await read(gag), clear }));
        expect(await outcomeOf(office, gag)).toEqual({ code: 'FULL' });
      } else {
        given(await desk.review(people.reviewer, demand, { seen: await read(demand), clear }));
      }
      given(await desk.approve(people.approver, demand, { seen: await read(demand) }));
      await office.pass(days(90) - 1);
      expect(await desk.notices(owner)).toEqual([]);
      await office.pass(1);
      expect(await desk.notices(owner)).toHaveLength(1);
    },
  );

  test('that a court lifts ends at once [LEG-6]', async () => {
    const office = await deskWithClips();
    const demand = await decided(office, formOf(office.clock.now()), []);
    const order = formOf(office.clock.now(), {
      process: 'non-disclosure-order',
      silences: demand,
      silence: gagged(office, 90).silence,
      classes: ['subscriber'],
    });
    const gag = await decided(office, order, [], onPaper('gag'));
    expect(await outcomeOf(office, gag)).toEqual({ code: 'FULL' });
    const seen = (await office.desk.show(office.people.approver, demand))?.version ?? 0;
    given(await office.desk.approve(office.people.approver, demand, { seen }));
    expect(await office.desk.notices(owner)).toEqual([]);
    given(await office.desk.liftSilence(office.people.reviewer, demand));
    expect(await office.desk.notices(owner)).toHaveLength(1);
  });

  test('guessing the notice that is not sent yet tells nothing [DEL-4]', async () => {
    const office = await deskWithClips();
    await decided(office, gagged(office, 30));
    const { notice } = await office.catalogue.read
      .selectFrom('notices')
      .select('notice')
      .executeTakeFirstOrThrow();
    expect(await office.desk.challenge(owner, notice, 'mine')).toBe(false);
  });

  test('that came with the demand is lifted as well, and told once as lifted [LEG-6]', async () => {
    const office = await deskWithClips();
    const demand = await decided(office, gagged(office, 30));
    given(await office.desk.liftSilence(office.people.reviewer, demand));
    expect(await office.desk.notices(owner)).toHaveLength(1);
    const told = await office.told('silence-ended');
    expect(told.map(({ facts }) => facts)).toEqual([{ demand, because: 'lifted' }]);
    expect(await office.desk.liftSilence(office.people.reviewer, demand)).toMatchObject({
      because: 'stage',
    });
  });

  test('of a gagged and of no demand at all look alike to the owner [DEL-4]', async () => {
    const worlds = [await deskWithClips(), await deskWithClips()] as const;
    const demand = await decided(worlds[0], gagged(worlds[0], 30));
    for (const office of worlds) {
      expect(await office.desk.notices(owner)).toEqual([]);
      expect(await office.desk.challenge(owner, demand, 'mine')).toBe(false);
      const consent = { clips: [], classes: [] };
      expect(await office.desk.consent(owner, demand, consent)).toBe(false);
      expect(await office.desk.revokeConsent(owner, demand)).toBe(false);
    }
  });

  test('a notifier that fails is asked again [LEG-6]', async () => {
    const told: string[] = [];
    let isDown = true;
    const notifier = {
      notify: async (account: string) => {
        if (isDown) throw new Error('the mail is down');
        told.push(account);
      },
    };
    const office = await openDeskOffice({ notifier });
    await office.add(porchClip(1, 1));
    await office.pass(days(3));
    await decided(office, formOf(office.clock.now()));
    expect(told).toEqual([]);
    isDown = false;
    await office.desk.look();
    await office.desk.look();
    expect(told).toEqual([owner]);
  });
});

describe('an owner', () => {
  test('who challenges stops the answer until a court has spoken', async () => {
    const office = await deskWithClips();
    const { desk, people } = office;
    const demand = await decided(office, formOf(office.clock.now()));
    const [notice] = await desk.notices(owner);
    expect(await desk.challenge(owner, notice?.notice ?? never(), 'it is my porch')).toBe(true);
    expect(await desk.seal(people.custodian, demand)).toMatchObject({ ok: false });
    given(await desk.endChallenge(people.reviewer, demand, { upheld: true }));
    expect(await outcomeOf(office, demand)).toEqual({ code: 'QUASHED' });
  });

  test("consents clip by clip, to what is the owner's own; nothing beside leaves [LEG-2]", async () => {
    const office = await deskWithClips();
    const { desk, people, clock } = office;
    const form = formOf(clock.now(), {
      process: 'owner-consent',
      issuer: { kind: 'owner', name: 'Ann', title: 'owner', body: 'home', jurisdiction: 'US' },
    });
    const { demand } = given(await desk.submit(people['agency-officer'], form, paper()));
    const [first, stranger] = [porchClip(1, 1), porchClip(99, 1)];
    const name = ({ thing, clip }: typeof first) => ({ thing, clip });
    const consent = (...clips: (typeof first)[]) =>
      desk.consent(owner, demand, { clips: clips.map(name), classes: [] });
    expect(await consent(stranger)).toBe(false);
    expect(await consent(first)).toBe(true);
    const { version } = given(await desk.takeIn(people['intake-clerk'], demand, foundAllRight));
    const reviewed = given(await desk.review(people.reviewer, demand, { seen: version }));
    given(await desk.approve(people.approver, demand, { seen: reviewed.version }));
    expect((await desk.show(people.auditor, demand))?.released).toEqual({
      subscriber: 0,
      'non-content': 0,
      content: 1,
    });
    expect(await desk.revokeConsent(owner, demand)).toBe(true);
    expect(await outcomeOf(office, demand)).toEqual({
      code: 'REJECTED',
      reason: 'consent_missing',
    });
  });
});

describe('an area in place of doorbells', () => {
  test('is a reverse search: two reviewers, a lawyer, a clearance [LEG-8]', async () => {
    const office = await deskWithClips();
    const { desk, people, clock } = office;
    const second = await office.person('Rosa', 'reviewer');
    const polygon = [
      [28, -82],
      [28.1, -82],
      [28.1, -82.1],
    ] as [number, number][];
    const form = formOf(clock.now(), { area: { polygon }, subjects: [] });
    const { demand } = given(await desk.submit(people['agency-officer'], form, paper()));
    given(await desk.takeIn(people['intake-clerk'], demand, foundAllRight));
    const seen = async () => (await desk.show(people.auditor, demand))?.version ?? 0;
    given(await desk.review(people.reviewer, demand, { seen: await seen() }));
    given(await desk.approve(people.approver, demand, { seen: await seen() }));
    expect((await desk.show(people.auditor, demand))?.needs).toEqual([
      { need: 'reviewer', missing: 1 },
      { need: 'counsel', missing: 1 },
      { need: 'clearance', check: 'V10' },
    ]);
    given(await desk.review(second, demand, { seen: await seen(), clear: ['V10'] }));
    given(await desk.advise(people.counsel, demand, { seen: await seen() }));
    expect((await desk.show(people.auditor, demand))?.needs).toEqual([
      { need: 'approver', missing: 1 },
    ]);
    given(await desk.approve(people.approver, demand, { seen: await seen() }));
    // Cleared or not, it names nobody: nobody's records are its.
    expect(await outcomeOf(office, demand)).toEqual({ code: 'NO_RECORDS', detail: 'never_had' });
  });
});

describe('the ledger', () => {
  test('has of each step what the transparency report relies on, and no name in it [LOG-2, LOG-3]', async () => {
    const office = await deskWithClips();
    await decided(office, formOf(office.clock.now()));
    await office.pass(days(1));
    const vague = { ...formOf(office.clock.now()), from: null };
    given(await office.desk.submit(office.people['agency-officer'], vague, onPaper('vague')));
    await office.pass(days(15));
    const rows = await office.catalogue.read.selectFrom('ledger').selectAll().execute();
    const read = rows.filter(({ kind }) => isMatterKind(kind));
    expect(new Set(read.map(({ kind }) => kind)).size).toBeGreaterThan(8);
    for (const { kind, facts } of read) {
      const parsed = isMatterKind(kind) ? matterFacts[kind].safeParse(JSON.parse(facts)) : null;
      expect(parsed?.error?.message ?? '', kind).toBe('');
    }
    const text = rows.map(({ facts, actor }) => `${actor} ${facts}`).join('\n');
    for (const person of Object.values(office.people)) {
      expect(text).not.toContain(person.principal);
      expect(text).not.toContain(person.name);
    }
    expect(text).not.toContain(owner);
    expect(text).not.toContain('springfield');
  });
});

describe('a desk that was cut off', () => {
  test('decides at its next start what nobody is missing for', async () => {
    const office = await deskWithClips();
    const { desk, people, clock } = office;
    const { demand } = given(
      await desk.submit(people['agency-officer'], formOf(clock.now()), paper()),
    );
    const { version } = given(await desk.takeIn(people['intake-clerk'], demand, foundAllRight));
    given(await desk.review(people.reviewer, demand, { seen: version }));
    const step = { name: 'approved', at: clock.now(), by: people.approver.principal };
    await office.catalogue.write((tx) =>
      tx
        .insertInto('demandSteps')
        .values({
          demand,
          step: version + 2,
          at: clock.now(),
          name: 'approved',
          facts: JSON.stringify(step),
        })
        .execute(),
    );
    await office.reopen();
    expect(await outcomeOf(office, demand)).toEqual({ code: 'FULL' });
  });
});

function never(): never {
  throw new Error('it is there');
}
