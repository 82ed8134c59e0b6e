import { expect, test } from 'vitest';
import { bootBell } from '../../support/device/running-bell.ts';

test('an event says its uptime: that of now only in the boot in which it happened [RET-5]', async () => {
  const first = await bootBell();
  const { clock, cloud } = first.board;
  await clock.advance(6_000);
  cloud.setReachable(false);
  clock.setSyncedAt(null);
  const uptimeAtMs = clock.uptime();
  await first.board.press();
  await clock.advance(3_000);
  const flash = first.board.flash.cutPower(() => 0);
  first.board.powerOff();
  const second = await bootBell({}, { flash, before: first.board, seed: 4 });
  await clock.advance(6_000);
  const pressedAt = clock.uptime();
  await second.board.press();
  await clock.advance(2_000);
  cloud.setReachable(true);
  await clock.advance(20_000);
  const [lost, kept] = second.events('ding');
  expect(lost?.clock).toEqual({
    boot: 1,
    uptimeAtMs,
    uptimeNowMs: null,
    syncedAtUptimeMs: null,
  });
  expect(kept?.clock).toMatchObject({ boot: 2, uptimeAtMs: pressedAt, syncedAtUptimeMs: null });
  expect(kept?.clock?.uptimeNowMs).toBeGreaterThanOrEqual(pressedAt + 2_000);
  expect(cloud.complaints).toEqual([]);
  await second.stop();
});
