import { expect, it } from 'vitest';
import { judged } from '../../../tools/bench/figures.ts';
import { describeResult } from '../../../tools/bench/report.ts';

it('a missed bar stands out, beside figure, baseline and ratio', () => {
  const result = judged({
    name: 'upload.open',
    figure: { what: 'upload', value: 12.34, unit: 'MiB/s' },
    beside: [{ what: 'rounds', value: 5, unit: 'count' }],
    baseline: { what: 'plain', value: 123.4, unit: 'MiB/s' },
    bar: { on: 'ratio', must: 'be at least', limit: 0.2, aim: 0.35 },
  });
  expect(describeResult(result).map((line) => line.trim())).toEqual([
    'upload.open        upload: 12.3 MiB/s',
    'rounds: 5',
    'baseline, plain: 123 MiB/s',
    'ratio to the baseline: 0.100',
    'MISS: the ratio must be at least 0.2, aim 0.35',
  ]);
});

it('a figure alone has one line', () => {
  const figure = { what: 'detector', value: 0.5, unit: 'x' } as const;
  expect(describeResult(judged({ name: 'vision', figure }))).toEqual([
    'vision             detector: 0.50 x',
  ]);
});
