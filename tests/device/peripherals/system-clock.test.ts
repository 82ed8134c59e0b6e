import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { SystemClock } from '../../../device/peripherals/system-clock.ts';
import { epochMs, hours } from '../../../device/wire/time.ts';
import { clockContract } from '../../contract/clock.ts';

clockContract("this host's clock", () => ({
  clock: new SystemClock(),
  advance: (ms) => sleep(ms),
}));

test('it takes this host to be in step, from boot', () => {
  expect(new SystemClock().syncedAt()).toBe(0);
  expect(new SystemClock({ synced: false }).syncedAt()).toBeNull();
});

test('a wrong clock is wrong by its offset', () => {
  const wall = () => epochMs(1_700_000_000_000);
  const wrong = new SystemClock({ wall, offsetMs: hours(-3) });
  expect(wrong.now() - wall()).toBe(hours(-3));
});

test('a fast clock gains by the uptime', async () => {
  // A second for each second: a million parts in a million.
  const fast = new SystemClock({ wall: () => epochMs(0), skewPpm: 1_000_000 });
  await sleep(20);
  const before = fast.uptime();
  const gained = fast.now();
  expect(gained).toBeGreaterThanOrEqual(before);
  expect(gained).toBeLessThanOrEqual(fast.uptime());
  expect(before).toBeGreaterThan(0);
});
