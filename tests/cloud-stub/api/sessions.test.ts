import { expect, it } from 'vitest';
import { apiLimits } from '../../../cloud-stub/api/limits.ts';
import {
  type SealedSession,
  type SessionStore,
  sessionIdOf,
} from '../../../cloud-stub/api/sessions.ts';
import { hours } from '../../../device/wire/time.ts';
import { ann, injected } from '../../support/cloud/api-under-test.ts';
import { standingClock } from '../../support/standing-clock.ts';

const page = { 'x-doorbell-page': '1' };
const cookieOf = (answer: { headers: Record<string, unknown> }): string =>
  String(answer.headers['set-cookie']).split(';')[0] ?? '';

async function signedIn(rest: Parameters<typeof injected>[0] = {}) {
  const made = await injected(rest);
  const begun = await made.server.inject({ method: 'POST', url: '/v1/session', headers: ann });
  expect(begun.statusCode).toBe(201);
  const cookie = cookieOf(begun);
  const devices = (headers: Record<string, string> = {}) =>
    made.server.inject({ url: '/v1/devices', headers: { cookie, ...headers } });
  return { ...made, begun, cookie, devices };
}

it('a session cookie is out of reach of scripts and other sites, and limited in time', async () => {
  const { begun } = await signedIn();
  expect(begun.headers['set-cookie']).toMatch(
    /^doorbell-session=[\w-]{43}; Path=\/v1; Max-Age=43200; HttpOnly; SameSite=Strict$/,
  );
});

it('a session cookie is Secure where the page is reached over TLS', async () => {
  const { begun } = await signedIn({ publicUrl: new URL('https://door.example') });
  expect(begun.headers['set-cookie']).toMatch(/; Secure$/);
});

it('a session reads what its owner may read', async () => {
  const { devices } = await signedIn();
  const answer = await devices();
  expect(answer.statusCode).toBe(200);
  expect(answer.json().items.map(({ thing }: { thing: string }) => thing)).toEqual(['front-door']);
});

it.each([
  ['cross-site', 403],
  ['same-site', 403],
  ['same-origin', 200],
  ['none', 200],
])('a session that the browser says is used from %s answers %i', async (from, status) => {
  const { devices } = await signedIn();
  expect((await devices({ 'sec-fetch-site': from })).statusCode).toBe(status);
});

it('a session ends in time, by the clock of the cloud', async () => {
  const clock = standingClock();
  const { devices } = await signedIn({ clock });
  clock.advance(hours(12));
  expect((await devices()).statusCode).toBe(401);
});

it('a session ends with its token', async () => {
  const { devices, cloud } = await signedIn();
  cloud.tokens.delete('token-of-ann');
  expect((await devices()).statusCode).toBe(401);
});

it('signing out ends the session and takes the cookie back', async () => {
  const { server, cookie, devices } = await signedIn();
  const headers = { cookie, ...page };
  const answer = await server.inject({ method: 'DELETE', url: '/v1/session', headers });
  expect(answer.statusCode).toBe(204);
  expect(answer.headers['set-cookie']).toContain('Max-Age=0');
  expect((await devices()).statusCode).toBe(401);
});

/** What a store keeps between two starts. */
function keptSessions(): SessionStore & { readonly text: () => string } {
  let kept: readonly SealedSession[] = [];
  return {
    load: async () => kept,
    save: async (sessions) => {
      kept = structuredClone(sessions);
    },
    text: () => JSON.stringify(kept),
  };
}

it('a session outlasts a restart of the cloud, and its store tells neither token nor cookie', async () => {
  const sessionStore = keptSessions();
  const { cookie } = await signedIn({ sessionStore });
  const again = await injected({ sessionStore });
  const devices = () => again.server.inject({ url: '/v1/devices', headers: { cookie } });
  expect((await devices()).statusCode).toBe(200);
  expect(sessionStore.text()).not.toContain('token-of-ann');
  expect(sessionStore.text()).not.toContain(sessionIdOf(cookie));
  again.cloud.tokens.delete('token-of-ann');
  expect((await devices()).statusCode).toBe(401);
});

it('a session that was ended, or has run out, does not come back with a restart', async () => {
  const sessionStore = keptSessions();
  const { server, cookie } = await signedIn({ sessionStore });
  await server.inject({ method: 'DELETE', url: '/v1/session', headers: { cookie, ...page } });
  const clock = standingClock();
  const old = await signedIn({ sessionStore, clock });
  clock.advance(hours(12));
  const again = await injected({ sessionStore, clock });
  for (const tried of [cookie, old.cookie]) {
    const answer = await again.server.inject({ url: '/v1/devices', headers: { cookie: tried } });
    expect(answer.statusCode).toBe(401);
  }
});

it('a session begins also where it cannot be saved', async () => {
  const fails = { load: async () => [], save: () => Promise.reject(new Error('the disk is full')) };
  const { devices } = await signedIn({ sessionStore: fails });
  expect((await devices()).statusCode).toBe(200);
});

it('a session cannot begin another and so last for ever', async () => {
  const { server, cookie } = await signedIn();
  const headers = { cookie, ...page };
  const answer = await server.inject({ method: 'POST', url: '/v1/session', headers });
  expect(answer.statusCode).toBe(403);
});

it('so many sessions begin that the oldest makes room', async () => {
  const { server, devices } = await signedIn();
  for (let n = 0; n < apiLimits.sessionsMax - 1; n++) {
    await server.inject({ method: 'POST', url: '/v1/session', headers: ann });
  }
  expect((await devices()).statusCode).toBe(200);
  await server.inject({ method: 'POST', url: '/v1/session', headers: ann });
  expect((await devices()).statusCode).toBe(401);
});

it('the cookie is found among others and nothing else is taken for it', () => {
  const id = 'a'.repeat(43);
  expect(sessionIdOf(`x=1; doorbell-session=${id}; y=2`)).toBe(id);
  expect(sessionIdOf(`not-doorbell-session=${id}`)).toBeNull();
  expect(sessionIdOf('doorbell-session=short')).toBeNull();
  expect(sessionIdOf(undefined)).toBeNull();
});
