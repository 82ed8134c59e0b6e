import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { fileName } from '../../../cloud-stub/api/clip-video.ts';
import type { OwnedClip } from '../../../cloud-stub/services/owners/owner-views.ts';
import { epochMs, milliseconds } from '../../../device/wire/time.ts';
import { ann, door, injected, listening, reading } from '../../support/cloud/api-under-test.ts';
import { waitFor } from '../../support/wait-for.ts';

const recordedAt = epochMs(Date.parse('2026-11-22T06:30:12.345Z'));
const footage = randomBytes(200_000);
const root = createHash('sha256').update(footage).digest('hex');
const etag = `"${root}"`;

const e2ee = { recipients: [{ recipient: 'a'.repeat(16), algorithm: 'x', wrapped: 'w' }] };

async function stored(more: Partial<OwnedClip> = {}) {
  const made = await injected();
  const clip = made.cloud.addClip(
    made.owner,
    { thing: door, recordedAt, trigger: 'ding', durationMs: milliseconds(9000), ...more },
    footage,
    Buffer.from('jpeg'),
  );
  const url = `/v1/clips/${door}/${clip.clip}`;
  const get = (headers: Record<string, string> = {}, method: 'GET' | 'HEAD' = 'GET') =>
    made.server.inject({ method, url: `${url}/video`, headers: { ...ann, ...headers } });
  return { ...made, clip, url, get };
}

it('footage and stills that only the owner can read are bytes of no kind [EXP-5]', async () => {
  const { get, server, clip, url } = await stored({ e2ee });
  const still = await server.inject({ url: `${url}/stills/${clip.stills[0]}`, headers: ann });
  expect((await server.inject({ url, headers: ann })).json().e2ee).toEqual(e2ee);
  for (const answer of [await get(), still]) {
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['content-type']).toBe('application/octet-stream');
  }
  expect((await get()).headers['content-disposition']).toContain('_ding.enc"');
});

describe('the footage of a stored clip', () => {
  it('is whole, tagged by its root, and not kept by browsers', async () => {
    const { get, cloud } = await stored();
    const answer = await get();
    expect(answer.statusCode).toBe(200);
    expect(answer.rawPayload.equals(footage)).toBe(true);
    expect(answer.headers).toMatchObject({
      'content-type': 'video/mp4',
      'content-length': '200000',
      'accept-ranges': 'bytes',
      'cache-control': 'private, no-store',
      'content-disposition': 'inline; filename="front-door_2026-11-22_06-30-12Z_ding.mp4"',
      etag,
    });
    expect(cloud.opened).toBe(0);
  });

  it.each([
    ['bytes=0-99', 0, 100],
    ['bytes=65530-131080', 65_530, 131_081],
    ['bytes=199990-', 199_990, 200_000],
    ['bytes=-5', 199_995, 200_000],
  ])('serves the range %s', async (range, from, to) => {
    const { get, cloud } = await stored();
    const answer = await get({ range });
    expect(answer.statusCode).toBe(206);
    expect(answer.headers['content-range']).toBe(`bytes ${from}-${to - 1}/200000`);
    expect(answer.headers['content-length']).toBe(String(to - from));
    expect(answer.rawPayload.equals(footage.subarray(from, to))).toBe(true);
    expect(cloud.opened).toBe(0);
  });

  it('refuses a range behind its end and says how long it is', async () => {
    const { get, cloud } = await stored();
    const answer = await get({ range: 'bytes=200000-' });
    expect(answer.statusCode).toBe(416);
    expect(answer.headers['content-range']).toBe('bytes */200000');
    expect(answer.json()).toMatchObject({ status: 416, title: 'Range Not Satisfiable' });
    expect(cloud.opened).toBe(0);
  });

  it('ignores a range of another version', async () => {
    const { get } = await stored();
    const range = 'bytes=0-99';
    expect((await get({ range, 'if-range': etag })).statusCode).toBe(206);
    const answer = await get({ range, 'if-range': '"before it grew"' });
    expect(answer.statusCode).toBe(200);
    expect(answer.rawPayload.length).toBe(200_000);
  });

  it('is not sent again to who has it', async () => {
    const { get, cloud } = await stored();
    const answer = await get({ 'if-none-match': etag });
    expect(answer.statusCode).toBe(304);
    expect(answer.rawPayload.length).toBe(0);
    expect(cloud.opened).toBe(0);
  });

  it('tells by HEAD what it is, ranges aside', async () => {
    const { get, cloud } = await stored();
    const answer = await get({ range: 'bytes=0-9' }, 'HEAD');
    expect(answer.statusCode).toBe(200);
    expect(answer.headers).toMatchObject({ 'content-length': '200000', etag });
    expect(answer.rawPayload.length).toBe(0);
    expect(cloud.opened).toBe(0);
  });

  it('is offered as a file when it is asked for as a download', async () => {
    const { server, url } = await stored();
    const answer = await server.inject({ url: `${url}/video?download`, headers: ann });
    expect(answer.headers['content-disposition']).toMatch(/^attachment; filename="front-door_/);
  });

  it('[DEL-1] is gone once it is deleted, stills and all', async () => {
    const { server, url, clip, get } = await stored();
    const still = `${url}/stills/${clip.stills[0]}`;
    expect((await server.inject({ url: still, headers: ann })).body).toBe('jpeg');
    const remove = () => server.inject({ method: 'DELETE', url, headers: ann });
    expect((await remove()).statusCode).toBe(204);
    expect((await remove()).statusCode).toBe(404);
    expect((await get()).statusCode).toBe(404);
    expect((await server.inject({ url, headers: ann })).statusCode).toBe(404);
    expect((await server.inject({ url: still, headers: ann })).statusCode).toBe(404);
  });
});

describe('the footage of a clip that is still arriving', () => {
  async function arriving() {
    const made = await listening();
    const clip = made.cloud.addClip(
      made.owner,
      { thing: door, recordedAt, state: 'arriving' },
      footage.subarray(0, 1000),
    );
    const url = `${made.url}/v1/clips/${door}/${clip.clip}/video`;
    const response = await fetch(url, { headers: { ...ann, range: 'bytes=0-' } });
    return { ...made, clip, response, stream: reading(response) };
  }

  it('is sent as it grows, without ranges, and ends when it is stored', async () => {
    const { response, stream, cloud, clip } = await arriving();
    expect(response.status).toBe(200);
    expect(response.headers.get('accept-ranges')).toBeNull();
    expect(response.headers.get('etag')).toBeNull();
    await waitFor('the beginning', () => stream.text().length === 1000);
    cloud.grow(clip, footage.subarray(1000, 90_000));
    await waitFor('more', () => stream.text().length === 90_000);
    cloud.grow(clip, footage.subarray(90_000), { state: 'stored' });
    await stream.ended;
    expect(Buffer.from(stream.text(), 'latin1').equals(footage)).toBe(true);
    expect(cloud.opened).toBe(0);
  });

  it('[DEL-1] ends where it is when the clip is deleted', async () => {
    const { stream, cloud, owner, clip } = await arriving();
    await waitFor('the beginning', () => stream.text().length === 1000);
    await cloud.footage.remove(owner, clip);
    await stream.ended;
    expect(stream.text().length).toBe(1000);
    expect(cloud.opened).toBe(0);
  });

  it('ends when the server closes', async () => {
    const { stream, close, cloud } = await arriving();
    await waitFor('the beginning', () => stream.text().length === 1000);
    await Promise.all([close(), stream.ended.catch(() => {})]);
    expect(cloud.opened).toBe(0);
  });
});

it('a reader who leaves in the middle leaves nothing open', async () => {
  const { cloud, owner, url } = await listening();
  const large = Buffer.alloc(64 * 1024 * 1024, 7);
  const clip = cloud.addClip(owner, { thing: door, recordedAt }, large);
  const abort = new AbortController();
  const response = await fetch(`${url}/v1/clips/${door}/${clip.clip}/video`, {
    headers: ann,
    signal: abort.signal,
  });
  await response.body?.getReader().read();
  expect(cloud.opened).toBe(1);
  abort.abort();
  await waitFor('the clip to be closed', () => cloud.opened === 0);
});

it('a file name sorts by time and says which doorbell and why', () => {
  const clip = { thing: door, trigger: 'motion', recordedAt, e2ee: null };
  const named = (more: object) => fileName({ ...clip, ...more } as Parameters<typeof fileName>[0]);
  expect(named({})).toBe('front-door_2026-11-22_06-30-12Z_motion.mp4');
  expect(named({ e2ee })).toBe('front-door_2026-11-22_06-30-12Z_motion.enc');
});
