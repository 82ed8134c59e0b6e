import { describe, expect, test } from 'vitest';
import { createMediaTime } from '../../../device/services/media-time.ts';
import { uptimeMs } from '../../../device/wire/time.ts';
import { createBoardClock } from '../../support/device/board-clock.ts';

const wallAtStart = 1_700_000_000_000;

async function timeAfter(ms: number) {
  const clock = createBoardClock(wallAtStart);
  await clock.advance(ms);
  const time = createMediaTime(clock);
  time.began();
  return { clock, time };
}

describe('a moment', () => {
  test('is dated by when its pictures were taken, however late they are handed on', async () => {
    const { clock, time } = await timeAfter(10_000);
    time.saw(uptimeMs(10_000));
    await clock.advance(8_000);
    time.saw(uptimeMs(13_000));
    expect([10_000, 12_000, 13_000, 18_000].map((at) => time.uptimeOf(uptimeMs(at)))).toEqual([
      10_002, 12_002, 13_002, 18_000,
    ]);
    expect(time.wallOf(uptimeMs(13_000))).toBe(wallAtStart + 13_002);
  });

  test('in a late stream is right before any picture of it was seen in time', async () => {
    const { clock, time } = await timeAfter(10_000);
    await clock.advance(5_000);
    time.saw(uptimeMs(10_000));
    expect(time.uptimeOf(uptimeMs(10_000))).toBe(10_001);
  });

  test('of a replay that runs ahead lies before now as it lies before the newest picture', async () => {
    const { clock, time } = await timeAfter(10_000);
    await clock.advance(1_000);
    time.saw(uptimeMs(70_000));
    expect(time.uptimeOf(uptimeMs(66_000))).toBe(7_000);
    expect(time.uptimeOf(uptimeMs(71_000))).toBe(11_000);
  });

  test('follows a camera whose clock drifts, one way and the other', async () => {
    for (const rate of [1 - 1e-4, 1 + 1e-4]) {
      const { clock, time } = await timeAfter(0);
      for (let hour = 1; hour <= 48; hour++) {
        await clock.advance(3_600_000);
        time.saw(uptimeMs(hour * 3_600_000 * rate));
      }
      const taken = time.uptimeOf(uptimeMs(48 * 3_600_000 * rate - 5_000));
      expect(Math.abs(taken - (48 * 3_600_000 - 5_000))).toBeLessThanOrEqual(1);
    }
  });

  test('of a new stream owes nothing to how the last one ran', async () => {
    const { clock, time } = await timeAfter(10_000);
    time.saw(uptimeMs(600_000));
    await clock.advance(1_000);
    time.began();
    time.saw(uptimeMs(11_000));
    expect(time.uptimeOf(uptimeMs(11_000))).toBe(11_000);
    expect(time.onMedia(uptimeMs(11_000))).toBe(11_000);
  });

  test('stands among the pictures by its own clock, or as a script says that goes with them', async () => {
    for (const aheadMs of [26_000, 600_000]) {
      const { clock, time } = await timeAfter(100_000);
      const newest = 100_000 + aheadMs;
      time.saw(uptimeMs(newest));
      // A press now, and one that the script put right before the newest picture.
      const now = time.onMedia(uptimeMs(100_000));
      expect([now, time.onMedia(uptimeMs(newest - 40))]).toEqual([newest, newest - 40]);
      expect(time.uptimeOf(now)).toBe(clock.uptime());
    }
  });
});
