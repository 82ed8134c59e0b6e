import { expect, test } from 'vitest';
import { FlashFullError } from '../../../device/board.ts';
import { createForgetfulFlash } from '../../../tools/simulation/forgetful-flash.ts';
import { bootBell } from '../../support/running-bell.ts';

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
