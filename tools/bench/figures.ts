/** What a bench says: figures, the baseline taken in the same run, their ratio, and the bar they are held to. */
import assert from 'node:assert/strict';

export type Unit = 'MiB/s' | 'KiB/s' | 'ms' | 's' | 'MiB' | 'frames/s' | 'cores' | 'x' | 'count';

export type Figure = {
  readonly what: string;
  readonly value: number;
  readonly unit: Unit;
};

export type Bar = {
  /** What is held to it: the figure itself, or its ratio to the baseline. */
  readonly on: 'value' | 'ratio';
  readonly must: 'be at least' | 'be at most' | 'be below';
  readonly limit: number;
  /** What is aimed at beyond the bar. */
  readonly aim?: number;
};

export type BenchResult = {
  /** `bench.figure`, for programs. */
  readonly name: string;
  readonly figure: Figure;
  readonly beside: readonly Figure[];
  readonly baseline: Figure | null;
  /** The figure over the baseline; null without one. */
  readonly ratio: number | null;
  readonly bar: Bar | null;
  /** Null without a bar. */
  readonly passed: boolean | null;
};

export function judged(measured: {
  readonly name: string;
  readonly figure: Figure;
  readonly beside?: readonly Figure[];
  readonly baseline?: Figure;
  readonly bar?: Bar;
}): BenchResult {
  const { name, figure, beside = [], baseline = null, bar = null } = measured;
  const ratio = baseline === null ? null : ratioOf(figure, baseline);
  const held = bar?.on === 'ratio' ? ratio : figure.value;
  return {
    name,
    figure,
    beside,
    baseline,
    ratio,
    bar,
    passed: bar === null ? null : held !== null && clears(held, bar),
  };
}

/** Of two figures in the same unit. */
function ratioOf(figure: Figure, baseline: Figure): number {
  assert.equal(figure.unit, baseline.unit);
  assert(baseline.value > 0, 'a baseline takes some time');
  return figure.value / baseline.value;
}

function clears(value: number, { must, limit }: Bar): boolean {
  switch (must) {
    case 'be at least':
      return value >= limit;
    case 'be at most':
      return value <= limit;
    case 'be below':
      return value < limit;
  }
}

/** By the nearest rank: the smallest sample that `share` (0 to 1) of all do not exceed. */
export function percentile(samples: readonly number[], share: number): number {
  assert(samples.length > 0, 'there are samples');
  assert(share >= 0 && share <= 1);
  const sorted = samples.toSorted((a, b) => a - b);
  const rank = Math.max(1, Math.ceil(share * sorted.length));
  return sorted[rank - 1] ?? Number.NaN;
}

export const median = (samples: readonly number[]): number => percentile(samples, 0.5);
