import { expect, test } from 'vitest';
import { decodeTimesOf } from '../../device/core/fragmented-mp4.ts';
import { finalHash } from '../../device/wire/codec.ts';
import { bootBell } from '../support/device/running-bell.ts';

test('a ring becomes one ding event and one clip, whole, with its still [DEV-1] [DEV-5]', async () => {
  const bell = await bootBell();
  await bell.board.clock.advance(10_000);
  await bell.board.press();
  await bell.board.clock.advance(12_000);
  const [clip, ...others] = bell.clips();
  expect(others).toEqual([]);
  expect(bell.events('ding').map((event) => event.clip)).toEqual([clip?.opening.clip]);
  expect(bell.events('button').map(({ data }) => data)).toEqual([{ press: 'short', heldMs: 150 }]);
  expect(clip?.opening.preRoll).toEqual({
    requestedMs: 4000,
    deliveredMs: 4000,
    firstIdrOffsetMs: 0,
    gapMs: 0,
  });
  const { startedAt } = clip?.opening ?? {};
  expect(clip?.final).toMatchObject({
    disposition: 'complete',
    truncated: false,
    prev: null,
    triggers: [{ kind: 'ding', at: (startedAt ?? 0) + 4000, offsetMs: 4000 }],
    endedAt: (startedAt ?? 0) + 9000,
  });
  expect([clip?.stored, clip?.stills.size, clip?.chunks.size]).toEqual([true, 1, 10]);
  expect(bell.board.cloud.complaints).toEqual([]);
  expect(bell.firmware.state().spool).toMatchObject({ clips: 0, events: 0 });
  await bell.stop();
});

test("the bytes the cloud holds are the encoder's own, on the clip's time", async () => {
  const bell = await bootBell({ clip: { preRollMs: 2_000, postRollMs: 1_000 } });
  await bell.board.clock.advance(7_500);
  await bell.board.press();
  await bell.board.clock.advance(6_000);
  const chunks = [...(bell.clips()[0]?.chunks ?? [])].sort(([a], [b]) => a - b);
  const [head, first, second] = chunks.map(([, bytes]) => bytes);
  expect(Buffer.from(head ?? []).toString('latin1')).toContain('moov');
  expect(decodeTimesOf(first ?? new Uint8Array())).toEqual([
    { trackId: 1, time: 0 },
    { trackId: 2, time: 0 },
  ]);
  expect(decodeTimesOf(second ?? new Uint8Array())).toEqual([
    { trackId: 1, time: 15_360 },
    { trackId: 2, time: 48_000 },
  ]);
  await bell.stop();
});

test('nothing is sent before the ding: its event leaves first, the clip follows [WIRE-4]', async () => {
  const bell = await bootBell();
  await bell.board.clock.advance(6_000);
  const before = bell.board.cloud.arrivals.length;
  bell.board.edge('pressed');
  await bell.board.clock.advance(0);
  const arrivals = bell.board.cloud.arrivals.slice(before);
  expect(arrivals[0]).toBe('up/test-bell/event');
  expect(arrivals[1]).toMatch(/\/init$/);
  await bell.stop();
});

test('a ring during a motion clip makes it a ding clip, and no second one', async () => {
  const bell = await bootBell();
  await bell.board.clock.advance(8_000);
  bell.board.imager.setMotion(true);
  await bell.board.clock.advance(3_000);
  await bell.board.press();
  await bell.board.clock.advance(2_000);
  bell.board.imager.setMotion(false);
  await bell.board.clock.advance(15_000);
  const [clip, ...others] = bell.clips();
  expect(others).toEqual([]);
  expect(clip?.opening.trigger).toBe('motion');
  expect(clip?.final?.triggers.map(({ kind }) => kind)).toEqual(['motion', 'ding']);
  expect(bell.events('ding')[0]?.clip).toBe(clip?.opening.clip);
  expect(bell.events('motion-began')[0]?.clip).toBe(clip?.opening.clip);
  expect(bell.events('motion-ended')).toHaveLength(1);
  await bell.stop();
});

test('a second ring during a ding clip is a further trigger of it', async () => {
  const bell = await bootBell();
  await bell.board.clock.advance(6_000);
  await bell.board.press();
  await bell.board.clock.advance(3_000);
  await bell.board.press();
  await bell.board.clock.advance(12_000);
  expect(bell.clips()).toHaveLength(1);
  const clip = bell.clips()[0];
  expect(clip?.final?.triggers.map(({ kind }) => kind)).toEqual(['ding', 'ding']);
  expect(bell.events('ding').map((event) => event.clip)).toEqual([
    clip?.opening.clip,
    clip?.opening.clip,
  ]);
  await bell.stop();
});

test('fragments are with the cloud while the clip is still being recorded [DEV-2]', async () => {
  const bell = await bootBell();
  await bell.board.clock.advance(6_000);
  await bell.board.press();
  await bell.board.clock.advance(3_000);
  const clip = bell.clips()[0];
  expect(clip?.final).toBeNull();
  expect(clip?.chunks.size).toBeGreaterThanOrEqual(7);
  expect(clip?.marked).toBe(clip?.chunks.size);
  await bell.stop();
});

test('offline, clips and events wait; then they go out, and the chain holds [WIRE-5] [DEV-5]', async () => {
  const bell = await bootBell();
  await bell.board.clock.advance(6_000);
  bell.board.cloud.setReachable(false);
  for (let ring = 0; ring < 6; ring++) {
    await bell.board.press();
    await bell.board.clock.advance(15_000);
  }
  expect(bell.firmware.state()).toMatchObject({ link: 'down', spool: { clips: 6 } });
  bell.board.cloud.setReachable(true);
  await bell.board.clock.advance(90_000);
  const finals = bell.clips().map(({ final }) => final);
  expect(finals.map((final) => final?.disposition)).toEqual(Array(6).fill('complete'));
  expect(finals.slice(1).map((final) => final?.prev)).toEqual(
    finals.slice(0, -1).map((final) => (final ? finalHash(final) : null)),
  );
  expect(bell.firmware.state().spool).toMatchObject({ clips: 0, events: 0 });
  await bell.stop();
});

test('RET-5: a clip sent in a later boot does not date itself by that boot’s uptime', async () => {
  const first = await bootBell();
  await first.board.clock.advance(6_000);
  first.board.cloud.setReachable(false);
  await first.board.press();
  await first.board.clock.advance(60_000);
  await first.stop();
  first.board.cloud.setReachable(true);
  first.board.powerOff();
  const second = await bootBell({}, { before: first.board, flash: first.board.flash });
  await second.board.clock.advance(8_000);
  await second.board.press();
  await second.board.clock.advance(30_000);
  const [waited, fresh] = second.clips().map(({ opening }) => opening);
  expect(waited?.boot).toBe((fresh?.boot ?? 0) - 1);
  expect(waited?.clock.uptimeNowMs).toBeNull();
  expect(fresh?.clock.uptimeNowMs).toEqual(expect.any(Number));
  await second.stop();
});

test('the cloud forgets chunks: only those are sent again [WIRE-5]', async () => {
  const bell = await bootBell();
  const { board } = bell;
  await board.clock.advance(6_000);
  await board.press();
  await board.clock.advance(2_500);
  const clip = bell.clips()[0];
  const id = clip?.opening.clip;
  if (id === undefined) throw new Error('no clip');
  board.cloud.setReachable(false);
  board.cloud.forget(id, [1, 3]);
  const before = board.cloud.arrivals.length;
  board.cloud.setReachable(true);
  await board.clock.advance(20_000);
  const again = board.cloud.arrivals.slice(before).filter((topic) => topic.includes('/c/'));
  const indices = again.map((topic) => Number(topic.split('/')[5]));
  expect(indices.slice(0, 2)).toEqual([1, 3]);
  expect(new Set(indices).size).toBe(indices.length);
  expect(clip?.stored).toBe(true);
  expect(board.cloud.complaints).toEqual([]);
  await bell.stop();
});

test.each([
  { loss: 0.2, duplicate: 0, delay: 0 },
  { loss: 0, duplicate: 0.5, delay: 0 },
  { loss: 0, duplicate: 0, delay: 0.5 },
  { loss: 0.15, duplicate: 0.2, delay: 0.3 },
])(
  'messages lost, repeated and out of order change nothing in the end: %o [WIRE-6]',
  async (faults) => {
    const bell = await bootBell({ clip: { postRollMs: 3_000 } });
    bell.board.cloud.setFaults(faults);
    await bell.board.clock.advance(6_000);
    await bell.board.press();
    await bell.board.clock.advance(9_000);
    await bell.board.press();
    await bell.board.clock.advance(240_000);
    expect(bell.clips().map(({ stored }) => stored)).toEqual([true, true]);
    expect(bell.board.cloud.complaints).toEqual([]);
    expect(bell.firmware.state().spool).toMatchObject({ clips: 0, events: 0 });
    await bell.stop();
  },
);

test('the last second of a clip does not wait for the pre-roll of the next [WIRE-4]', async () => {
  const bell = await bootBell({ clip: { postRollMs: 1_000 } }, { fragmentBytes: 340_000 });
  await bell.board.clock.advance(8_000);
  await bell.board.press();
  await bell.board.clock.advanceUntil(
    () => bell.happenings.some(({ kind }) => kind === 'clip-ended'),
    10_000,
  );
  await bell.board.press();
  await bell.board.clock.advance(30_000);
  const [first, second] = bell.clips().map(({ opening }) => opening.clip);
  const order = bell.board.cloud.arrivals;
  expect(order.indexOf(`up/test-bell/clip/${first}/fin`)).toBeLessThan(
    order.findIndex((topic) => topic.startsWith(`up/test-bell/clip/${second}/c/`)),
  );
  await bell.stop();
});

test('what fails while the doorbell stops is told as its end, to whoever waits for that', async () => {
  const bell = await bootBell();
  await bell.board.clock.advance(5_000);
  bell.board.flash.failFrom(0);
  await bell.stop();
  expect(await bell.firmware.ended).toMatchObject({
    kind: 'failed',
    error: expect.objectContaining({ name: 'PowerOff' }),
  });
});
