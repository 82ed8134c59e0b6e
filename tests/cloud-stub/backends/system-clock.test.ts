import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { cryptoEntropy } from '../../../cloud-stub/backends/crypto-entropy.ts';
import { systemClock } from '../../../cloud-stub/backends/system-clock.ts';
import { uptimeMs } from '../../../device/wire/time.ts';
import { clockContract } from '../../contract/clock.ts';

clockContract("the cloud's clock", () => ({
  clock: {
    now: systemClock.now,
    uptime: () => uptimeMs(systemClock.monotonic()),
    syncedAt: () => null,
    setTimer: systemClock.setTimer,
  },
  advance: (ms) => sleep(ms),
}));

test('randomness comes in the length asked for and not twice', () => {
  const drawn = Array.from({ length: 50 }, () =>
    Buffer.from(cryptoEntropy.bytes(32)).toString('hex'),
  );
  expect(new Set(drawn).size).toBe(50);
  expect(cryptoEntropy.bytes(0)).toHaveLength(0);
});
