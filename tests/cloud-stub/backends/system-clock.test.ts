import { describe, expect, test } from 'vitest';
import { cryptoEntropy } from '../../../cloud-stub/backends/crypto-entropy.ts';
import { systemClock } from '../../../cloud-stub/backends/system-clock.ts';
import { days, milliseconds } from '../../../device/wire/time.ts';

describe("this machine's clock", () => {
  test('a timer fires once, not before its time by the clock that never steps', async () => {
    const setAt = systemClock.monotonic();
    let fired = 0;
    await new Promise<void>((resolve) => {
      systemClock.setTimer('test', milliseconds(20), () => {
        fired++;
        resolve();
      });
    });
    // Both readings are cut to whole milliseconds.
    expect(systemClock.monotonic() - setAt).toBeGreaterThanOrEqual(19);
    expect(fired).toBe(1);
  });

  test('a cancelled timer does not fire, and one beyond 24.8 days does not fire at once', async () => {
    const fired: string[] = [];
    const cancelled = systemClock.setTimer('cancelled', milliseconds(1), () => fired.push('soon'));
    const far = systemClock.setTimer('far', days(60), () => fired.push('far'));
    cancelled.cancel();
    await new Promise<void>((resolve) => {
      systemClock.setTimer('after both', milliseconds(20), resolve);
    });
    far.cancel();
    expect(fired).toEqual([]);
  });

  test('both clocks tell whole milliseconds', () => {
    expect(Number.isInteger(systemClock.now())).toBe(true);
    expect(Number.isInteger(systemClock.monotonic())).toBe(true);
  });
});

test('randomness comes in the length asked for and not twice', () => {
  const drawn = Array.from({ length: 50 }, () =>
    Buffer.from(cryptoEntropy.bytes(32)).toString('hex'),
  );
  expect(new Set(drawn).size).toBe(50);
  expect(cryptoEntropy.bytes(0)).toHaveLength(0);
});
