import { expect, it } from 'vitest';
import { RefusalLog } from '../../../cloud-stub/api/refusal-log.ts';
import { epochMs, seconds } from '../../../device/wire/time.ts';
import { ann, door, injected, listening } from '../../support/cloud/api-under-test.ts';
import { standingClock } from '../../support/standing-clock.ts';

const at = epochMs(1_790_000_000_000);

it('a clip is shown with all an owner needs, times in RFC 3339', async () => {
  const { server, cloud, owner } = await injected();
  const clip = cloud.addClip(owner, { thing: door, recordedAt: at, trigger: 'ding' }, Buffer.of(1));
  const answer = await server.inject({ url: `/v1/clips/${door}/${clip.clip}`, headers: ann });
  expect(answer.json()).toEqual({
    thing: door,
    clip: clip.clip,
    trigger: 'ding',
    triggers: [{ kind: 'ding', at: '2026-09-21T14:13:20.000Z', offsetMs: 1000 }],
    recordedAt: '2026-09-21T14:13:20.000Z',
    expiresAt: '2026-11-20T14:13:20.000Z',
    durationMs: 10_000,
    sizeBytes: 1,
    state: 'stored',
    truncated: false,
    unfinished: false,
    reason: null,
    mediaType: 'video/mp4',
    codec: 'avc1.64001f,mp4a.40.2',
    preRoll: { requestedMs: 1000, deliveredMs: 1000, firstIdrOffsetMs: 0, gapMs: 0 },
    e2ee: null,
    root: clip.root,
    stills: [],
  });
});

it('clips are paged, filtered and bounded in time', async () => {
  const { server, cloud, owner } = await injected();
  const made = Array.from({ length: 7 }, (_, n) =>
    cloud.addClip(
      owner,
      { thing: door, recordedAt: epochMs(at + n * 1000), trigger: n % 2 ? 'ding' : 'motion' },
      Buffer.of(n),
    ),
  );
  const ask = async (query: string) =>
    (await server.inject({ url: `/v1/clips?${query}`, headers: ann })).json();
  const ids = (page: { items: { clip: string }[] }): string[] => page.items.map(({ clip }) => clip);
  const newest = made.map(({ clip }) => clip).reverse();
  const first = await ask('limit=3');
  expect(ids(first)).toEqual(newest.slice(0, 3));
  const second = await ask(`limit=3&cursor=${encodeURIComponent(first.next)}`);
  expect(ids(second)).toEqual(newest.slice(3, 6));
  const last = await ask(`limit=3&cursor=${encodeURIComponent(second.next)}`);
  expect([ids(last), last.next]).toEqual([newest.slice(6), null]);
  expect(ids(await ask('trigger=ding'))).toEqual([newest[1], newest[3], newest[5]]);
  const from = new Date(at + 1000).toISOString();
  const to = new Date(at + 3000).toISOString();
  expect(ids(await ask(`from=${from}&to=${to}`))).toEqual([newest[4], newest[5]]);
  expect(ids(await ask('thing=never-was'))).toEqual([]);
});

it.each([
  ['/v1/clips?limit=0', 'querystring/limit'],
  ['/v1/clips?limit=201', 'querystring/limit'],
  ['/v1/clips?trigger=face', 'querystring/trigger'],
  ['/v1/clips?from=yesterday', 'querystring/from'],
  ['/v1/clips?colour=red', 'querystring'],
  ['/v1/events?kind=birthday', 'querystring/kind'],
  ['/v1/clips?cursor=made-up', 'querystring/cursor'],
  ['/v1/events?cursor=made-up', 'querystring/cursor'],
  ['/v1/account/accesses?cursor=made-up', 'querystring/cursor'],
  ['/v1/clips/front-door/not-a-ulid', 'params/clip'],
  ['/v1/devices/no%2Fslashes', 'params/thing'],
])('%s is refused with the place of the mistake', async (url, where) => {
  const { server } = await injected();
  const answer = await server.inject({ url, headers: ann });
  expect(answer.statusCode).toBe(400);
  expect(answer.headers['content-type']).toContain('application/problem+json');
  const { invalid } = answer.json();
  const places = invalid.map((one: { where: string }) => one.where.split('/', 2).join('/'));
  expect(places).toContain(where);
});

it('events are listed newest first, by kinds', async () => {
  const { server, cloud, owner } = await injected();
  for (const kind of ['boot', 'ding', 'health', 'ding'] as const) {
    cloud.addEvent(owner, { thing: door, kind, at });
  }
  const ask = async (query: string) => {
    const answer = await server.inject({ url: `/v1/events?${query}`, headers: ann });
    return answer.json().items.map(({ kind, seq }: { kind: string; seq: number }) => [kind, seq]);
  };
  expect(await ask('kind=ding')).toEqual([
    ['ding', 4],
    ['ding', 2],
  ]);
  expect(await ask('kind=ding&kind=boot')).toEqual([
    ['ding', 4],
    ['ding', 2],
    ['boot', 1],
  ]);
});

it.each([
  [{ ok: true }, 202, undefined],
  [{ ok: false, because: 'offline' }, 409, 'the doorbell is offline'],
  [{ ok: false, because: 'unanswered' }, 504, 'the doorbell did not answer'],
  [{ ok: false, because: 'refused', detail: 'lens cap' }, 409, 'the doorbell refused: lens cap'],
] as const)('a command that ends as %o answers %i', async (outcome, status, detail) => {
  const { server, cloud } = await injected();
  cloud.outcome = outcome;
  const headers = ann;
  const asked = [
    { method: 'POST', url: `/v1/devices/${door}/snapshot`, headers },
    { method: 'PUT', url: `/v1/devices/${door}/settings`, headers, payload: { motion: {} } },
  ] as const;
  for (const request of asked) {
    const answer = await server.inject(request);
    expect([answer.statusCode, answer.json().detail]).toEqual([status, detail]);
  }
  expect(cloud.snapshots).toEqual([door]);
  expect(cloud.wanted).toEqual([{ thing: door, settings: { motion: {} } }]);
});

it('the button is pressed only where the host offers it', async () => {
  const pressed: string[] = [];
  const request = { method: 'POST', url: `/v1/devices/${door}/press`, headers: ann } as const;
  const out = await injected();
  expect((await out.server.inject(request)).statusCode).toBe(501);
  const here = await injected({ press: async (thing) => void pressed.push(thing) });
  expect((await here.server.inject(request)).statusCode).toBe(202);
  expect(pressed).toEqual([door]);
  const canPress = async ({ server }: typeof here): Promise<unknown> =>
    (await server.inject({ url: `/v1/devices/${door}`, headers: ann })).json().canPress;
  expect([await canPress(out), await canPress(here)]).toEqual([false, true]);
});

it('a button that does not answer is told as that, not as a fault of the cloud', async () => {
  const { server } = await injected({ press: () => Promise.reject(new Error('panel is down')) });
  const url = `/v1/devices/${door}/press`;
  const answer = await server.inject({ method: 'POST', url, headers: ann });
  expect(answer.statusCode).toBe(502);
  expect(answer.body).not.toContain('panel');
});

it('a body that is too large, not JSON or not an object is refused', async () => {
  const { server, cloud } = await injected();
  const put = (payload: string, type = 'application/json') =>
    server.inject({
      method: 'PUT',
      url: `/v1/devices/${door}/settings`,
      headers: { ...ann, 'content-type': type },
      payload,
    });
  expect((await put(`{"a":"${'x'.repeat(70_000)}"}`)).statusCode).toBe(413);
  expect((await put('{')).statusCode).toBe(400);
  expect((await put('[1]')).statusCode).toBe(400);
  expect((await put('{"__proto__":{"a":1}}')).statusCode).toBe(400);
  expect((await put('a=b', 'application/x-www-form-urlencoded')).statusCode).toBe(415);
  expect(cloud.wanted).toEqual([]);
});

it('on loopback only loopback’s own names are answered, against DNS rebinding', async () => {
  const { server } = await injected();
  const ask = async (host: string): Promise<number> =>
    (await server.inject({ url: '/healthz', headers: { host } })).statusCode;
  expect(await ask('localhost:8080')).toBe(200);
  expect(await ask('127.0.0.1')).toBe(200);
  expect(await ask('[::1]:1')).toBe(200);
  expect(await ask('rebound.example')).toBe(421);
  expect(await ask('127.0.0.1.rebound.example')).toBe(421);
  const open = await injected({ host: '0.0.0.0' });
  const headers = { host: 'door.lan' };
  expect((await open.server.inject({ url: '/healthz', headers })).statusCode).toBe(200);
});

it('every answer tells the browser what to refuse', async () => {
  const { server } = await injected();
  for (const url of ['/healthz', '/v1/devices', '/nowhere']) {
    const { headers } = await server.inject({ url });
    expect(headers['content-security-policy']).toContain("script-src 'self'");
    expect(headers['content-security-policy']).not.toContain('unsafe');
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'same-origin',
    });
    expect(headers['x-request-id']).toMatch(/^[\w-]{12}$/);
    expect(headers['access-control-allow-origin']).toBeUndefined();
  }
});

it('a fault of the cloud is a bare 500 that tells nothing', async () => {
  const { server, cloud } = await injected();
  Object.assign(cloud.devices, {
    list: async () => {
      throw new Error('SQLITE_CORRUPT at /secret/place');
    },
  });
  const answer = await server.inject({ url: '/v1/devices', headers: ann });
  expect(answer.json()).toEqual({
    type: 'about:blank',
    title: 'Internal Server Error',
    status: 500,
    detail: 'the cloud failed; its log says how',
    instance: '/v1/devices',
  });
});

it('health is 503 as soon as one thing that must work does not', async () => {
  const { server, cloud } = await injected();
  expect((await server.inject('/healthz')).json()).toEqual({
    live: true,
    ready: true,
    facts: { catalogue: null, broker: null },
    version: '0.0.0-test',
  });
  cloud.facts['broker'] = 'not connected';
  const answer = await server.inject('/healthz');
  expect(answer.statusCode).toBe(503);
  expect(answer.json()).toMatchObject({ ready: false, facts: { broker: 'not connected' } });
});

it('metrics count by route pattern and name nobody', async () => {
  const { server, cloud, owner } = await injected();
  const clip = cloud.addClip(owner, { thing: door, recordedAt: at }, Buffer.of(1));
  await server.inject({ url: `/v1/clips/${door}/${clip.clip}`, headers: ann });
  await server.inject({ url: '/v1/devices' });
  const text = (await server.inject('/metrics')).body;
  expect(text).toContain(
    'doorbell_http_requests_total{method="GET",route="/v1/clips/:thing/:clip",status="200"} 1',
  );
  expect(text).toContain('route="/v1/devices",status="401"} 1');
  expect(text).not.toContain(door);
  expect(text).not.toContain(clip.clip);
  expect(text).not.toContain(owner);
});

it('the API describes itself, every route with what guards it', async () => {
  const { server } = await injected();
  const described = (await server.inject('/docs/json')).json();
  expect(described.openapi).toBe('3.1.0');
  const { get } = described.paths['/v1/clips/{thing}/{clip}/video'];
  expect(get.security).toEqual([{ bearer: [] }, { session: [] }]);
  expect(Object.keys(get.responses)).toEqual(
    expect.arrayContaining(['200', '206', '400', '401', '404', '416']),
  );
  expect(described.paths['/healthz'].get.security).toEqual([]);
  expect(described.paths['/']).toBeUndefined();
});

it('closing lets a request finish and refuses the next', async () => {
  const { url, cloud, close } = await listening();
  let answer: (() => void) | undefined;
  const { list } = cloud.devices;
  const begun = new Promise<void>((begin) => {
    Object.assign(cloud.devices, {
      list: async (account: Parameters<typeof list>[0]) => {
        begin();
        await new Promise<void>((resolve) => {
          answer = resolve;
        });
        return list(account);
      },
    });
  });
  const asked = fetch(`${url}/v1/devices`, { headers: ann });
  await begun;
  const closed = close();
  answer?.();
  expect((await asked).status).toBe(200);
  await closed;
  await expect(fetch(`${url}/healthz`)).rejects.toThrow();
});

it('refusals are logged, but a flood of them is only counted', () => {
  const clock = standingClock();
  const log = new RefusalLog(() => clock.now());
  const told: number[] = [];
  for (let n = 0; n < 500; n++) log.note((suppressed) => told.push(suppressed));
  expect(told).toEqual(Array.from({ length: 20 }, () => 0));
  clock.advance(seconds(10));
  log.note((suppressed) => told.push(suppressed));
  expect(told.at(-1)).toBe(480);
});
