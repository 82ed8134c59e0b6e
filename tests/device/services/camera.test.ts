import { expect, test } from 'vitest';
import type { ImagerSink } from '../../../device/board.ts';
import type { ConfigInput } from '../../../device/config.ts';
import { bootFirmware } from '../../../device/firmware.ts';
import { silentLog } from '../../../device/log.ts';
import { uptimeMs } from '../../../device/wire/time.ts';
import { makeFragment, makeInit } from '../../../tools/simulation/fragment-maker.ts';
import { createSimulatedBoard, testConfig } from '../../support/device/simulated-board.ts';

/** A doorbell a second after its boot, whose pictures are given to `sink`, with any times. */
async function filmedBell(settings: Partial<ConfigInput> = {}) {
  const board = createSimulatedBoard();
  const { clock } = board;
  const sinks: ImagerSink[] = [];
  const imager = {
    ...board.imager,
    async start(_: unknown, to: ImagerSink) {
      sinks.push(to);
    },
  };
  const firmware = await bootFirmware({ ...board, imager }, testConfig(settings), silentLog);
  await clock.advance(1_000);
  const [sink] = sinks;
  if (sink === undefined) throw new Error('the camera did not start');
  return {
    board,
    sink,
    show(at: number): void {
      const luma = new Uint8Array(96 * 54).fill(90);
      sink.onLuma({ widthPx: 96, heightPx: 54, luma, at: uptimeMs(at) });
    },
    async stop() {
      const stopped = firmware.stop();
      await clock.advance(5_000);
      await stopped;
    },
  };
}

test('a stream that begins anew is dated by itself, however far the one before ran ahead', async () => {
  const { board, sink, show, stop } = await filmedBell();
  const { clock, cloud } = board;
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
  await stop();
});

/** A camera whose clock has run otherwise than the doorbell's for three days. */
async function driftedBell(rate: number) {
  const bell = await filmedBell({ clip: { preRollMs: 4_000, postRollMs: 5_000 } });
  const { board, sink, show } = bell;
  const { clock } = board;
  const byCamera = (): number => Math.round(1_000 + (clock.uptime() - 1_000) * rate);
  sink.onMediaInit(makeInit());
  for (let hour = 0; hour < 72; hour++) {
    await clock.advance(3_600_000);
    show(byCamera());
  }
  expect(Math.abs(byCamera() - clock.uptime())).toBeGreaterThan(25_000);
  async function film(seconds: number): Promise<number> {
    for (let n = 0; n < seconds; n++) {
      await clock.advance(1_000);
      sink.onFragment(makeFragment({ atMs: byCamera() - 1_000, streamAtMs: 1_000 }));
      show(byCamera());
    }
    return byCamera();
  }
  return { ...bell, film };
}

const drifts = [
  ['slow', 1 - 1e-4],
  ['fast', 1 + 1e-4],
] as const;

test.each(drifts)(
  'of a camera that is %s by 100 ppm a ring after three days has its pre- and post-roll [DEV-1]',
  async (_, rate) => {
    const { board, film, stop } = await driftedBell(rate);
    const { clock, cloud } = board;
    await film(12);
    await clock.advance(500);
    const pressedAt = clock.now();
    await board.press();
    await film(12);
    const [clip, ...others] = cloud.clips.values();
    expect(others).toEqual([]);
    const { opening, final } = clip ?? {};
    const beforeMs = pressedAt - (opening?.startedAt ?? 0);
    const afterMs = (final?.endedAt ?? 0) - pressedAt;
    expect(opening?.preRoll.deliveredMs).toBeGreaterThanOrEqual(4_000);
    expect([beforeMs >= 4_000, beforeMs < 5_500]).toEqual([true, true]);
    expect([afterMs >= 4_900, afterMs < 6_500]).toEqual([true, true]);
    expect(final).toMatchObject({ disposition: 'complete', truncated: false });
    await stop();
  },
);

test.each(drifts)(
  'a ring while a camera that was %s starts anew is filmed by what it shows then',
  async (_, rate) => {
    const { board, sink, show, film, stop } = await driftedBell(rate);
    const { clock, cloud } = board;
    const endedAt = await film(2);
    sink.onFault({ ended: false, because: 'it broke' });
    await clock.advance(1_000);
    await board.press();
    sink.onMediaInit(makeInit());
    // As the imager begins: now, and no earlier than the last one ended.
    const beganAt = Math.max(clock.uptime(), endedAt);
    for (let n = 0; n < 8; n++) {
      await clock.advance(1_000);
      sink.onFragment(makeFragment({ atMs: beganAt + n * 1_000, streamAtMs: beganAt }));
      show(beganAt + n * 1_000);
    }
    const [clip] = cloud.clips.values();
    expect(clip?.final).toMatchObject({ disposition: 'complete', truncated: false });
    expect(clip?.chunks.size).toBeGreaterThanOrEqual(5);
    await stop();
  },
);
