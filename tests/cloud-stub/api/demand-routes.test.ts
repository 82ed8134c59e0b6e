import { describe, expect, test } from 'vitest';
import type { ProcessId, ProcessRule } from '../../../cloud-stub/legal/process-rules.ts';
import { shippedRules } from '../../../cloud-stub/legal/rules/shipped-rules.ts';
import { openLegalDesk } from '../../../cloud-stub/services/legal-desk/legal-desk-office.ts';
import { days, type EpochMs, later } from '../../../device/wire/time.ts';
import { ann, injected, someUlid } from '../../support/cloud/api-under-test.ts';
import { newYear } from '../../support/cloud/catalogue-rows.ts';
import {
  formOf,
  foundAllRight,
  officeOf,
  openDeskOffice,
  owner,
  paper,
  porchClip,
  tokensOf,
} from '../../support/cloud/desk-office.ts';

const dayTwo = later(newYear, days(1));

/** The shipped rows, where that of one process has an end. */
const endingAt = (process: ProcessId, effectiveTo: EpochMs): readonly ProcessRule[] =>
  shippedRules.map((row) => (row.process === process ? { ...row, effectiveTo } : row));

async function world(rules = shippedRules) {
  const office = await openDeskOffice();
  await office.add(porchClip(1, 1), porchClip(2, 2));
  await office.pass(days(3));
  const desk = await openLegalDesk({ ...office.world, rules });
  const { server } = await injected({ office: { ...officeOf(office), desk } });
  const tokens = await tokensOf(office);
  const as = async (
    role: keyof typeof tokens,
    method: 'GET' | 'POST' | 'DELETE',
    url: string,
    payload?: object,
  ) =>
    server.inject({
      method,
      url,
      headers: { authorization: `Bearer ${tokens[role]}` },
      ...(payload === undefined ? {} : { payload }),
    });
  const { name, mediaType, bytes } = paper();
  const document = { name, mediaType, base64: Buffer.from(bytes).toString('base64') };
  const submission = { form: formOf(office.clock.now()), document };
  return { office, server, as, submission, document };
}

describe('a demand over HTTP', () => {
  test('is served, taken in, reviewed, approved and read item by item', async () => {
    const { as, submission } = await world();
    const served = await as('agency-officer', 'POST', '/v1/demands', submission);
    expect(served.statusCode).toBe(201);
    const { demand } = served.json();
    const at = `/v1/demands/${demand}`;
    const taken = await as('intake-clerk', 'POST', `${at}/intake`, foundAllRight);
    expect(taken.json()).toMatchObject({ stage: 'in-review', version: 3 });
    const reviewed = await as('reviewer', 'POST', `${at}/review`, { seen: 3 });
    const approved = await as('approver', 'POST', `${at}/approval`, {
      seen: reviewed.json().version,
    });
    expect(approved.json()).toMatchObject({
      stage: 'decided',
      outcome: { code: 'FULL' },
      released: { content: 2, subscriber: 3, 'non-content': 1 },
    });
    const items = await as('agency-officer', 'GET', `${at}/items?limit=2`);
    expect(items.json().items).toHaveLength(2);
    expect(items.json().next).toContain('clip/porch/');
    const own = await as('agency-officer', 'GET', at);
    expect(own.json()).not.toHaveProperty('people');
    expect((await as('auditor', 'GET', at)).json().people).toHaveLength(4);
    const file = await as('reviewer', 'GET', `${at}/document`);
    expect(file.rawPayload).toEqual(Buffer.from(paper().bytes));
    expect(file.headers['content-disposition']).toMatch(/^attachment; /);
  });

  test('that is an order is moved against, and what a court leaves of it is a narrower one', async () => {
    const { as, submission } = await world();
    const form = { ...submission.form, process: 'court-order-2703d', classes: ['subscriber'] };
    const served = await as('agency-officer', 'POST', '/v1/demands', { ...submission, form });
    const at = `/v1/demands/${served.json().demand}`;
    await as('intake-clerk', 'POST', `${at}/intake`, foundAllRight);
    const because = 'ten years of it';
    const other = { ground: 'unreasonable-or-oppressive', because };
    const wrong = await as('counsel', 'POST', `${at}/motion`, other);
    expect([wrong.statusCode, wrong.json().reason]).toEqual([409, 'no-motion']);
    const moved = await as('counsel', 'POST', `${at}/motion`, { ground: 'undue-burden', because });
    expect(moved.json()).toMatchObject({ challenged: true, stage: 'in-review', followUp: null });
    const to = '2026-01-03T01:00:00+01:00';
    const end = { upheld: false, modified: { to } };
    const left = await as('reviewer', 'POST', `${at}/challenge-end`, end);
    expect(left.json()).toMatchObject({ challenged: false, to: '2026-01-03T00:00:00.000Z' });
    const again = await as('reviewer', 'POST', `${at}/challenge-end`, end);
    expect(again.json()).toMatchObject({ status: 409, reason: 'stage' });
  });

  test('refused by what it says is a problem that names each place [RFC 9457]', async () => {
    const { as, submission } = await world();
    const form = { ...submission.form, from: 'yesterday', classes: [] };
    const refused = await as('agency-officer', 'POST', '/v1/demands', { ...submission, form });
    expect(refused.statusCode).toBe(422);
    expect(refused.headers['content-type']).toContain('application/problem+json');
    expect(refused.json()).toMatchObject({
      type: 'about:blank',
      status: 422,
      detail: 'the form does not hold',
      instance: '/v1/demands',
      reason: 'malformed',
    });
    const places = refused.json().invalid.map(({ where }: { where: string }) => where);
    expect(places).toEqual(['from', 'classes']);
  });

  test.each([
    [
      'begins later',
      'eu-production-order',
      'process: eu-production-order is in force from 2026-08-18T00:00:00.000Z only: ' +
        'nothing can be demanded by it now',
    ],
    [
      'has ended',
      'trial-subpoena',
      'process: trial-subpoena is in force no more at 2026-01-04T00:00:00.000Z: ' +
        'nothing can be demanded by it now',
    ],
  ] as const)(
    'by a process that %s is refused with a sentence, and on record',
    async (_when, process, detail) => {
      const { as, office, submission } = await world(endingAt('trial-subpoena', dayTwo));
      const form = { ...submission.form, process };
      const refused = await as('agency-officer', 'POST', '/v1/demands', { ...submission, form });
      expect(refused.headers['content-type']).toContain('application/problem+json');
      expect(refused.json()).toMatchObject({ status: 422, reason: 'malformed', detail });
      expect(refused.json().invalid).toMatchObject([{ where: 'process' }]);
      const [told] = await office.told('demand-refused');
      expect(told?.facts).toEqual({ demand: null, act: 'submit', because: 'malformed' });
      expect((await as('agency-officer', 'GET', '/v1/demands')).json().items).toEqual([]);
    },
  );

  test('asked back is answered under the row of its receipt, though that has ended', async () => {
    const ending = endingAt('search-warrant', later(newYear, days(4)));
    const { as, office, submission, document } = await world(ending);
    const vague = { ...submission, form: { ...submission.form, from: null, to: null } };
    const asked = (await as('agency-officer', 'POST', '/v1/demands', vague)).json();
    expect(asked.stage).toBe('asked');
    office.clock.advance(days(2));
    const base64 = Buffer.from(paper('reissued').bytes).toString('base64');
    const answer = { form: formOf(office.clock.now()), document: { ...document, base64 } };
    const at = `/v1/demands/${asked.demand}`;
    const answered = await as('agency-officer', 'POST', `${at}/answer`, answer);
    expect([answered.statusCode, answered.json().stage]).toEqual([200, 'received']);
    expect((await as('reviewer', 'GET', at)).statusCode).toBe(200);
  });

  test.each([
    ['a paper that is none', { mediaType: 'text/html' }, 422, 'document'],
    ['a paper that is not base64', { base64: '???' }, 400, undefined],
    ['a paper that is too large', { base64: 'A'.repeat(13 * 1024 * 1024) }, 413, undefined],
  ])('%s is refused', async (_title, change, status, reason) => {
    const { as, submission, document } = await world();
    const body = { ...submission, document: { ...document, ...change } };
    const refused = await as('agency-officer', 'POST', '/v1/demands', body);
    expect(refused.statusCode).toBe(status);
    expect(refused.json().reason).toBe(reason);
  });

  test('acted on too late or unseen is a conflict, by the wrong hands forbidden', async () => {
    const { as, submission } = await world();
    const { demand } = (await as('agency-officer', 'POST', '/v1/demands', submission)).json();
    const at = `/v1/demands/${demand}`;
    const early = await as('approver', 'POST', `${at}/approval`, { seen: 1 });
    expect([early.statusCode, early.json().reason]).toEqual([409, 'stage']);
    await as('intake-clerk', 'POST', `${at}/intake`, foundAllRight);
    const unseen = await as('reviewer', 'POST', `${at}/review`, { seen: 1 });
    expect([unseen.statusCode, unseen.json().reason]).toEqual([409, 'unseen-change']);
    const foreign = await as('reviewer', 'POST', `${at}/approval`, { seen: 1 });
    expect(foreign.statusCode).toBe(403);
    const never = await as('reviewer', 'POST', `/v1/demands/${someUlid}/review`, { seen: 1 });
    expect(never.statusCode).toBe(404);
  });
});

describe('an owner over HTTP', () => {
  test('reads notices, and challenges none that is not there [DEL-4]', async () => {
    const { server } = await world();
    const read = await server.inject({ url: '/v1/notices', headers: ann });
    expect(read.json()).toEqual({ items: [] });
    const challenge = await server.inject({
      method: 'POST',
      url: `/v1/notices/${someUlid}/challenge`,
      headers: ann,
      payload: { because: 'mine' },
    });
    expect(challenge.statusCode).toBe(404);
    const waiver = await server.inject({
      method: 'POST',
      url: `/v1/notices/${someUlid}/waiver`,
      headers: ann,
    });
    expect(waiver.statusCode).toBe(404);
  });
});

describe('holds over HTTP', () => {
  test('are listed, and released by two people [LEG-5]', async () => {
    const { as, submission } = await world();
    await as('agency-officer', 'POST', '/v1/demands', submission);
    const { items } = (await as('reviewer', 'GET', '/v1/holds?open=1')).json();
    expect(items).toMatchObject([{ kind: 'intake', releaseAsked: false }]);
    const at = `/v1/holds/${items[0].hold}/release`;
    const asked = await as('reviewer', 'POST', at, { because: 'rejected' });
    expect(asked.json()).toMatchObject({ releaseAsked: true, ended: null });
    const twice = await as('reviewer', 'POST', at, { because: 'rejected' });
    expect([twice.statusCode, twice.json().detail]).toEqual([
      409,
      'same-person: another person has to say the same',
    ]);
    const ended = await as('approver', 'POST', at, { because: 'rejected' });
    expect(ended.json().ended.because).toBe('rejected');
    expect((await as('auditor', 'GET', '/v1/holds?open=1')).json().items).toEqual([]);
  });

  test('of a whole account are proposed by one and approved by another [LEG-5]', async () => {
    const { as } = await world();
    const span = { from: '2026-01-01T00:00:00Z', to: '2026-01-04T00:00:00Z' };
    const body = { basis: someUlid, accounts: [owner], ...span };
    const asked = await as('reviewer', 'POST', '/v1/holds', body);
    expect(asked.statusCode).toBe(202);
    const { items } = (await as('auditor', 'GET', '/v1/hold-proposals')).json();
    expect(items).toEqual([asked.json()]);
    const at = `/v1/hold-proposals/${asked.json().proposal}/approval`;
    expect((await as('reviewer', 'POST', at)).statusCode).toBe(403);
    expect((await as('approver', 'POST', at)).json()).toMatchObject({
      hold: asked.json().proposal,
      kind: 'litigation',
      scope: asked.json().scope,
    });
    expect((await as('approver', 'GET', '/v1/hold-proposals')).json()).toEqual({ items: [] });
  });

  test('of a reviewer are for doorbells by name', async () => {
    const { as } = await world();
    const body = {
      basis: someUlid,
      things: ['porch'],
      from: '2026-01-01T00:00:00Z',
      to: '2026-01-04T00:00:00Z',
    };
    const placed = await as('reviewer', 'POST', '/v1/holds', body);
    expect(placed.json()).toMatchObject({ kind: 'litigation', expiresAt: null });
    const found = await as('auditor', 'GET', `/v1/holds/${placed.json().hold}`);
    expect(found.json()).toEqual(placed.json());
  });
});

describe("an agency's admin over HTTP", () => {
  test("sees and revokes its own agency's people, and nobody else", async () => {
    const { as, office } = await world();
    const { items } = (await as('agency-admin', 'GET', '/v1/principals')).json();
    expect(items.map(({ name }: { name: string }) => name).sort()).toEqual([
      'Captain Cole',
      'Officer Olin',
    ]);
    const { people } = office;
    const revoke = (principal: string) =>
      as('agency-admin', 'DELETE', `/v1/principals/${principal}`);
    expect((await revoke(people.reviewer.principal)).statusCode).toBe(404);
    expect((await revoke(people['agency-officer'].principal)).statusCode).toBe(204);
    expect((await as('agency-officer', 'GET', '/v1/demands')).statusCode).toBe(401);
  });
});
