import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TokenBucket } from '../../../../cloud-stub/backends/broker/token-bucket.ts';
import { type DurationMs, milliseconds } from '../../../../device/wire/time.ts';

const at = (ms: number): DurationMs => milliseconds(ms);

test('a burst of one second passes at once, the next token comes when it is due', () => {
  const bucket = new TokenBucket(100, 100, at(0));
  const taken = Array.from({ length: 101 }, () => bucket.tryTake(1, at(0)));
  expect(taken).toEqual([...Array(100).fill(true), false]);
  expect(bucket.tryTake(1, at(9))).toBe(false);
  expect(bucket.tryTake(1, at(10))).toBe(true);
  expect(bucket.tryTake(1, at(10))).toBe(false);
});

test('a debt lasts as long as it takes to fill', () => {
  const bucket = new TokenBucket(1000, 1000, at(0));
  expect(bucket.spend(1000, at(0))).toBe(0);
  expect(bucket.spend(250, at(0))).toBe(250);
  expect(bucket.spend(250, at(100))).toBe(400);
  expect(bucket.spend(1, at(500))).toBe(1);
});

test('a bucket never holds more than its burst, however long it waits', () => {
  const bucket = new TokenBucket(10, 10, at(0));
  expect(bucket.tryTake(11, at(3_600_000))).toBe(false);
  expect(bucket.tryTake(10, at(3_600_000))).toBe(true);
});

test('an infinite rate limits nothing', () => {
  const bucket = new TokenBucket(Infinity, Infinity, at(0));
  expect([bucket.tryTake(1e12, at(0)), bucket.spend(1e12, at(0))]).toEqual([true, 0]);
});

test('over any time no more is taken than the burst and the rate allow', () => {
  const steps = fc.array(
    fc.record({ waitMs: fc.nat(2000), count: fc.integer({ min: 1, max: 50 }) }),
  );
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 500 }), steps, (rate, calls) => {
      const bucket = new TokenBucket(rate, rate, at(0));
      let nowMs = 0;
      let taken = 0;
      for (const { waitMs, count } of calls) {
        nowMs += waitMs;
        if (bucket.tryTake(count, at(nowMs))) taken += count;
      }
      expect(taken).toBeLessThanOrEqual(rate + (rate * nowMs) / 1000 + 1e-6);
    }),
  );
});
