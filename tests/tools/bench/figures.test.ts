import { describe, expect, it } from 'vitest';
import { type Bar, judged, median, percentile } from '../../../tools/bench/figures.ts';

const oneToHundred = Array.from({ length: 100 }, (_, i) => 100 - i);

describe('percentile', () => {
  it.each([
    [oneToHundred, 0, 1],
    [oneToHundred, 0.5, 50],
    [oneToHundred, 0.99, 99],
    [oneToHundred, 1, 100],
    [[3, 1, 2], 0.5, 2],
    [[4, 1, 3, 2], 0.5, 2],
    [[7], 0.01, 7],
    [[10, 9], 0.99, 10],
    [[10, 9, 100], 0.5, 10],
  ])('of %j at %d is %d', (samples, share, expected) => {
    expect(percentile(samples, share)).toBe(expected);
  });

  it('leaves the samples as they were', () => {
    const samples = [2, 1];
    median(samples);
    expect(samples).toEqual([2, 1]);
  });

  it('of no samples is our own bug', () => {
    expect(() => percentile([], 0.5)).toThrow();
  });
});

describe('judged', () => {
  const figure = { what: 'upload', value: 30, unit: 'MiB/s' } as const;
  const baseline = { what: 'plain', value: 120, unit: 'MiB/s' } as const;

  it('sets the figure beside its baseline and the bar', () => {
    const bar: Bar = { on: 'ratio', must: 'be at least', limit: 0.2, aim: 0.35 };
    expect(judged({ name: 'upload.open', figure, baseline, bar })).toEqual({
      name: 'upload.open',
      figure,
      beside: [],
      baseline,
      ratio: 0.25,
      bar,
      passed: true,
    });
  });

  it('judges nothing without a bar', () => {
    expect(judged({ name: 'x', figure })).toMatchObject({
      baseline: null,
      ratio: null,
      bar: null,
      passed: null,
    });
  });

  it.each<[Bar['on'], Bar['must'], number, boolean]>([
    ['value', 'be at least', 30, true],
    ['value', 'be at least', 30.1, false],
    ['value', 'be at most', 30, true],
    ['value', 'be at most', 29.9, false],
    ['value', 'be below', 30, false],
    ['value', 'be below', 30.1, true],
    ['ratio', 'be at least', 0.25, true],
    ['ratio', 'be at least', 0.26, false],
    ['ratio', 'be at most', 0.25, true],
    ['ratio', 'be at most', 0.24, false],
  ])('a bar on the %s that must %s %d: %s', (on, must, limit, passed) => {
    expect(judged({ name: 'x', figure, baseline, bar: { on, must, limit } }).passed).toBe(passed);
  });

  it('a bar on a ratio that nobody took is missed', () => {
    const bar: Bar = { on: 'ratio', must: 'be at most', limit: 1 };
    expect(judged({ name: 'x', figure, bar }).passed).toBe(false);
  });

  it('refuses to compare different units', () => {
    const wrong = { ...baseline, unit: 'ms' } as const;
    expect(() => judged({ name: 'x', figure, baseline: wrong })).toThrow();
  });
});
