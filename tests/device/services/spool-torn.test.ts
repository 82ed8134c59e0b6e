import { expect, test } from 'vitest';
import { FlashError, FlashFullError } from '../../../device/board.ts';
import { createForgetfulFlash } from '../../../tools/simulation/forgetful-flash.ts';
import { bootBell } from '../../support/device/running-bell.ts';

test('what a full flash took of a fragment is cut off before the next one follows it [DEV-3]', async () => {
  const inner = createForgetfulFlash();
  const appends = new Map<string, number>();
  let refusals = 0;
  const flash = {
    ...inner,
    async append(path: string, bytes: Uint8Array): Promise<void> {
      if (!path.endsWith('.chunks')) return inner.append(path, bytes);
      const before = appends.get(path) ?? 0;
      appends.set(path, before + 1);
      // In the middle of the second clip, for which the first one goes.
      if (appends.size !== 2 || before !== 2) return inner.append(path, bytes);
      refusals++;
      await inner.append(path, bytes.subarray(0, bytes.length >> 1));
      throw new FlashFullError(path);
    },
  };
  const bell = await bootBell({ clip: { postRollMs: 2_000 } }, { fragmentBytes: 70_000, flash });
  const { board } = bell;
  await board.clock.advance(8_000);
  board.cloud.setReachable(false);
  for (let rings = 0; rings < 2; rings++) {
    await board.press();
    await board.clock.advance(9_000);
  }
  board.cloud.setReachable(true);
  await board.clock.advance(60_000);
  expect(refusals).toBe(1);
  expect(bell.clips().map(({ final }) => final?.disposition)).toEqual(['evicted', 'complete']);
  expect(bell.clips()[1]?.stored).toBe(true);
  expect(board.cloud.complaints).toEqual([]);
  await bell.stop();
});

test('a sync that fails once costs no footage [DEV-3]', async () => {
  const inner = createForgetfulFlash();
  let fails = 0;
  const flash = {
    ...inner,
    async sync(path: string): Promise<void> {
      if (!path.endsWith('.chunks') || fails-- <= 0) return inner.sync(path);
      inner.loseUnsynced(path);
      throw new FlashError(path, 'input/output error');
    },
  };
  const bell = await bootBell({ clip: { postRollMs: 2_000 } }, { flash });
  const { board } = bell;
  await board.clock.advance(8_000);
  await board.press();
  await board.clock.advance(1_000);
  fails = 1;
  await board.clock.advance(20_000);
  expect(fails).toBeLessThan(1);
  expect(bell.clips().map(({ final, stored }) => [final?.disposition, stored])).toEqual([
    ['complete', true],
  ]);
  expect(board.cloud.complaints).toEqual([]);
  await bell.stop();
});

test('what a failed sync left in a cache is cut off, so that no later boot takes it for durable [DEV-3]', async () => {
  const inner = createForgetfulFlash();
  let fails = false;
  const lengths: number[] = [];
  const flash = {
    ...inner,
    async sync(path: string): Promise<void> {
      if (!fails || !path.endsWith('.chunks')) return inner.sync(path);
      lengths.push((await inner.read(path))?.length ?? 0);
      inner.loseUnsynced(path);
      throw new FlashError(path, 'input/output error');
    },
  };
  const bell = await bootBell({}, { flash });
  const { board } = bell;
  await board.clock.advance(8_000);
  await board.press();
  await board.clock.advance(2_000);
  fails = true;
  await board.clock.advance(3_000);
  const [path] = [...inner.files().keys()].filter((name) => name.endsWith('.chunks'));
  const left = path === undefined ? null : await inner.read(path);
  // It was written again, in vain.
  expect(lengths).toHaveLength(2);
  expect(left?.length).toBeGreaterThan(0);
  expect(left?.length).toBeLessThan(lengths[0] ?? 0);
  const afterPowerCut = await inner.cutPower(() => 0.34).read(path ?? '');
  expect(Buffer.from(afterPowerCut ?? []).equals(Buffer.from(left ?? []))).toBe(true);
});

test('a read that errs once at boot costs no footage [DEV-3]', async () => {
  const inner = createForgetfulFlash();
  let errs = false;
  const flash = {
    ...inner,
    async read(path: string): Promise<Uint8Array | null> {
      const bytes = await inner.read(path);
      if (!errs || bytes === null || !path.endsWith('.chunks')) return bytes;
      errs = false;
      return bytes.with(200, (bytes[200] ?? 0) ^ 1);
    },
  };
  const first = await bootBell({}, { flash });
  first.board.cloud.setReachable(false);
  await first.board.clock.advance(8_000);
  await first.board.press();
  await first.board.clock.advance(4_000);
  first.board.powerOff();
  const [path = ''] = [...inner.files().keys()].filter((name) => name.endsWith('.chunks'));
  const recorded = await inner.read(path);

  errs = true;
  const second = await bootBell({}, { flash, before: first.board });
  expect(errs).toBe(false);
  expect(await inner.read(path)).toEqual(recorded);
  await second.stop();
});

/** Out of the cloud's reach, with one clip, and not a byte free. */
async function bootWithClipAndFullFlash() {
  const flash = createForgetfulFlash();
  const bell = await bootBell({ clip: { postRollMs: 2_000 } }, { flash });
  await bell.board.clock.advance(8_000);
  bell.board.cloud.setReachable(false);
  await bell.board.press();
  await bell.board.clock.advance(9_000);
  flash.setCapacity((await flash.usage()).usedBytes);
  return { bell, flash };
}

test('what a full journal takes room of is told when the power fails in the middle [DEV-3]', async () => {
  const outcomes = new Set<string>();
  for (let cutAt = 0; cutAt < 12; cutAt++) {
    // Which of the names that were removed stay away: each way.
    for (let away = 0; away < 8; away++) {
      const { bell, flash } = await bootWithClipAndFullFlash();
      flash.failFrom(cutAt, bell.board.powerOff);
      await bell.board.press();
      await bell.board.clock.advance(2_000);
      bell.board.powerOff();
      let name = 0;
      const after = flash.cutPower(() => ((away >> (name++ % 3)) & 1 ? 0 : 0.9));
      after.setCapacity(64 * 1024 * 1024);
      bell.board.cloud.setReachable(true);
      const again = await bootBell({}, { flash: after, before: bell.board, seed: 9 });
      await again.board.clock.advance(20_000);
      const [clip] = again.clips();
      outcomes.add(`${clip?.final?.disposition}, stills: ${clip?.stills.size}`);
      await again.stop();
    }
  }
  expect([...outcomes].sort()).toEqual(['complete, stills: 1', 'evicted, stills: 0']);
});

test('a flash full to the last byte takes a ring, and gives up an older clip for it [DEV-3]', async () => {
  const { bell } = await bootWithClipAndFullFlash();
  await bell.board.press();
  await bell.board.clock.advance(9_000);
  bell.board.cloud.setReachable(true);
  await bell.board.clock.advance(20_000);
  // The journal grew, so that there is room for less than the older clip took.
  expect(bell.events('ding')).toHaveLength(2);
  expect(bell.clips().map(({ final }) => final?.disposition)).toEqual(['evicted', 'truncated']);
  await bell.stop();
});
