import { expect, test } from 'vitest';
import { faults, planRound } from '../../../tools/torture/plan.ts';

test('a seed fixes a round, and another seed gives another', () => {
  expect(planRound(7, 2, faults)).toEqual(planRound(7, 2, faults));
  expect(planRound(7, 2, faults)).not.toEqual(planRound(8, 2, faults));
});

test('over many rounds every fault happens, to every doorbell, and only what is possible', () => {
  const steps = Array.from({ length: 200 }, (_, seed) => planRound(seed, 2, faults).steps).flat();
  const done = steps.flatMap(({ act }) => (act.kind === 'fault' ? [act.fault] : []));
  expect(new Set(done)).toEqual(new Set(faults));
  expect(new Set(steps.map(({ doorbell }) => doorbell))).toEqual(new Set([0, 1]));
  const possible = planRound(3, 1, ['cut-links']).steps;
  expect(possible.every(({ act }) => act.kind === 'press' || act.fault === 'cut-links')).toBe(true);
});

test('presses of one doorbell are rings of their own: never so close that they make a double press', () => {
  for (let seed = 0; seed < 200; seed++) {
    const presses = planRound(seed, 1, faults).steps.filter(({ act }) => act.kind === 'press');
    const gaps = presses.slice(1).map(({ atMs }, i) => atMs - (presses[i]?.atMs ?? 0));
    expect(Math.min(2000, ...gaps)).toBeGreaterThanOrEqual(1400);
  }
});
