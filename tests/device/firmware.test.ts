import { expect, test } from 'vitest';
import { bootFirmware } from '../../device/firmware.ts';
import { silentLog } from '../../device/log.ts';
import { createSimulatedBoard, testConfig } from '../support/simulated-board.ts';

test('a ring becomes one ding event and one clip with pre-roll, stored while the bell goes on', async () => {
  const board = createSimulatedBoard();
  const firmware = await bootFirmware(board, testConfig(), silentLog);
  await board.clock.advance(10_000);
  await board.press();
  await board.clock.advanceUntil(
    () => [...board.cloud.clips.values()].some((c) => c.stored),
    60_000,
  );
  expect(board.cloud.complaints).toEqual([]);
  const [clip] = [...board.cloud.clips.values()];
  expect(clip?.final?.disposition).toBe('complete');
  const stopped = firmware.stop();
  await board.clock.advance(5_000);
  await stopped;
});
