import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Turnstile } from '../../../cloud-stub/backends/turnstile.ts';

test('so many are inside at once, the others follow in their order, and a failure lets the next one in', async () => {
  const turnstile = new Turnstile(2);
  const begun: number[] = [];
  let inside = 0;
  let insideMax = 0;
  const enter = (n: number) =>
    turnstile.run(async () => {
      begun.push(n);
      inside += 1;
      insideMax = Math.max(insideMax, inside);
      await setImmediate();
      inside -= 1;
      if (n === 1) throw new Error('it fell');
      return n;
    });
  const results = await Promise.allSettled([0, 1, 2, 3, 4].map(enter));
  expect(results.map(({ status }) => status)).toEqual([
    'fulfilled',
    'rejected',
    'fulfilled',
    'fulfilled',
    'fulfilled',
  ]);
  expect(begun).toEqual([0, 1, 2, 3, 4]);
  expect(insideMax).toBe(2);
  // Nobody left a place taken.
  await Promise.all([enter(5), enter(6), enter(7)]);
  expect(insideMax).toBe(2);
});
