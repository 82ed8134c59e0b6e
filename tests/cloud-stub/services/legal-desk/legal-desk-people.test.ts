import { describe, expect, test } from 'vitest';
import type { Scope } from '../../../../cloud-stub/custody/holds-scope.ts';
import type { DeskAnswer } from '../../../../cloud-stub/services/legal-desk/legal-desk.ts';
import type { Principal } from '../../../../cloud-stub/services/legal-desk/principals.ts';
import { days, later } from '../../../../device/wire/time.ts';
import { newYear } from '../../../support/cloud/catalogue-rows.ts';
import { thingNamed, ulidNumbered } from '../../../support/cloud/clip-samples.ts';
import {
  type DeskOffice,
  decided,
  formOf,
  foundAllRight,
  given,
  openDeskOffice,
  owner,
  paper,
  porch,
  porchClip,
} from '../../../support/cloud/desk-office.ts';

/** A warrant in review: sent, taken in, reviewed; who did it has other roles as well. */
async function inReview() {
  const office = await openDeskOffice();
  await office.add(porchClip(1, 1));
  await office.pass(days(3));
  const { desk, people } = office;
  const all = ['intake-clerk', 'reviewer', 'counsel', 'approver', 'custodian'] as const;
  const clerk = await office.person('Clerk of all trades', ...all);
  const reviewer = await office.person('Reviewer of all trades', ...all);
  const { demand } = given(
    await desk.submit(people['agency-officer'], formOf(office.clock.now()), paper()),
  );
  given(await desk.takeIn(clerk, demand, foundAllRight));
  const version = (await desk.show(clerk, demand))?.version ?? 0;
  given(await desk.review(reviewer, demand, { seen: version }));
  const seen = version + 1;
  return { office, demand, seen, clerk, reviewer };
}
type Scene = Awaited<ReturnType<typeof inReview>>;

const acts: Readonly<
  Record<string, (scene: Scene, by: Principal) => Promise<DeskAnswer<unknown>>>
> = {
  'take-in': ({ office, demand }, by) => office.desk.takeIn(by, demand, foundAllRight),
  review: ({ office, demand, seen }, by) => office.desk.review(by, demand, { seen }),
  advise: ({ office, demand, seen }, by) => office.desk.advise(by, demand, { seen }),
  refuse: ({ office, demand, seen }, by) =>
    office.desk.refuse(by, demand, { seen, reason: 'overbroad' }),
  approve: ({ office, demand, seen }, by) => office.desk.approve(by, demand, { seen }),
  seal: ({ office, demand }, by) => office.desk.seal(by, demand),
  deliver: ({ office, demand }, by) => office.desk.deliver(by, demand),
  'end-challenge': ({ office, demand }, by) =>
    office.desk.endChallenge(by, demand, { upheld: true }),
};

describe('[LEG-5] who has a part in a matter has no other', () => {
  test.each([
    ['clerk', 'review'],
    ['clerk', 'advise'],
    ['clerk', 'refuse'],
    ['clerk', 'approve'],
    ['reviewer', 'take-in'],
    ['reviewer', 'advise'],
    ['reviewer', 'approve'],
  ] as const)('the %s cannot %s, and the attempt is on record', async (part, act) => {
    const scene = await inReview();
    const { office, demand } = scene;
    const by = part === 'clerk' ? scene.clerk : scene.reviewer;
    expect(await acts[act]?.(scene, by)).toMatchObject({ ok: false, because: 'another-part' });
    const [refused] = await office.told('demand-refused');
    expect(refused?.facts).toEqual({ demand, act, because: 'another-part' });
    expect(refused?.actor).toMatch(/^[a-z-]+:[0-9a-f]{32}$/);
  });

  test.each(['reviewer', 'clerk'] as const)('the %s does not seal', async (part) => {
    const office = await openDeskOffice({ exports: {} as never });
    await office.add(porchClip(1, 1));
    await office.pass(days(3));
    const person = await office.person('Both', 'intake-clerk', 'reviewer', 'custodian');
    const { desk, people } = office;
    const officer = people['agency-officer'];
    const { demand } = given(await desk.submit(officer, formOf(office.clock.now()), paper()));
    const clerk = part === 'clerk' ? person : people['intake-clerk'];
    const reviewer = part === 'reviewer' ? person : people.reviewer;
    const taken = given(await desk.takeIn(clerk, demand, foundAllRight));
    const { version } = given(await desk.review(reviewer, demand, { seen: taken.version }));
    given(await desk.approve(people.approver, demand, { seen: version }));
    expect(await desk.seal(person, demand)).toMatchObject({ because: 'another-part' });
  });
});

describe('a refusal says what was wrong, and what was expected', () => {
  test.each<[string, (scene: Scene) => Promise<DeskAnswer<unknown>>, string]>([
    [
      'whose part another is',
      (scene) => scene.office.desk.approve(scene.reviewer, scene.demand, { seen: scene.seen }),
      'who has another part in this matter, as reviewer, is not its approver too',
    ],
    [
      'whose role is another',
      ({ office, demand, seen }) => office.desk.approve(office.people.counsel, demand, { seen }),
      'expected a person of the role approver',
    ],
    [
      'who comes too early',
      ({ office, demand }) =>
        office.desk.takeIn(office.people['intake-clerk'], demand, foundAllRight),
      'the matter is in review: this is done while it is received',
    ],
    [
      'who has not read it',
      ({ office, demand }) => office.desk.approve(office.people.approver, demand, { seen: 1 }),
      'the matter has changed: read it again, it is at version 4 now',
    ],
    [
      'who lifts what is not there',
      ({ office, demand }) => office.desk.liftSilence(office.people.reviewer, demand),
      'nothing silences it',
    ],
    [
      'who seals where nothing seals',
      ({ office, demand }) => office.desk.seal(office.people.custodian, demand),
      'this cloud was started without what seals bags',
    ],
  ])('to one %s', async (_who, act, detail) => {
    expect(await act(await inReview())).toMatchObject({ ok: false, detail });
  });
});

describe('[LEG-5] a role does its own acts and no others', () => {
  const roles = [
    'intake-clerk',
    'reviewer',
    'counsel',
    'approver',
    'custodian',
    'auditor',
  ] as const;
  const others = [...roles, 'ops', 'agency-officer', 'agency-admin'] as const;
  const own: Readonly<Record<string, readonly string[]>> = {
    'intake-clerk': ['take-in'],
    reviewer: ['review', 'refuse', 'end-challenge'],
    counsel: ['advise'],
    approver: ['approve'],
    custodian: ['seal', 'deliver'],
  };

  test.each(others)('%s', async (role) => {
    const scene = await inReview();
    const foreign = Object.keys(acts).filter((act) => !own[role]?.includes(act));
    for (const act of foreign) {
      const answer = await acts[act]?.(scene, scene.office.people[role]);
      const isFor = answer?.ok === false && ['role', 'no-export'].includes(answer.because);
      expect(isFor, `${role} ${act}: ${JSON.stringify(answer)}`).toBe(true);
    }
    expect(await scene.office.told('demand-refused')).toHaveLength(foreign.length);
  });

  test.each([
    [['agency-officer', 'reviewer']],
    [['auditor', 'reviewer']],
    [['ops', 'custodian']],
    [['owner']],
    [['reviewer', 'reviewer']],
    [[]],
  ] as const)('%j are no one person', async (roles) => {
    const { principals, agency } = await openDeskOffice();
    const of = (roles as readonly string[]).includes('agency-officer') ? { agency } : {};
    expect(await principals.add({ name: 'Nobody', roles, ...of })).toMatchObject({ ok: false });
  });
});

describe('approvals', () => {
  test('given twice are given once, whatever was seen the second time', async () => {
    const office = await openDeskOffice();
    await office.add(porchClip(1, 1));
    await office.pass(days(3));
    const { desk, people, clock } = office;
    const plea = formOf(clock.now(), {
      process: 'emergency',
      issuer: { kind: 'agency', name: 'O', title: 'Officer', body: 'SPD', jurisdiction: 'US' },
      emergency: {
        danger: 'a child was taken',
        imminent: true,
        nexus: 'the car',
        arisenAt: new Date(clock.now()).toISOString(),
      },
    });
    const demand = await decided(office, plea);
    const before = await desk.show(people.auditor, demand);
    for (const seen of [1, before?.version ?? 0, 9999]) {
      given(await desk.approve(people.approver, demand, { seen }));
    }
    const after = await desk.show(people.auditor, demand);
    expect(after).toEqual(before);
    expect(await office.told('demand-approved')).toHaveLength(1);
  });

  test('of what has changed since it was read are refused', async () => {
    const { office, demand, seen } = await inReview();
    const { desk, people } = office;
    given(await desk.review(people.reviewer, demand, { seen, narrow: ['clip/porch/x'] }));
    expect(await desk.approve(people.approver, demand, { seen })).toMatchObject({
      because: 'unseen-change',
    });
    given(await desk.approve(people.approver, demand, { seen: seen + 1 }));
  });

  test('go when a reviewer finds more: the approver signs what was reviewed', async () => {
    const office = await openDeskOffice();
    await office.pass(days(3));
    const { desk, people, clock } = office;
    const second = await office.person('Rosa', 'reviewer');
    const form = formOf(clock.now(), { area: 'all of Elm Street', subjects: [] });
    const { demand } = given(await desk.submit(people['agency-officer'], form, paper()));
    given(await desk.takeIn(people['intake-clerk'], demand, foundAllRight));
    const seen = async () => (await desk.show(people.auditor, demand))?.version ?? 0;
    given(await desk.review(people.reviewer, demand, { seen: await seen() }));
    given(await desk.approve(people.approver, demand, { seen: await seen() }));
    given(await desk.review(second, demand, { seen: await seen() }));
    expect((await desk.show(people.auditor, demand))?.needs).toContainEqual({
      need: 'approver',
      missing: 1,
    });
  });

  test('of two reviewers who race, the second is told that something changed', async () => {
    const { office, demand, seen } = await inReview();
    const { desk, people } = office;
    const rosa = await office.person('Rosa', 'reviewer');
    const both = await Promise.all([
      desk.review(people.reviewer, demand, { seen, narrow: ['clip/porch/a'] }),
      desk.review(rosa, demand, { seen, narrow: ['clip/porch/b'] }),
    ]);
    expect(both.map((answer) => answer.ok || answer.because)).toEqual([true, 'unseen-change']);
  });

  test('of two approvers who race for the last word both count, and it is decided once', async () => {
    const { office, demand, seen } = await inReview();
    const { desk, people } = office;
    const bela = await office.person('Bela', 'approver');
    const both = await Promise.all([
      desk.approve(people.approver, demand, { seen }),
      desk.approve(bela, demand, { seen }),
    ]);
    expect(both.map(({ ok }) => ok)).toEqual([true, false]);
    expect(await office.told('demand-decided')).toHaveLength(1);
  });
});

describe("an agency's people", () => {
  async function twoAgencies(): Promise<{ office: DeskOffice; stranger: Principal }> {
    const office = await openDeskOffice();
    const other = await office.principals.addAgency({
      name: 'Shelbyville Police',
      domains: ['shelbyville.example'],
      caseNumbers: '\\d+',
    });
    if (!other.ok) throw new Error(other.because);
    const added = await office.principals.add({
      name: 'Officer Otis',
      roles: ['agency-officer'],
      agency: other.agency,
    });
    if (!added.ok) throw new Error(added.because);
    await office.add(porchClip(1, 1));
    await office.pass(days(3));
    return { office, stranger: added.principal };
  }

  test("see their own agency's matters, and others' as what never was", async () => {
    const { office, stranger } = await twoAgencies();
    const { desk } = office;
    const demand = await decided(office, formOf(office.clock.now()));
    const never = ulidNumbered(4711);
    const views = async (asked: typeof demand) => [
      await desk.showAgency(stranger, asked),
      await desk.show(stranger, asked),
      await desk.items(stranger, asked, { limit: 9 }),
      await desk.document(stranger, asked),
      await desk.openBag(stranger, asked),
      await desk.withdraw(stranger, asked),
      await desk.answer(stranger, asked, formOf(office.clock.now()), null),
    ];
    expect(await views(demand)).toEqual(await views(never));
    expect(await desk.list(stranger, { limit: 9 })).toEqual({ items: [], next: null });
    const own = await desk.list(office.people['agency-admin'], { limit: 9 });
    expect(own.items.map((each) => each.demand)).toEqual([demand]);
  });

  test('see nothing of who did what at the desk, nor of holds and notices', async () => {
    const { office } = await twoAgencies();
    const demand = await decided(office, formOf(office.clock.now()));
    const shown = await office.desk.showAgency(office.people['agency-officer'], demand);
    expect(Object.keys(shown ?? {}).sort()).toEqual([
      ...['agency', 'answerDueAt', 'authorityNoticeBy', 'caseNumber', 'challenged', 'classes'],
      ...['decidedAt', 'deliveredAt', 'demand', 'documentSha256', 'followUp', 'outcome'],
      ...['process', 'question', 'receivedAt', 'released', 'stage'],
    ]);
    expect(await office.desk.show(office.people['agency-officer'], demand)).toBeNull();
  });

  test('who close a case send no more demands under its number [LEG-3]', async () => {
    const { office } = await twoAgencies();
    const { desk, people, clock } = office;
    expect(await desk.closeCase(people['agency-officer'], '26-000123')).toBe(false);
    expect(await desk.closeCase(people['agency-admin'], '26-000123')).toBe(true);
    const { question } = given(
      await desk.submit(people['agency-officer'], formOf(clock.now()), paper()),
    );
    expect(question?.reason).toBe('case_not_open');
  });

  test('may withdraw what they sent; the hold waits for two people or its end [LEG-5]', async () => {
    const { office } = await twoAgencies();
    const { desk, people, clock } = office;
    const { demand } = given(
      await desk.submit(people['agency-officer'], formOf(clock.now()), paper()),
    );
    const withdrawn = given(await desk.withdraw(people['agency-officer'], demand));
    expect(withdrawn).toMatchObject({ stage: 'closed', outcome: { code: 'WITHDRAWN' } });
    const [hold] = await office.holds.ofBasis(demand);
    expect(hold?.ended).toBeNull();
    const id = hold?.hold ?? demand;
    given(await desk.holds.release(people.approver, id, 'rejected'));
    expect(await office.holds.find(id)).toMatchObject({ ended: { because: 'rejected' } });
  });
});

describe('[LEG-5] a hold', () => {
  test('is released by two people; one alone, twice, is one', async () => {
    const office = await openDeskOffice();
    await office.add(porchClip(1, 1));
    await office.pass(days(3));
    const demand = await decided(office, formOf(office.clock.now()));
    const hold = (await office.holds.ofBasis(demand)).find(({ kind }) => kind !== 'intake');
    const id = hold?.hold ?? demand;
    const { desk, people } = office;
    const asked = given(await desk.holds.release(people.reviewer, id, 'released'));
    expect(asked).toMatchObject({ releaseAsked: true, ended: null });
    expect(await desk.holds.release(people.reviewer, id, 'released')).toMatchObject({
      ok: false,
      because: 'hold',
      detail: 'same-person: another person has to say the same',
    });
    const gone = given(await desk.holds.release(people.approver, id, 'released'));
    expect(gone.ended).toMatchObject({ because: 'released' });
  });

  test('of two reviewers is not released: one of the two is an approver', async () => {
    const office = await openDeskOffice();
    await office.add(porchClip(1, 1));
    await office.pass(days(3));
    const { desk, people } = office;
    const { demand } = given(
      await desk.submit(people['agency-officer'], formOf(office.clock.now()), paper()),
    );
    const id = (await office.holds.ofBasis(demand))[0]?.hold ?? demand;
    const second = await office.person('Rosa', 'reviewer');
    given(await desk.holds.release(people.reviewer, id, 'rejected'));
    expect(await desk.holds.release(second, id, 'rejected')).toMatchObject({
      because: 'hold',
      detail: 'no-approver: one of the two who let go of a hold is an approver',
    });
    given(await desk.holds.release(people.approver, id, 'rejected'));
    expect(await office.holds.find(id)).toMatchObject({ ended: { because: 'rejected' } });
  });

  test('asked for by an approver is let go of by a reviewer', async () => {
    const office = await openDeskOffice();
    await office.add(porchClip(1, 1));
    await office.pass(days(3));
    const { desk, people } = office;
    const demand = await decided(office, formOf(office.clock.now()));
    const hold = (await office.holds.ofBasis(demand)).find(({ kind }) => kind !== 'intake');
    const id = hold?.hold ?? demand;
    given(await desk.holds.release(people.approver, id, 'released'));
    expect(given(await desk.holds.release(people.reviewer, id, 'released')).ended).not.toBeNull();
  });

  const basis = ulidNumbered(1);
  const span = { from: later(newYear, days(0)), to: later(newYear, days(3)) };
  const device = { by: 'device', thing: porch } as const;
  const account = { by: 'account', account: owner } as const;
  const doorbells = (count: number) =>
    Array.from(
      { length: count },
      (_, n) => ({ by: 'device', thing: thingNamed(`d${n}`) }) as const,
    );

  test.each<[string, Scope, string]>([
    ['names somebody', { subjects: [], ...span }, 'things'],
    ['has a beginning', { subjects: [device], ...span, from: null }, 'from'],
    ['has an end', { subjects: [account], ...span, to: null }, 'from'],
    ['ends after it begins', { subjects: [device], from: span.to, to: span.from }, 'to'],
  ])('that rests on no demand %s', async (_title, scope, where) => {
    const { desk, people } = await openDeskOffice();
    expect(await desk.holds.place(people.reviewer, { basis, scope })).toMatchObject({
      because: 'malformed',
      invalid: [{ where }],
    });
  });

  test.each<[string, Scope['subjects']]>([
    ['a whole account', [account]],
    ['more doorbells than one person may name', [device, ...doorbells(3)]],
  ])('of %s holds nothing before a second person approves it', async (_title, subjects) => {
    const office = await openDeskOffice();
    await office.add(porchClip(1, 1));
    await office.pass(days(3));
    const { desk, people } = office;
    const scope = { subjects, ...span };
    const asked = given(await desk.holds.place(people.reviewer, { basis, scope }));
    if (asked.state !== 'proposed') throw new Error('it was placed by one person');
    const { hold } = asked.proposal;
    expect(await desk.holds.find(hold)).toBeNull();
    expect(await office.holds.clipsOf(hold)).toEqual([]);
    expect(await desk.holds.proposals()).toEqual([asked.proposal]);
    expect(await desk.holds.approve(people.reviewer, hold)).toMatchObject({ because: 'role' });
    const placed = given(await desk.holds.approve(people.approver, hold));
    expect(placed).toMatchObject({ hold, kind: 'litigation', basis, scope });
    expect(await office.holds.clipsOf(hold)).toHaveLength(1);
    expect(await desk.holds.proposals()).toEqual([]);
    // The same word again changes nothing.
    expect(given(await desk.holds.approve(people.approver, hold))).toEqual(placed);
    const told = await office.told('hold-proposed', 'hold-placed');
    expect(told.map(({ kind, actor }) => [kind, actor.split(':')[0]])).toEqual([
      ['hold-proposed', 'reviewer'],
      ['hold-placed', 'approver'],
    ]);
  });

  test('is not proposed and approved by one person with two duties', async () => {
    const office = await openDeskOffice();
    const both = await office.person('Bo', 'reviewer', 'approver');
    const scope = { subjects: [account], ...span };
    const asked = given(await office.desk.holds.place(both, { basis, scope }));
    const hold = asked.state === 'proposed' ? asked.proposal.hold : basis;
    expect(await office.desk.holds.approve(both, hold)).toMatchObject({
      because: 'hold',
      detail: 'same-person: another person has to say the same',
    });
    expect(await office.told('demand-refused')).toMatchObject([{ facts: { act: 'approve-hold' } }]);
  });

  test('that nobody approves in two weeks is to be proposed anew', async () => {
    const office = await openDeskOffice();
    const { desk, people } = office;
    const scope = { subjects: [account], ...span };
    const asked = given(await desk.holds.place(people.reviewer, { basis, scope }));
    const hold = asked.state === 'proposed' ? asked.proposal.hold : basis;
    await office.pass(days(14));
    expect(await desk.holds.proposals()).toEqual([]);
    expect(await desk.holds.approve(people.approver, hold)).toMatchObject({
      detail: expect.stringMatching(/^ended: it was to be approved before /),
    });
  });

  test('of one doorbell is placed by one reviewer, and by nobody else', async () => {
    const office = await openDeskOffice();
    await office.add(porchClip(1, 1));
    await office.pass(days(3));
    const { desk, people } = office;
    const scope = { subjects: [device], ...span };
    expect(await desk.holds.place(people.custodian, { basis, scope })).toMatchObject({
      because: 'role',
    });
    expect(given(await desk.holds.place(people.reviewer, { basis, scope })).state).toBe('placed');
  });
});
