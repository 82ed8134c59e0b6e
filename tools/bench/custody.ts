/** How fast the records office is, with a million clips in the catalogue. */
import type { Bench, BenchOptions } from './bench.ts';
import { accountsMax } from './custody-catalogue.ts';
import { sixtyDays } from './custody-days.ts';
import { exportSpeed } from './custody-export.ts';
import { ledgerFigures } from './custody-ledger.ts';
import { firstPages, holdPlaced } from './custody-office.ts';
import { type SweepTimes, sweepTimes } from './custody-sweep.ts';
import { type BenchResult, judged, percentile } from './figures.ts';

export const custodyBench: Bench = {
  name: 'custody',
  describe: 'sweep, hold, first page with 1 M clips; sixty virtual days; a 2 GB export; the ledger',
  async run(options) {
    const parts = [withMillion, sixtyDays, exportSpeed, ledgerFigures];
    const results: BenchResult[] = [];
    for (const [done, part] of parts.entries()) {
      const made = await part({
        ...options,
        progress: (steps, all) => options.progress(done + steps / all, parts.length),
      });
      options.tell(made);
      results.push(...made);
    }
    return results;
  },
};

async function withMillion({ quick, progress }: BenchOptions): Promise<readonly BenchResult[]> {
  const due = quick ? 500 : 10_000;
  const few = quick ? 20_000 : 100_000;
  const many = quick ? 60_000 : 1_000_000;
  let cold: readonly number[] = [];
  let pages: readonly number[] = [];
  let hold = { clips: 0, tookMs: 0 };
  progress(0, 4);
  const fewTimes = await sweepTimes(few, due);
  progress(1, 4);
  const manyTimes = await sweepTimes(many, due, async (catalogue, now) => {
    progress(2, 4);
    cold = await firstPages(catalogue, accountsMax);
    pages = await firstPages(catalogue, quick ? 200 : 2000);
    hold = await holdPlaced(catalogue, now);
    progress(3, 4);
  });
  return [
    judged({
      name: 'custody.sweep',
      figure: { what: `sweep of ${due} due clips among ${many}`, ...ms(manyTimes.productMs) },
      baseline: { what: 'bare SQL delete and unlink of the same files', ...ms(manyTimes.bareMs) },
      bar: { on: 'ratio', must: 'be at most', limit: 3 },
    }),
    scaleOf(due, { few, fewTimes, many, manyTimes }),
    judged({
      name: 'custody.page',
      figure: { what: `an owner's first page among ${many} clips, p99`, ...ms(p99(pages)) },
      beside: [
        { what: 'p50', ...ms(percentile(pages, 0.5)) },
        { what: 'p99 of the first time that each account asks', ...ms(p99(cold)) },
      ],
      bar: { on: 'value', must: 'be below', limit: 10 },
    }),
    judged({
      name: 'custody.hold',
      figure: { what: `placing a hold on ${hold.clips} of ${many} clips`, ...ms(hold.tookMs) },
      bar: { on: 'value', must: 'be below', limit: 2000 },
    }),
  ];
}

/** Whether what is not due costs a sweep anything. */
const scaleOf = (
  due: number,
  times: {
    readonly few: number;
    readonly fewTimes: SweepTimes;
    readonly many: number;
    readonly manyTimes: SweepTimes;
  },
): BenchResult =>
  judged({
    name: 'custody.scale',
    figure: { what: `sweep of ${due} among ${times.many}`, ...ms(times.manyTimes.productMs) },
    baseline: { what: `sweep of ${due} among ${times.few}`, ...ms(times.fewTimes.productMs) },
    bar: { on: 'ratio', must: 'be at most', limit: 1.3 },
  });

const p99 = (samples: readonly number[]): number => percentile(samples, 0.99);
const ms = (value: number) => ({ value, unit: 'ms' as const });
