import { expect, it } from 'vitest';
import { resultsOf } from '../../../tools/bench/vision.ts';

const bench = {
  detector: 900,
  opencv: { version: '4.6', rates: { MOG2: 300, CNT: 1000 } },
  overMog2: 3,
  overCnt: 0.9,
  linearity: 1.1,
  bytesPerDetector: 3 * 1024 ** 2,
  pipeline: { byWall: 0.9, byWallOfRounds: { median: 0.88, min: 0.8, max: 0.95 }, byCpu: 0.89 },
};
const verdicts = (of: Parameters<typeof resultsOf>[0]) =>
  resultsOf(of).map(({ name, ratio, passed }) => [name, ratio, passed]);

it('the detector is held to its bars', () => {
  expect(verdicts(bench)).toEqual([
    ['vision.mog2', 3, true],
    ['vision.cnt', 0.9, null],
    ['vision.linearity', null, null],
    ['vision.memory', null, false],
    ['vision.pipeline', null, true],
  ]);
});

it('without OpenCV nothing is compared with it', () => {
  expect(verdicts({ ...bench, opencv: null }).map(([name]) => name)).toEqual([
    'vision.linearity',
    'vision.memory',
    'vision.pipeline',
  ]);
});
