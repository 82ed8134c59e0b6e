import { expect, test } from 'vitest';
import { epochMs, hours, later, milliseconds } from '../../../device/wire/time.ts';
import { bootBell } from '../../support/device/running-bell.ts';

test('motion longer than the maximum length goes on in a new clip that begins where the last ended', async () => {
  const bell = await bootBell({ clip: { maxLengthMs: 10_000, postRollMs: 2_000 } });
  await bell.board.clock.advance(8_000);
  bell.board.imager.setMotion(true);
  await bell.board.clock.advance(20_000);
  bell.board.imager.setMotion(false);
  await bell.board.clock.advance(12_000);
  const clips = bell.clips();
  expect(clips.length).toBeGreaterThanOrEqual(2);
  expect(clips.map(({ opening }) => opening.trigger)).toEqual(clips.map(() => 'motion'));
  expect(clips.map(({ final }) => final?.disposition)).toEqual(clips.map(() => 'complete'));
  expect(clips[1]?.opening.preRoll.requestedMs).toBe(0);
  expect(clips[1]?.opening.startedAt).toBe(clips[0]?.final?.endedAt);
  await bell.stop();
});

test('a broken stream ends the clip truncated with its reason, and motion that goes on opens a new one', async () => {
  const bell = await bootBell();
  await bell.board.clock.advance(8_000);
  bell.board.imager.setMotion(true);
  await bell.board.clock.advance(4_000);
  bell.board.imager.breakStream({ ended: false, again: true });
  await bell.board.clock.advance(5_000);
  bell.board.imager.setMotion(false);
  await bell.board.clock.advance(15_000);
  const [broken, next] = bell.clips();
  expect(broken?.final).toMatchObject({
    disposition: 'truncated',
    reason: 'imager-fault: the encoder died',
  });
  expect(broken?.stored).toBe(true);
  expect(next?.final?.disposition).toBe('complete');
  expect(bell.events('imager-fault')[0]?.data).toEqual({ because: 'the encoder died' });
  await bell.stop();
});

test('each stream is asked for a still before anybody needs one, and nothing is kept of it', async () => {
  const bell = await bootBell();
  const { clock, imager } = bell.board;
  await clock.advance(5_000);
  expect(imager.stillsTaken).toBe(1);
  imager.failStills(true);
  imager.breakStream({ ended: false, again: true });
  await clock.advance(5_000);
  expect(imager.stillsTaken).toBe(1);
  imager.failStills(false);
  imager.breakStream({ ended: false, again: true });
  await clock.advance(5_000);
  expect(imager.stillsTaken).toBe(2);
  expect(bell.clips()).toEqual([]);
  await bell.stop();
});

test('a clip is as long as its pictures, whatever the clock says when it ends', async () => {
  const bell = await bootBell({ clip: { preRollMs: 2_000, postRollMs: 2_000 } });
  const { clock } = bell.board;
  await clock.advance(6_000);
  await bell.board.press();
  const { now } = clock;
  Object.assign(clock, { now: () => later(now(), hours(1)) });
  await clock.advance(8_000);
  const [clip] = bell.clips();
  const { startedAt } = clip?.opening ?? { startedAt: epochMs(0) };
  const lengthMs = (clip?.final?.endedAt ?? 0) - startedAt;
  expect(lengthMs).toBeGreaterThanOrEqual(4_000);
  expect(lengthMs).toBeLessThanOrEqual(6_000);
  await bell.stop();
});

test('a late encoder moves neither the start nor the end of a clip, nor the ring in it', async () => {
  const bell = await bootBell({ clip: { preRollMs: 2_000, postRollMs: 2_000 } });
  const { clock, imager } = bell.board;
  await clock.advance(6_000);
  imager.delay(5_000);
  await clock.advance(3_000);
  const pressedAt = clock.now();
  await bell.board.press();
  await clock.advance(12_000);
  const [clip] = bell.clips();
  const { startedAt } = clip?.opening ?? { startedAt: epochMs(0) };
  // Two milliseconds for what a camera's own clock might have drifted meanwhile.
  expect(Math.abs(startedAt - (pressedAt - 4_000))).toBeLessThanOrEqual(2);
  expect(clip?.opening.clock.uptimeAtStartMs).toBe(5_000 + startedAt - (pressedAt - 4_000));
  expect(clip?.opening.trigger).toBe('ding');
  expect(clip?.opening.preRoll.deliveredMs).toBe(4_000);
  expect(clip?.final?.endedAt).toBe(later(startedAt, milliseconds(6_000)));
  expect(bell.events('ding')[0]?.at).toBe(pressedAt);
  await bell.stop();
});

test('footage that ends in a clip ends it truncated, and says so once', async () => {
  const bell = await bootBell();
  await bell.board.clock.advance(6_000);
  await bell.board.press();
  await bell.board.clock.advance(2_000);
  bell.board.imager.breakStream({ ended: true, again: false });
  await bell.board.clock.advance(5_000);
  expect(bell.clips()[0]?.final).toMatchObject({
    disposition: 'truncated',
    reason: 'the footage ended',
  });
  expect(bell.happenings.filter(({ kind }) => kind === 'footage-ended')).toHaveLength(1);
  expect(bell.firmware.state().picture).toBe('ended');
  await bell.stop();
});

test('a ring while the camera shows nothing still has its clip, truncated with the reason', async () => {
  const bell = await bootBell();
  await bell.board.clock.advance(3_000);
  bell.board.imager.freeze();
  bell.board.imager.failStills(true);
  await bell.board.clock.advance(3_000);
  await bell.board.press();
  await bell.board.clock.advance(20_000);
  expect(bell.clips()[0]?.final).toMatchObject({
    disposition: 'truncated',
    reason: 'no picture came',
  });
  expect(bell.events('ding')[0]?.clip).toBe(bell.clips()[0]?.opening.clip);
  expect(bell.firmware.state().spool).toMatchObject({ clips: 0, events: 0 });
  await bell.stop();
});

test('a ring in the first moment of a boot is recorded from the first picture on', async () => {
  const bell = await bootBell();
  await bell.board.press();
  await bell.board.clock.advance(15_000);
  expect(bell.clips()[0]?.opening.preRoll).toMatchObject({ requestedMs: 4000, deliveredMs: 0 });
  expect(bell.clips()[0]?.final).toMatchObject({ disposition: 'complete' });
  await bell.stop();
});

test('a stop ends the clip truncated, and sends it before the link closes', async () => {
  const bell = await bootBell();
  await bell.board.clock.advance(6_000);
  await bell.board.press();
  await bell.board.clock.advance(2_000);
  await bell.stop();
  expect(bell.clips()[0]?.final).toMatchObject({ disposition: 'truncated', reason: 'shutdown' });
  expect(bell.clips()[0]?.stored).toBe(true);
  expect(bell.events('shutdown')).toHaveLength(1);
  await expect(bell.firmware.ended).resolves.toEqual({ kind: 'stopped' });
});

test('a second still shows the regions when the owner wants it', async () => {
  const bell = await bootBell({ still: { regions: true } });
  await bell.board.clock.advance(8_000);
  bell.board.imager.setMotion(true);
  await bell.board.clock.advance(4_000);
  bell.board.imager.setMotion(false);
  await bell.board.clock.advance(12_000);
  expect(bell.clips()[0]?.stills.size).toBe(2);
  await bell.stop();
});

test('night mode and the porch light are told, and night mode chooses the night settings', async () => {
  const bell = await bootBell();
  await bell.board.clock.advance(1_000);
  bell.board.light({ kind: 'night-mode', on: true });
  bell.board.light({ kind: 'porch-light', on: true });
  await bell.board.clock.advance(1_000);
  expect(bell.firmware.state()).toMatchObject({ light: 'night', porchLight: true });
  expect(bell.events('night-mode').map(({ data }) => data)).toEqual([{ on: true }]);
  expect(bell.events('porch-light').map(({ data }) => data)).toEqual([{ on: true }]);
  await bell.stop();
});
