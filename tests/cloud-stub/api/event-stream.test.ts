import { expect, it } from 'vitest';
import { apiLimits } from '../../../cloud-stub/api/limits.ts';
import { makeCursor } from '../../../cloud-stub/services/page-cursor.ts';
import { epochMs } from '../../../device/wire/time.ts';
import { ann, door, listening, reading } from '../../support/cloud/api-under-test.ts';
import { standingClock } from '../../support/standing-clock.ts';
import { waitFor } from '../../support/wait-for.ts';

const at = epochMs(1_790_000_000_000);

type Message = { event: string; id: string | null; data: Record<string, unknown> };

const messages = (text: string): Message[] =>
  text
    .split('\n\n')
    .filter((block) => block.includes('data: '))
    .map((block) => ({
      event: /^event: (.+)$/m.exec(block)?.[1] ?? '',
      id: /^id: (.+)$/m.exec(block)?.[1] ?? null,
      data: JSON.parse(/^data: (.+)$/m.exec(block)?.[1] ?? 'null'),
    }));

async function streaming(
  rest: Parameters<typeof listening>[0] = {},
  headers: Record<string, string> = {},
  before: (made: Awaited<ReturnType<typeof listening>>) => void = () => {},
) {
  const made = await listening(rest);
  before(made);
  const response = await fetch(`${made.url}/v1/events/stream`, { headers: { ...ann, ...headers } });
  const stream = reading(response);
  await waitFor('the stream to begin', () => stream.text().includes('retry: '));
  return { ...made, response, stream };
}

it('tells events, clips and devices as they happen, and of nobody else', async () => {
  const { cloud, owner, response, stream } = await streaming();
  expect(response.headers.get('content-type')).toContain('text/event-stream');
  const other = cloud.tokens.get('token-of-bob') ?? owner;
  cloud.addEvent(other, { thing: 'back-door' as never, kind: 'ding', at });
  const event = cloud.addEvent(owner, { thing: door, kind: 'ding', at, data: { press: 'short' } });
  const clip = cloud.addClip(owner, { thing: door, recordedAt: at }, Buffer.from('x'));
  cloud.addDevice(owner, door, { connected: false });
  await cloud.footage.remove(owner, clip);
  await waitFor('four messages', () => messages(stream.text()).length === 4);
  const told = messages(stream.text());
  expect(told.map((message) => [message.event, message.id])).toEqual([
    ['event', event.cursor],
    ['clip', null],
    ['device', null],
    ['clip-gone', null],
  ]);
  expect(told[0]?.data).toMatchObject({ kind: 'ding', thing: door, data: { press: 'short' } });
  expect(told[2]?.data).toMatchObject({ thing: door, connected: false });
  expect(told[3]?.data).toEqual({ thing: door, clip: clip.clip });
});

it('resumes behind the last id without a gap or a repetition', async () => {
  const seen: string[] = [];
  const { cloud, owner, stream } = await streaming(
    {},
    { 'last-event-id': makeCursor([at, door, 100]) },
    (made) => {
      for (let n = 1; n <= 350; n++) {
        const event = made.cloud.addEvent(made.owner, { thing: door, kind: 'health', at });
        if (n > 100) seen.push(event.cursor);
      }
    },
  );
  seen.push(cloud.addEvent(owner, { thing: door, kind: 'ding', at }).cursor);
  await waitFor('all of them', () => messages(stream.text()).length >= seen.length);
  expect(messages(stream.text()).map(({ id }) => id)).toEqual(seen);
});

it('an event that arrives while it resumes is told once, in its place', async () => {
  const { stream } = await streaming({}, { 'last-event-id': '000000' }, ({ cloud, owner }) => {
    cloud.addEvent(owner, { thing: door, kind: 'boot', at });
    const { since } = cloud.happenings;
    // It is both in what is read and told live.
    Object.assign(cloud.happenings, {
      since: async (...asked: Parameters<typeof since>) => {
        cloud.addEvent(owner, { thing: door, kind: 'ding', at });
        Object.assign(cloud.happenings, { since });
        return since(...asked);
      },
    });
  });
  await waitFor('both', () => messages(stream.text()).length >= 2);
  expect(messages(stream.text()).map(({ data }) => data['kind'])).toEqual(['boot', 'ding']);
});

it('beats while nothing happens, and ends when its token is no longer good', async () => {
  const clock = standingClock();
  const { cloud, stream } = await streaming({ clock });
  clock.advance(apiLimits.heartbeatMs);
  await waitFor('a beat', () => stream.text().includes(': still here'));
  cloud.tokens.delete('token-of-ann');
  await waitFor('the next beat', () => clock.waiting().includes('api-stream-beat'));
  clock.advance(apiLimits.heartbeatMs);
  await stream.ended;
  await waitFor('nobody to follow', () => cloud.followers === 0);
});

it('stops following when its reader leaves', async () => {
  const made = await listening();
  const abort = new AbortController();
  const { signal } = abort;
  const response = await fetch(`${made.url}/v1/events/stream`, { headers: ann, signal });
  expect(response.ok).toBe(true);
  await waitFor('a follower', () => made.cloud.followers === 1);
  abort.abort();
  await waitFor('no follower', () => made.cloud.followers === 0);
});

it('lets go of a reader who does not read', async () => {
  const made = await listening();
  const response = await fetch(`${made.url}/v1/events/stream`, { headers: ann });
  expect(response.ok).toBe(true);
  await waitFor('a follower', () => made.cloud.followers === 1);
  const data = { text: 'x'.repeat(100_000) };
  await waitFor('it to be let go', () => {
    made.cloud.addEvent(made.owner, { thing: door, kind: 'health', at, data });
    return made.cloud.followers === 0;
  });
  await response.body?.cancel().catch(() => {});
});

it('ends at once when the server closes', async () => {
  const { close, stream, cloud } = await streaming();
  await close();
  await stream.ended;
  expect(cloud.followers).toBe(0);
});

it('one account cannot take all streams', async () => {
  const made = await listening();
  const open = () => fetch(`${made.url}/v1/events/stream`, { headers: ann });
  const many = await Promise.all(Array.from({ length: apiLimits.streamsPerAccountMax }, open));
  expect(many.every(({ status }) => status === 200)).toBe(true);
  const refused = await open();
  expect(refused.status).toBe(429);
  expect(refused.headers.get('retry-after')).toBe('5');
  expect(made.cloud.followers).toBe(apiLimits.streamsPerAccountMax);
});
