/** The motion detector's own bench, told like the others. */
import { benchVision } from '../bench-vision.ts';
import type { Bench } from './bench.ts';
import { type BenchResult, judged } from './figures.ts';
import type { PipelineShares } from './pipeline.ts';

const MiB = 1024 ** 2;

export const visionBench: Bench = {
  name: 'vision',
  describe: "the motion detector over OpenCV's subtractors, its memory, its share of the pipeline",
  async run({ progress }) {
    const bench = await benchVision();
    progress(1, 1);
    return resultsOf(bench);
  },
};

export function resultsOf(bench: Awaited<ReturnType<typeof benchVision>>): BenchResult[] {
  const detector = {
    what: 'detector at 320x240',
    value: bench.detector,
    unit: 'frames/s',
  } as const;
  const over = (name: string) => {
    const value = bench.opencv?.rates[name];
    return value === undefined
      ? []
      : [{ what: `OpenCV ${name}`, value, unit: 'frames/s' } as const];
  };
  return [
    ...over('MOG2').map((baseline) =>
      judged({
        name: 'vision.mog2',
        figure: detector,
        baseline,
        bar: { on: 'ratio', must: 'be at least', limit: 2 },
      }),
    ),
    ...over('CNT').map((baseline) => judged({ name: 'vision.cnt', figure: detector, baseline })),
    judged({
      name: 'vision.linearity',
      figure: { what: 'cost a pixel at 4 times the pixels', value: bench.linearity, unit: 'x' },
    }),
    judged({
      name: 'vision.memory',
      figure: { what: 'one detector', value: bench.bytesPerDetector / MiB, unit: 'MiB' },
      bar: { on: 'value', must: 'be below', limit: 2 },
    }),
    pipelineResult(bench.pipeline),
  ];
}

function pipelineResult({ byWall, byWallOfRounds, byCpu }: PipelineShares): BenchResult {
  const { median, min, max } = byWallOfRounds;
  return judged({
    name: 'vision.pipeline',
    figure: { what: 'ffmpeg alone over the whole pipeline', value: byWall, unit: 'x' },
    beside: [
      { what: 'the least of the rounds', value: min, unit: 'x' },
      { what: 'the median of the rounds', value: median, unit: 'x' },
      { what: 'the most of the rounds', value: max, unit: 'x' },
      ...(byCpu === null ? [] : [{ what: 'by CPU time', value: byCpu, unit: 'x' } as const]),
    ],
    bar: { on: 'value', must: 'be at least', limit: 0.85 },
  });
}
