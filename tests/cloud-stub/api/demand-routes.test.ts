import { describe, expect, test } from 'vitest';
import { days } from '../../../device/wire/time.ts';
import { ann, injected, someUlid } from '../../support/api-under-test.ts';
import {
  formOf,
  foundAllRight,
  officeOf,
  openDeskOffice,
  paper,
  porchClip,
  tokensOf,
} from '../../support/desk-office.ts';

async function world() {
  const office = await openDeskOffice();
  await office.add(porchClip(1, 1), porchClip(2, 2));
  await office.pass(days(3));
  const { server } = await injected({ office: officeOf(office) });
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
      released: { content: 2, subscriber: 3, 'non-content': 0 },
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
    expect([twice.statusCode, twice.json().detail]).toEqual([409, 'same-person']);
    const ended = await as('approver', 'POST', at, { because: 'rejected' });
    expect(ended.json().ended.because).toBe('rejected');
    expect((await as('auditor', 'GET', '/v1/holds?open=1')).json().items).toEqual([]);
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
