import { expect, it } from 'vitest';
import { apiLimits } from '../../../cloud-stub/api/limits.ts';
import { framesOf } from '../../../cloud-stub/console/app/multipart-frames.ts';
import { ann, door, listening, reading } from '../../support/cloud/api-under-test.ts';
import { standingClock } from '../../support/standing-clock.ts';
import { waitFor } from '../../support/wait-for.ts';

async function watching(rest: Parameters<typeof listening>[0] = {}) {
  const made = await listening(rest);
  const abort = new AbortController();
  const response = await fetch(`${made.url}/v1/devices/${door}/live`, {
    headers: ann,
    signal: abort.signal,
  });
  const watchers = () => made.cloud.watchers.get(door)?.size ?? 0;
  await waitFor('a watcher', () => watchers() === 1);
  return { ...made, response, watchers, leave: () => abort.abort() };
}

it('sends each picture whole, readable by its length', async () => {
  const { cloud, response, watchers, leave } = await watching();
  expect(response.headers.get('content-type')).toMatch(/^multipart\/x-mixed-replace; boundary=/);
  if (response.body === null) throw new Error('no body');
  const frames = framesOf(response.body);
  for (const text of ['first\r\n\r\npicture', '', 'third '.repeat(20_000)]) {
    cloud.showFrame(door, Buffer.from(text));
    const { value } = await frames.next();
    expect(Buffer.from(value ?? []).toString()).toBe(text);
  }
  leave();
  await waitFor('nobody to watch', () => watchers() === 0);
});

it('leaves pictures out for a reader who does not read, and counts them', async () => {
  const { cloud, url, response } = await watching();
  const frame = Buffer.alloc(100_000, 1);
  const droppedFrames = async (): Promise<number> => {
    cloud.showFrame(door, frame);
    const text = await (await fetch(`${url}/metrics`)).text();
    return Number(/^doorbell_http_live_frames_dropped_total (\d+)/m.exec(text)?.[1] ?? 0);
  };
  await waitFor('a dropped picture', async () => (await droppedFrames()) > 3);
  await response.body?.cancel().catch(() => {});
});

it('ends after its time, so that a forgotten tab keeps no camera busy', async () => {
  const clock = standingClock();
  const { response, watchers } = await watching({ clock });
  const stream = reading(response);
  clock.advance(apiLimits.liveViewMs);
  await stream.ended;
  expect(watchers()).toBe(0);
});

it('ends when the device is no longer its owner’s', async () => {
  const clock = standingClock();
  const { cloud, response, watchers } = await watching({ clock });
  const stream = reading(response);
  const other = cloud.tokens.get('token-of-bob');
  if (other === undefined) throw new Error('Bob has no account');
  cloud.addDevice(other, door);
  clock.advance(apiLimits.heartbeatMs);
  await stream.ended;
  expect(watchers()).toBe(0);
});

it('ends at once when the server closes', async () => {
  const { close, response, watchers } = await watching();
  const stream = reading(response);
  await close();
  await stream.ended;
  expect(watchers()).toBe(0);
});
