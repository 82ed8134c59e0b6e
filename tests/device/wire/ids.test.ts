import { expect, test } from 'vitest';
import { isThingName, isUlid, makeUlid } from '../../../device/wire/ids.ts';
import { epochMs } from '../../../device/wire/time.ts';

test('a ULID is its time and the random bytes given, and nothing else', () => {
  const draw = (count: number): Uint8Array => new Uint8Array(count).fill(7);
  const one = makeUlid(epochMs(1_469_918_176_385), draw);
  expect(one).toBe(makeUlid(epochMs(1_469_918_176_385), draw));
  expect(one.slice(0, 10)).toBe('01ARYZ6S41'); // the specification's example time
  expect(isUlid(one)).toBe(true);
});

test('ULIDs sort by time', () => {
  const draw = (count: number): Uint8Array => new Uint8Array(count).fill(255);
  const times = [0, 1, 1000, 1_700_000_000_000, 1_700_000_000_001].map(epochMs);
  const ids = times.map((at) => makeUlid(at, draw));
  expect([...ids].sort()).toEqual(ids);
});

test.each([
  [-1, 0],
  [-5e12, 0],
  [1000.4, 1000],
  [2 ** 48, 2 ** 48 - 1],
  [8.64e15, 2 ** 48 - 1],
])('of a clock that stands at %d a ULID has the time %d', (at, time) => {
  const draw = (count: number): Uint8Array => new Uint8Array(count);
  expect(makeUlid(epochMs(at), draw)).toBe(makeUlid(epochMs(time), draw));
});

test.each(['', 'a b', 'a/b', 'a+b', 'a#', 'ä', 'x'.repeat(65)])('%j is no thing name', (text) => {
  expect(isThingName(text)).toBe(false);
});
