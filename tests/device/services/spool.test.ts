import { expect, test } from 'vitest';
import { finalHash } from '../../../device/wire/codec.ts';
import { createForgetfulFlash } from '../../../tools/simulation/forgetful-flash.ts';
import { bootBell, type RunningBell } from '../../support/device/running-bell.ts';

const small = { clip: { postRollMs: 2_000 }, spool: { capacityBytes: 1024 * 1024 } } as const;
/** A clip of seven fragments takes about 490 KB, so that the spool holds one. */
const fragmentBytes = 70_000;

async function ring(bell: RunningBell): Promise<void> {
  await bell.board.press();
  await bell.board.clock.advance(9_000);
}

async function moveAbout(bell: RunningBell): Promise<void> {
  bell.board.imager.setMotion(true);
  await bell.board.clock.advance(2_000);
  bell.board.imager.setMotion(false);
  await bell.board.clock.advance(12_000);
}

test('a full spool gives up motion for a ring, with a signed final and an event that say so [DEV-3]', async () => {
  const bell = await bootBell(small, { fragmentBytes });
  await bell.board.clock.advance(8_000);
  bell.board.cloud.setReachable(false);
  await moveAbout(bell);
  await ring(bell);
  bell.board.cloud.setReachable(true);
  await bell.board.clock.advance(60_000);
  const [motion, ding] = bell.clips();
  expect(motion?.final).toMatchObject({
    disposition: 'evicted',
    reason: 'spool full, oldest without a ring',
  });
  expect(motion?.chunks.size).toBe(0);
  expect(ding?.final).toMatchObject({ disposition: 'complete', prev: motion?.final?.replaces });
  expect(ding?.stored).toBe(true);
  expect(bell.events('evicted').map(({ clip, data }) => [clip, data['seq']])).toEqual([
    [motion?.opening.clip, 0],
  ]);
  expect(bell.board.cloud.complaints).toEqual([]);
  await bell.stop();
});

test('motion never drives out a ring: its own clip ends truncated instead [DEV-3]', async () => {
  const bell = await bootBell(small, { fragmentBytes });
  await bell.board.clock.advance(8_000);
  bell.board.cloud.setReachable(false);
  await ring(bell);
  await moveAbout(bell);
  bell.board.cloud.setReachable(true);
  await bell.board.clock.advance(60_000);
  const [ding, motion] = bell.clips();
  expect(ding?.final?.disposition).toBe('complete');
  expect(motion?.final).toMatchObject({ disposition: 'truncated', reason: 'spool-full' });
  expect(motion?.final?.prev).toBe(ding?.final ? finalHash(ding.final) : null);
  expect(bell.events('evicted')).toEqual([]);
  await bell.stop();
});

test('a flash that is full in earnest is met the same way', async () => {
  const flash = createForgetfulFlash(640_000);
  const bell = await bootBell({ clip: { postRollMs: 2_000 } }, { fragmentBytes, flash });
  await bell.board.clock.advance(8_000);
  bell.board.cloud.setReachable(false);
  await ring(bell);
  await ring(bell);
  bell.board.cloud.setReachable(true);
  await bell.board.clock.advance(60_000);
  expect(bell.clips().map(({ final }) => final?.disposition)).toEqual(['evicted', 'complete']);
  expect(bell.board.cloud.complaints).toEqual([]);
  await bell.stop();
});

test('PUBACK is not "stored": nothing leaves before the cloud\'s receipt [DEV-4] [WIRE-10]', async () => {
  const bell = await bootBell();
  await bell.board.clock.advance(6_000);
  bell.board.cloud.setFaults({ deaf: true });
  await bell.board.press();
  await bell.board.clock.advance(60_000);
  expect(bell.firmware.state().spool.clips).toBe(1);
  expect(bell.firmware.state().spool.events).toBeGreaterThanOrEqual(2);
  bell.board.cloud.setFaults({ deaf: false });
  await bell.board.clock.advance(70_000);
  expect(bell.firmware.state().spool).toMatchObject({ clips: 0, events: 0 });
  expect([...bell.board.flash.files().keys()].filter((name) => !name.includes('journal'))).toEqual(
    [],
  );
  await bell.stop();
});

test('what the cloud rejects is kept, tried again on the next connection, and first to go', async () => {
  const bell = await bootBell(small, { fragmentBytes });
  await bell.board.clock.advance(8_000);
  bell.board.cloud.setRejecting('unclaimed');
  await ring(bell);
  expect(bell.happenings.filter(({ kind }) => kind === 'clip-rejected')).toHaveLength(1);
  expect(bell.firmware.state().spool.clips).toBe(1);
  bell.board.cloud.setRejecting(null);
  bell.board.cloud.setReachable(false);
  await bell.board.clock.advance(2_000);
  bell.board.cloud.setReachable(true);
  await bell.board.clock.advance(60_000);
  expect(bell.clips().map(({ stored }) => stored)).toEqual([true]);
  expect(bell.firmware.state().spool.clips).toBe(0);
  await bell.stop();
});

test('a still the cloud refuses is given up once, and its clip leaves when all else is stored [WIRE-10]', async () => {
  const bell = await bootBell();
  await bell.board.clock.advance(8_000);
  bell.board.cloud.setRefusingStills('bad-still: no JPEG');
  await ring(bell);
  await bell.board.clock.advance(60_000);
  const [{ clip = '', still = '' } = {}] = bell.happenings.filter((it) => it.kind === 'still-kept');
  expect(bell.happenings.filter(({ kind }) => kind === 'still-refused')).toEqual([
    { kind: 'still-refused', clip, still, because: 'bad-still: no JPEG' },
  ]);
  expect(bell.board.cloud.arrivals.filter((topic) => topic.includes('/still/'))).toHaveLength(1);
  expect(bell.happenings.filter(({ kind }) => kind === 'clip-stored')).toHaveLength(1);
  expect(bell.firmware.state().spool).toMatchObject({ clips: 0, events: 0 });
  expect([...bell.board.flash.files().keys()].filter((name) => !name.includes('journal'))).toEqual(
    [],
  );
  await bell.stop();
});

test('a refused still stays given up through a reboot, before its clip is stored', async () => {
  const bell = await bootBell();
  await bell.board.clock.advance(8_000);
  const { cloud } = bell.board;
  cloud.setRefusingStills('bad-still: no JPEG');
  await bell.board.press();
  await bell.board.clock.advance(1_000);
  expect(bell.happenings.filter(({ kind }) => kind === 'still-refused')).toHaveLength(1);
  bell.board.powerOff();
  const again = await bootBell({}, { before: bell.board, flash: bell.board.flash });
  await again.board.clock.advance(70_000);
  expect(cloud.arrivals.filter((topic) => topic.includes('/still/'))).toHaveLength(1);
  expect(again.clips().map(({ stored }) => stored)).toEqual([true]);
  expect(again.firmware.state().spool.clips).toBe(0);
  await again.stop();
});

test('a still whose file is gone is given up, and its clip leaves without it [DEV-3]', async () => {
  const bell = await bootBell();
  const { board } = bell;
  await board.clock.advance(8_000);
  board.cloud.setReachable(false);
  await ring(bell);
  const stills = [...board.flash.files().keys()].filter((name) => name.endsWith('.jpg'));
  expect(stills).toHaveLength(1);
  for (const path of stills) await board.flash.remove(path);
  board.cloud.setReachable(true);
  await board.clock.advance(60_000);
  expect(bell.happenings.filter(({ kind }) => kind === 'still-refused')).toMatchObject([
    { because: 'its file is gone from flash' },
  ]);
  expect(bell.clips().map(({ stored }) => stored)).toEqual([true]);
  expect(bell.firmware.state().spool).toMatchObject({ clips: 0 });
  await bell.stop();
});

test('boots, clips and events are numbered on through reboots and never twice', async () => {
  const first = await bootBell();
  await first.board.clock.advance(6_000);
  await ring(first);
  await first.stop();
  const flash = first.board.flash.cutPower(() => 0.99);
  const second = await bootBell({}, { flash, before: first.board, seed: 9 });
  await second.board.clock.advance(6_000);
  await ring(second);
  await second.stop();
  expect(second.clips().map(({ opening }) => [opening.boot, opening.seq])).toEqual([
    [1, 0],
    [2, 1],
  ]);
  const seqs = [...second.board.cloud.events.keys()].sort((a, b) => a - b);
  expect(seqs).toEqual(seqs.map((_, i) => i));
  const [firstBoot, secondBoot] = second.events('boot');
  expect(firstBoot?.data).toEqual({
    boot: 1,
    acknowledgedUpTo: -1,
    reason: 'PowerOn',
    dirty: false,
  });
  // All that the first boot made was acknowledged before it stopped.
  const acknowledgedUpTo = (secondBoot?.seq ?? 0) - 1;
  expect(secondBoot?.data).toEqual({ boot: 2, acknowledgedUpTo, reason: 'PowerOn', dirty: false });
});

test('a boot says up to where events have left the flash, and not what still waits on it [WIRE-10]', async () => {
  const first = await bootBell();
  await first.board.clock.advance(6_000);
  expect(first.firmware.state().spool.events).toBe(0);
  const acknowledgedUpTo = Math.max(...first.board.cloud.events.keys());
  first.board.cloud.setReachable(false);
  await ring(first);
  first.board.powerOff();
  const flash = first.board.flash.cutPower(() => 0.99);
  first.board.cloud.setReachable(true);
  const second = await bootBell({}, { flash, before: first.board, seed: 9 });
  await second.board.clock.advance(10_000);
  const boot = second.events('boot').at(-1);
  expect(boot?.data).toMatchObject({ acknowledgedUpTo });
  expect(boot?.seq).toBeGreaterThan(acknowledgedUpTo + 1);
  await second.stop();
});

test('a boot after power loss says so', async () => {
  const first = await bootBell();
  await first.board.clock.advance(6_000);
  first.board.powerOff();
  const flash = first.board.flash.cutPower(() => 0.99);
  const second = await bootBell({}, { flash, before: first.board, seed: 9 });
  await second.board.clock.advance(1_000);
  expect(second.events('boot').at(-1)?.data).toMatchObject({ boot: 2, dirty: true });
  await second.stop();
});

test('a flash with no room at all keeps what was decided until there is some', async () => {
  const flash = createForgetfulFlash();
  const bell = await bootBell({ clip: { postRollMs: 2_000 } }, { flash });
  await bell.board.clock.advance(8_000);
  flash.setCapacity((await flash.usage()).usedBytes);
  await ring(bell);
  expect(bell.events('ding')).toEqual([]);
  expect(bell.clips()).toEqual([]);
  flash.setCapacity(64 * 1024 * 1024);
  await bell.board.clock.advance(10_000);
  const [clip] = bell.clips();
  expect(bell.events('ding').map((event) => event.clip)).toEqual([clip?.opening.clip]);
  expect(clip?.final).toMatchObject({ disposition: 'truncated', reason: 'spool-full' });
  expect(bell.board.cloud.complaints).toEqual([]);
  await bell.stop();
});

test('a flash with no room does not keep the doorbell from stopping', async () => {
  const flash = createForgetfulFlash();
  const bell = await bootBell({}, { flash });
  await bell.board.clock.advance(8_000);
  await bell.board.press();
  flash.setCapacity((await flash.usage()).usedBytes);
  await bell.stop();
  await expect(bell.firmware.ended).resolves.toEqual({ kind: 'stopped' });
});

test('a boot on a full flash gives up the oldest clip, and says so', async () => {
  const first = await bootBell({ clip: { postRollMs: 2_000 } }, { fragmentBytes });
  await first.board.clock.advance(8_000);
  first.board.cloud.setReachable(false);
  await ring(first);
  await ring(first);
  await first.stop();
  const flash = first.board.flash.cutPower(() => 0.99);
  flash.setCapacity((await flash.usage()).usedBytes);
  first.board.cloud.setReachable(true);
  const second = await bootBell({}, { flash, before: first.board, seed: 9 });
  await second.board.clock.advance(20_000);
  expect(second.clips().map(({ final }) => final?.disposition)).toEqual(['evicted', 'complete']);
  expect(second.board.cloud.complaints).toEqual([]);
  await second.stop();
});
