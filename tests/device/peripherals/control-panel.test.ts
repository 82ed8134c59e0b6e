import { request } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { ImagerError } from '../../../device/board.ts';
import { ControlPanel, ControlPanelError } from '../../../device/peripherals/control-panel.ts';
import { Housing } from '../../../device/peripherals/housing.ts';
import { SystemClock } from '../../../device/peripherals/system-clock.ts';
import { uptimeMs } from '../../../device/wire/time.ts';
import { waitFor } from '../../support/wait-for.ts';

const jpeg = Buffer.from([0xff, 0xd8, 0xff, 0xd9]);

async function openPanel(picture: Uint8Array | null = jpeg) {
  const housing = new Housing();
  const edges: string[] = [];
  housing.button.onEdge(({ kind }) => edges.push(kind));
  const panel = await ControlPanel.open(
    {
      clock: new SystemClock(),
      housing,
      still: async () => {
        if (picture === null) throw new ImagerError('no picture yet');
        return { jpeg: picture, at: uptimeMs(0) };
      },
      state: () => ({ thing: 'porch' }),
    },
    0,
  );
  onTestFinished(() => panel.close());
  return { panel, housing, edges };
}

test('a press is a press and, after its time, a release', async () => {
  const { panel, edges } = await openPanel();
  const answer = await fetch(`${panel.url}/press`, { method: 'POST', body: '{"durationMs":20}' });
  // On a busy machine it is released again by now.
  expect([answer.status, edges[0]]).toEqual([202, 'pressed']);
  expect(await answer.json()).toMatchObject({ durationMs: 20 });
  await waitFor('the release', () => edges.length === 2);
  expect(edges).toEqual(['pressed', 'released']);
});

test('without a body it is a short press', async () => {
  const { panel } = await openPanel();
  const answer = await fetch(`${panel.url}/press`, { method: 'POST' });
  expect(await answer.json()).toMatchObject({ durationMs: 200 });
});

test('picture and snapshot are JPEG, and the state shows the housing', async () => {
  const { panel, housing } = await openPanel();
  housing.switchLight({ kind: 'night-mode', on: true, at: uptimeMs(0) });
  for (const [method, path] of [
    ['GET', '/frame.jpg'],
    ['POST', '/snapshot'],
  ] as const) {
    const answer = await fetch(panel.url + path, { method });
    expect(answer.headers.get('content-type')).toBe('image/jpeg');
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(jpeg);
  }
  const state = await (await fetch(`${panel.url}/state`)).json();
  expect(state).toEqual({ thing: 'porch', pressed: false, nightMode: true, porchLight: false });
});

test('before the first picture the camera is unavailable, which is said', async () => {
  const { panel } = await openPanel(null);
  const answer = await fetch(`${panel.url}/frame.jpg`);
  expect([answer.status, await answer.json()]).toEqual([503, { error: 'no picture yet' }]);
});

test.each([
  ['not JSON', 'x', /not JSON/],
  ['no time', '{"durationMs":0}', /durationMs/],
  ['an hour', '{"durationMs":3600000}', /durationMs/],
  ['something unknown', '{"force":9}', /force/],
  ['too much', `{"durationMs":${' '.repeat(5000)}1}`, /larger than 4096 bytes/],
])('a press with %s is refused and says why', async (_name, body, because) => {
  const { panel, edges } = await openPanel();
  const answer = await fetch(`${panel.url}/press`, { method: 'POST', body });
  expect(answer.status).toBe(400);
  expect(((await answer.json()) as { error: string }).error).toMatch(because);
  expect(edges).toEqual([]);
});

/** A request as a browser would send it; fetch does not let these headers be set. */
function browse(url: string, method: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    request(url, { method, headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .on('error', reject)
      .end();
  });
}

test.each([
  ['a page under a name rebound to this machine', { host: 'evil.example' }],
  ['a page of another origin', { origin: 'http://evil.example' }],
  ['a page without origin', { origin: 'null' }],
])('%s cannot press', async (_name, headers) => {
  const { panel, edges } = await openPanel();
  expect(await browse(`${panel.url}/press`, 'POST', headers)).toBe(403);
  expect(edges).toEqual([]);
});

test('the panel may be named localhost, and its own pages may press', async () => {
  const { panel } = await openPanel();
  const { port } = new URL(panel.url);
  const host = `localhost:${port}`;
  expect(await browse(`${panel.url}/press`, 'POST', { host, origin: `http://${host}` })).toBe(202);
});

test('what is not there is answered with what is', async () => {
  const { panel } = await openPanel();
  const answer = await fetch(`${panel.url}/press`);
  expect(answer.status).toBe(404);
  expect(((await answer.json()) as { error: string }).error).toContain('POST /press');
});

test('a port that is taken is a ControlPanelError', async () => {
  const { panel } = await openPanel();
  const taken = Number(new URL(panel.url).port);
  const parts = {
    clock: new SystemClock(),
    housing: new Housing(),
    still: () => Promise.reject(new ImagerError('none')),
    state: () => ({}),
  };
  const refusal = await ControlPanel.open(parts, taken).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(ControlPanelError);
  expect((refusal as ControlPanelError).message).toBe(`panel port ${taken} is taken`);
});
