import { expect, test } from 'vitest';
import type { ImagerSink } from '../../../device/board.ts';
import { bootFirmware } from '../../../device/firmware.ts';
import { silentLog } from '../../../device/log.ts';
import { uptimeMs } from '../../../device/wire/time.ts';
import { makeInit } from '../../../tools/simulation/fragment-maker.ts';
import { createSimulatedBoard, testConfig } from '../../support/device/simulated-board.ts';

test('a stream that begins anew is dated by itself, however far the one before ran ahead', async () => {
  const board = createSimulatedBoard();
  const { clock, cloud } = board;
  const sinks: ImagerSink[] = [];
  const imager = {
    ...board.imager,
    async start(_: unknown, to: ImagerSink) {
      sinks.push(to);
    },
  };
  const firmware = await bootFirmware({ ...board, imager }, testConfig(), silentLog);
  await clock.advance(1_000);
  const [sink] = sinks;
  if (sink === undefined) throw new Error('the camera did not start');
  const show = (at: number): void => {
    const luma = new Uint8Array(96 * 54).fill(90);
    sink.onLuma({ widthPx: 96, heightPx: 54, luma, at: uptimeMs(at) });
  };
  sink.onMediaInit(makeInit());
  show(22_000); // a replay, as fast as it can be read
  await clock.advance(30_000);
  sink.onFault({ ended: false, because: 'it broke' });
  sink.onMediaInit(makeInit());
  await clock.advance(1_000);
  show(clock.uptime());
  const pressedAt = clock.now();
  await board.press();
  await clock.advance(1_000);
  const ding = [...cloud.events.values()].find(({ kind }) => kind === 'ding');
  expect(ding?.at).toBe(pressedAt);
  const stopped = firmware.stop();
  await clock.advance(5_000);
  await stopped;
});
