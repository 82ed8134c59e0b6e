import { describe, expect, it } from 'vitest';
import { readTimes, sumBelow } from '../../../tools/bench/process-cost.ts';

it('reads parent and times behind a name that holds brackets and spaces', () => {
  const text =
    '4711 (odd) (name 1) S 99 4711 4711 0 -1 4194304 121 0 0 0 150 50 25 75 20 0 1 0 692931 313 390';
  expect(readTimes(text)).toEqual({ parent: 99, cpuS: 3, ownS: 2 });
});

describe('the cost of a process', () => {
  const processes = new Map([
    [1, { parent: 0, cpuS: 100 }],
    [10, { parent: 1, cpuS: 1 }],
    [11, { parent: 10, cpuS: 2 }],
    [12, { parent: 11, cpuS: 4 }],
    [20, { parent: 1, cpuS: 8 }],
  ]);

  it.each([
    [10, 7],
    [12, 4],
    [99, 0],
  ])('%d and all below it: %d s', (pid, expected) => {
    expect(sumBelow(processes, pid)).toBe(expected);
  });
});
