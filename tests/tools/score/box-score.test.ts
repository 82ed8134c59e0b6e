import { expect, test } from 'vitest';
import { noBoxes, scoreBoxes } from '../../../tools/score/box-score.ts';

type Sides = readonly [x: number, y: number, width: number, height: number];
const box = ([x, y, width, height]: Sides) => ({ x, y, width, height });

test.each<[string, Sides, Sides, number, number]>([
  ['a third of the union', [0, 0, 2, 1], [1, 0, 2, 1], 1 / 3, 1],
  ['less than a third', [0, 0, 131, 1], [69, 0, 131, 1], 0.31, 0],
  ['within', [0, 0, 2, 4], [0, 1, 2, 1], 0.25, 0],
  ['about', [0, 1, 2, 1], [0, 0, 2, 4], 0.25, 0],
  ['beside', [0, 0, 2, 1], [3, 0, 2, 1], 0, 0],
  ['below', [0, 0, 2, 1], [0, 2, 2, 1], 0, 0],
  ['beside and below', [0, 0, 2, 1], [3, 2, 2, 1], 0, 0],
])('a region that overlaps by %s', (_what, truth, found, overlapSum, met) => {
  expect(scoreBoxes(noBoxes, [box(truth)], [box(found)])).toEqual({ boxes: 1, met, overlapSum });
});
