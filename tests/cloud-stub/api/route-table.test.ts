import { describe, expect, it } from 'vitest';
import {
  type Caller,
  callers,
  type RouteRule,
  routeTable,
  ruleOf,
} from '../../../cloud-stub/api/route-table.ts';
import { openVirtualClock } from '../../../cloud-stub/backends/virtual-clock.ts';
import { loadPages } from '../../../cloud-stub/console/pages.ts';
import { ann, bob, door, injected, someUlid } from '../../support/cloud/api-under-test.ts';
import { newYear } from '../../support/cloud/catalogue-rows.ts';
import { officeOf, openDeskOffice, owner, tokensOf } from '../../support/cloud/desk-office.ts';

const pages = await loadPages();
const rows = Object.entries(routeTable as Record<string, RouteRule>).map(([key, rule]) => {
  const [method = '', pattern = ''] = key.split(' ');
  return { key, method: method as 'GET' | 'HEAD' | 'POST', pattern, rule };
});
const filled = (pattern: string, thing: string = door): string =>
  pattern
    .replace(':thing', thing)
    .replace(':clip', someUlid)
    .replace(':still', someUlid)
    .replace(/:(demand|hold|notice|principal|agency)/, someUlid)
    .replace(':entry', '0')
    .replace(':period', '2026')
    .replace('*', 'favicon.svg');
const office = async () => officeOf(await openDeskOffice());
const enrolment = { secret: 'kept between us', certify: async () => 'not today' };
const isFor = (rule: RouteRule, caller: Caller): boolean =>
  rule.who !== 'anyone' && rule.who.includes(caller);
/** There only where there is an office. */
const isOfOffice = (pattern: string): boolean =>
  /^\/v1\/(me|notices|consents|demands|holds|principals|agencies|closed-cases|ledger|transparency|sweep)\b/.test(
    pattern,
  );
const owners = rows.filter(({ rule, pattern }) => isFor(rule, 'owner') && !isOfOffice(pattern));
const isOpen = (rule: RouteRule): boolean => rule.who === 'anyone';

describe('[SEC-1] the table of roles', () => {
  it('names every route there is, and no other can be added', async () => {
    const virtualClock = openVirtualClock(newYear);
    const { server } = await injected({ pages, enrolment, virtualClock, office: await office() });
    for (const { method, pattern } of rows) {
      expect(server.hasRoute({ method, url: pattern }), `${method} ${pattern}`).toBe(true);
    }
    expect(() => server.get('/v1/everything', async () => 'all')).toThrow('not in the route table');
    expect(ruleOf('POST', '/docs/json')).toBeNull();
  });

  it.each(owners)('$key refuses who shows no token', async ({ method, pattern }) => {
    const { server } = await injected();
    const answer = await server.inject({ method, url: filled(pattern) });
    expect(answer.statusCode).toBe(401);
    expect(answer.headers['www-authenticate']).toBe('Bearer realm="doorbell"');
  });

  it.each(owners)('$key refuses a token that nobody has', async ({ method, pattern }) => {
    const { server } = await injected();
    const headers = { authorization: 'Bearer invented' };
    const answer = await server.inject({ method, url: filled(pattern), headers });
    expect(answer.statusCode).toBe(401);
  });

  it.each(owners.filter(({ rule }) => rule.changes))(
    '$key refuses a session without the header of the page',
    async ({ method, pattern }) => {
      const { server } = await injected();
      const begun = await server.inject({ method: 'POST', url: '/v1/session', headers: ann });
      const cookie = String(begun.headers['set-cookie']).split(';')[0] ?? '';
      const answer = await server.inject({ method, url: filled(pattern), headers: { cookie } });
      expect(answer.statusCode).toBe(403);
    },
  );

  const isRead = (method: string): boolean => method === 'GET' || method === 'HEAD';
  it.each(rows.filter(({ method, rule }) => isOpen(rule) && isRead(method)))(
    '$key is open',
    async ({ method, pattern }) => {
      const { server } = await injected({ pages });
      const answer = await server.inject({ method, url: filled(pattern) });
      expect([200, 308]).toContain(answer.statusCode);
    },
  );
});

describe('[SEC-1] every role on every route', () => {
  // Closing the account ends the owner's own way in, so it comes last.
  const endsAll = ({ key }: { key: string }): number => Number(key === 'DELETE /v1/account');
  const guarded = rows.filter(({ rule }) => !isOpen(rule)).sort((a, b) => endsAll(a) - endsAll(b));
  const isStream = (pattern: string): boolean => /\/(live|stream)$/.test(pattern);

  it.each(callers)('%s reaches what the table gives it, and nothing else', async (caller) => {
    const people = await openDeskOffice();
    const operatorToken = 'token-of-the-operator';
    const virtualClock = openVirtualClock(newYear);
    const setting = { office: officeOf(people), operatorToken, virtualClock };
    const { server } = await injected(setting);
    const token = { owner: 'token-of-ann', operator: operatorToken, ...(await tokensOf(people)) };
    for (const { key, method, pattern, rule } of guarded) {
      // An answer without an end is not begun: whether it may be is asked before.
      if (isFor(rule, caller) && isStream(pattern)) continue;
      const answer = await server.inject({
        method,
        url: filled(pattern, 'never-was'),
        headers: { authorization: `Bearer ${token[caller]}` },
      });
      const isRefused = answer.statusCode === 401 || answer.statusCode === 403;
      expect(isRefused, `${caller} on ${key}: ${answer.statusCode}`).toBe(!isFor(rule, caller));
    }
  });

  it('whoever is known and refused is on record, once for each route and hour [LEG-5]', async () => {
    const people = await openDeskOffice();
    const { server } = await injected({ office: officeOf(people) });
    const { reviewer } = await tokensOf(people);
    for (const url of ['/v1/principals', '/v1/principals', '/v1/agencies']) {
      await server.inject({ url, headers: { authorization: `Bearer ${reviewer}` } });
    }
    const refused = await people.told('access-refused');
    expect(refused.map(({ facts }) => facts['route'])).toEqual([
      ...['GET /v1/principals', 'GET /v1/agencies'],
    ]);
    expect(refused[0]?.actor).toMatch(/^reviewer:[0-9a-f]{32}$/);
  });

  it('each attempt at what another role does is on record as one at the desk [LEG-5]', async () => {
    const people = await openDeskOffice();
    const { server } = await injected({ office: officeOf(people) });
    const { auditor } = await tokensOf(people);
    const acts = rows.filter(({ rule }) => rule.act !== undefined);
    for (const { method, pattern } of [...acts, ...acts]) {
      const url = filled(pattern, 'never-was');
      await server.inject({ method, url, headers: { authorization: `Bearer ${auditor}` } });
    }
    const refused = await people.told('demand-refused');
    const each = acts.map(({ pattern, rule }) => ({
      demand: pattern.includes(':demand') ? someUlid : null,
      ...{ act: rule.act, because: 'role' },
    }));
    expect(refused.map(({ facts }) => facts)).toEqual([...each, ...each]);
    expect(acts.length).toBeGreaterThan(15);
    expect(refused[0]?.actor).toMatch(/^auditor:[0-9a-f]{32}$/);
  });

  it('a person who is revoked is nobody', async () => {
    const people = await openDeskOffice();
    const { server } = await injected({ office: officeOf(people) });
    const { auditor } = await tokensOf(people);
    const headers = { authorization: `Bearer ${auditor}` };
    expect((await server.inject({ url: '/v1/me', headers })).statusCode).toBe(200);
    await people.principals.revoke(people.people.auditor.principal);
    expect((await server.inject({ url: '/v1/me', headers })).statusCode).toBe(401);
  });

  it('of a shared user the account is what it may look at, and no more', async () => {
    const people = await openDeskOffice();
    const { server } = await injected({ office: officeOf(people) });
    const headers = { authorization: `Bearer ${(await tokensOf(people))['shared-user']}` };
    const me = await server.inject({ url: '/v1/me', headers });
    expect(me.json()).toMatchObject({ roles: ['shared-user'], account: owner });
  });
});

describe('[SEC-1] what is open and changes something', () => {
  it('is enrolment alone, which is not there without a secret and refuses who does not prove it', async () => {
    const changing = rows.filter(({ method, rule }) => isOpen(rule) && method === 'POST');
    expect(changing.map(({ key }) => key)).toEqual(['POST /v1/enrolments']);
    const without = await injected();
    const request = { method: 'POST', url: '/v1/enrolments', payload: {} } as const;
    expect((await without.server.inject(request)).statusCode).toBe(404);
    const { server } = await injected({ enrolment });
    expect((await server.inject(request)).statusCode).toBe(400);
  });
});

describe('[DEL-1] what is foreign answers as what never was', () => {
  const byThing = owners.filter(({ pattern }) => pattern.includes(':thing'));

  it.each(byThing)('$key', async ({ method, pattern }) => {
    const { server, cloud } = await injected({ press: async () => {} });
    const clip = cloud.addClip(
      cloud.tokens.get('token-of-ann') ?? someUlid,
      { thing: door, recordedAt: 1_790_000_000_000 as never },
      Buffer.from('footage'),
      Buffer.from('still'),
    );
    const url = (thing: string): string =>
      pattern
        .replace(':thing', thing)
        .replace(':clip', clip.clip)
        .replace(':still', clip.stills[0] ?? someUlid);
    const payload = pattern.endsWith('/settings') ? { payload: {} } : {};
    const ask = (thing: string) =>
      server.inject({ method, url: url(thing), headers: bob, ...payload });
    const [foreign, unknown] = [await ask(door), await ask('never-was')];
    expect(foreign.statusCode).toBe(404);
    expect(unknown.statusCode).toBe(404);
    const without = (body: string): string => body.replaceAll(/front-door|never-was/g, 'thing');
    expect(without(foreign.body)).toBe(without(unknown.body));
    const headers = ({ 'x-request-id': _id, date: _date, ...rest }: Record<string, unknown>) => ({
      ...rest,
      'content-length': null,
    });
    expect(headers(foreign.headers)).toEqual(headers(unknown.headers));
  });
});
