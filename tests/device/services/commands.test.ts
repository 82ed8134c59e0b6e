import { expect, test } from 'vitest';
import { regionsIn } from '../../../cloud-stub/console/app/frame-notes.ts';
import type { Ulid } from '../../../device/wire/ids.ts';
import { bootBell, type RunningBell } from '../../support/device/running-bell.ts';

const id = '01HF7YAT00AAAAAAAAAAAAAAAA' as Ulid;
const other = '01HF7YAT00BBBBBBBBBBBBBBBB' as Ulid;

function send(bell: RunningBell, command: object): void {
  const expiresAt = bell.board.clock.now() + 10_000;
  bell.board.cloud.send('dn/test-bell/command', { id, expiresAt, data: {}, ...command });
}

function replies(bell: RunningBell): readonly unknown[] {
  return bell.board.cloud.posts
    .filter(({ topic }) => topic.startsWith('up/test-bell/reply/'))
    .map(({ payload }) => JSON.parse(Buffer.from(payload).toString()) as unknown);
}

test('a snapshot is a still in a short clip of its own', async () => {
  const bell = await bootBell();
  await bell.board.clock.advance(6_000);
  send(bell, { name: 'snapshot' });
  await bell.board.clock.advance(6_000);
  const [clip] = bell.clips();
  const still = [...(clip?.stills.keys() ?? [])][0];
  expect(clip?.opening.trigger).toBe('snapshot');
  expect(clip?.stored).toBe(true);
  expect(replies(bell)).toEqual([{ id, ok: true, data: { clip: clip?.opening.clip, still } }]);
  await bell.stop();
});

test('a snapshot during a clip belongs to that clip', async () => {
  const bell = await bootBell();
  await bell.board.clock.advance(6_000);
  await bell.board.press();
  await bell.board.clock.advance(1_000);
  await bell.firmware.snapshot();
  await bell.board.clock.advance(15_000);
  expect(bell.clips()).toHaveLength(1);
  expect(bell.clips()[0]?.stills.size).toBe(2);
  await bell.stop();
});

test('a camera without a picture answers with its reason', async () => {
  const bell = await bootBell();
  await bell.board.clock.advance(6_000);
  bell.board.imager.failStills(true);
  send(bell, { name: 'snapshot' });
  await bell.board.clock.advance(3_000);
  expect(replies(bell)).toEqual([{ id, ok: false, reason: 'no picture: no picture yet' }]);
  await bell.stop();
});

test('an expired command is refused', async () => {
  const bell = await bootBell();
  await bell.board.clock.advance(6_000);
  send(bell, { name: 'reboot', expiresAt: bell.board.clock.now() });
  await bell.board.clock.advance(3_000);
  expect(replies(bell)).toEqual([{ id, ok: false, reason: 'expired' }]);
  await bell.stop();
});

test('a command that comes twice is done once and answered twice', async () => {
  const bell = await bootBell();
  await bell.board.clock.advance(6_000);
  send(bell, { name: 'snapshot' });
  await bell.board.clock.advance(4_000);
  send(bell, { name: 'snapshot' });
  await bell.board.clock.advance(4_000);
  expect(bell.clips()).toHaveLength(1);
  expect(replies(bell)).toHaveLength(2);
  await bell.stop();
});

test('a live view sends pictures as long as asked, is renewed, and then ends', async () => {
  const bell = await bootBell();
  await bell.board.clock.advance(1_000);
  send(bell, { name: 'live-view', data: { seconds: 2 } });
  await bell.board.clock.advance(1_000);
  const soFar = bell.board.cloud.frames.length;
  expect(soFar).toBeGreaterThan(2);
  send(bell, { id: other, name: 'live-view', data: { seconds: 2 } });
  await bell.board.clock.advance(5_000);
  const all = bell.board.cloud.frames.length;
  expect(all).toBeGreaterThan(soFar + 5);
  await bell.board.clock.advance(5_000);
  expect(bell.board.cloud.frames).toHaveLength(all);
  expect(bell.firmware.state().liveViewUntil).toBeNull();
  await bell.stop();
});

test('each picture of a live view carries what moves in it', async () => {
  const bell = await bootBell();
  await bell.board.clock.advance(6_000);
  bell.board.imager.setMotion(true);
  await bell.board.clock.advance(2_000);
  send(bell, { name: 'live-view', data: { seconds: 2 } });
  await bell.board.clock.advance(1_000);
  const { regions } = bell.firmware.state().observation ?? { regions: [] };
  expect(regions.length).toBeGreaterThan(0);
  const last = regionsIn(bell.board.cloud.frames.at(-1) ?? Buffer.of());
  expect(last.length).toBeGreaterThan(0);
  expect(last.every(({ score }) => score > 0)).toBe(true);
  await bell.stop();
});

test.each([[0], [61], ['ten'], [null]])('a live view of %s seconds is refused', async (seconds) => {
  const bell = await bootBell();
  await bell.board.clock.advance(1_000);
  send(bell, { name: 'live-view', data: { seconds } });
  await bell.board.clock.advance(1_000);
  expect(replies(bell)).toEqual([
    {
      id,
      ok: false,
      reason: `expected seconds above 0, at most 60, found ${JSON.stringify(seconds)}`,
    },
  ]);
  await bell.stop();
});

test('a reboot ends the run in good order, and the next boot knows', async () => {
  const bell = await bootBell();
  await bell.board.clock.advance(6_000);
  send(bell, { name: 'reboot' });
  await bell.board.clock.advance(6_000);
  await expect(bell.firmware.ended).resolves.toEqual({ kind: 'reboot' });
  const flash = bell.board.flash.cutPower(() => 0.99);
  const next = await bootBell({}, { flash, before: bell.board, seed: 9 });
  await next.board.clock.advance(1_000);
  expect(next.events('boot').at(-1)?.data).toMatchObject({ reason: 'SoftwareReset' });
  await next.stop();
});

test.each([
  ['not JSON', 'dn/test-bell/command', Buffer.from('{')],
  ['an unknown command', 'dn/test-bell/command', Buffer.from('{"id":"x","name":"format"}')],
  ['a foreign topic', 'dn/other-bell/command', Buffer.from('{}')],
  [
    'a receipt for another clip',
    `dn/test-bell/clip/${id}/ack`,
    Buffer.from(
      JSON.stringify({ v: 1, clip: other, state: 'stored', next: 0, have: [], window: 1 }),
    ),
  ],
  ['a huge document', 'dn/test-bell/settings', Buffer.alloc(128 * 1024, '[')],
])('%s from the cloud changes nothing and is counted [WIRE-9]', async (_name, topic, payload) => {
  const bell = await bootBell({ health: { everyMs: 5_000 } });
  await bell.board.clock.advance(1_000);
  bell.board.cloud.sendBytes(topic, payload);
  await bell.board.clock.advance(6_000);
  expect(replies(bell)).toEqual([]);
  expect(bell.events('health')[0]?.data['refusedMessages']).toBe(1);
  await bell.stop();
});
