import { describe, expect, test } from 'vitest';
import {
  addConfusion,
  type Confusion,
  countPixels,
  meanMetrics,
  metricsOf,
  noPixels,
  verdictOf,
} from '../../../tools/score/confusion.ts';

/**
 * TP, FP, FN, TN, shadow errors by video: "GMM | Stauffer & Grimson", as published on changedetection.net's page of
 * method 95; the categories whose counts are public in full.
 */
const published = {
  baseline: {
    pedestrians: [661976, 55587, 8886, 67513520, 12538],
    PETS2006: [4232121, 1154934, 596069, 365558370, 0],
    office: [4238342, 1440907, 4403752, 115097779, 0],
    highway: [5011645, 378316, 446344, 86276153, 361498],
  },
  dynamicBackground: {
    overpass: [1640485, 144490, 337407, 145498271, 12216],
    canoe: [903453, 102408, 139916, 28317313, 0],
    fountain01: [61793, 1479629, 15710, 91803426, 0],
    fountain02: [232951, 79682, 34278, 123882649, 0],
    fall: [16207086, 39824999, 2130911, 976964908, 370390],
    boats: [1175809, 500525, 375042, 245219094, 381],
  },
  cameraJitter: {
    boulevard: [4569018, 6847886, 921704, 104636813, 0],
    sidewalk: [152991, 205241, 110238, 9627351, 9323],
    badminton: [3095566, 1763661, 1002741, 113664681, 0],
    traffic: [2417132, 1706951, 743624, 45906755, 615897],
  },
  intermittentObjectMotion: {
    abandonedBox: [342533, 180231, 406271, 14641198, 13791],
    winterDriveway: [491549, 2521264, 199821, 89138965, 103684],
    sofa: [3813988, 624863, 3574692, 161204035, 0],
    tramstop: [487983, 224014, 958228, 6388825, 1053],
    parking: [166985, 53261, 58406, 2635929, 0],
    streetLight: [227363, 27640, 477582, 13798357, 0],
  },
  shadow: {
    copyMachine: [37060372, 9603788, 31673293, 913698754, 0],
    bungalows: [4610688, 1795375, 546100, 79044343, 1753245],
    busStation: [2166043, 287639, 785166, 76727863, 216570],
    peopleInShade: [4630042, 878690, 275314, 81121970, 863771],
    backdoor: [1727319, 1672245, 297278, 98155542, 0],
    cubicle: [8420397, 6940898, 1954796, 510961877, 312391],
  },
} as const;

const counts = ([truePositive, falsePositive, falseNegative, trueNegative, onShadow]: readonly [
  number,
  number,
  number,
  number,
  number,
]): Confusion => ({
  truePositive,
  falsePositive,
  falseNegative,
  trueNegative,
  onShadow,
});

describe('the metrics of changedetection.net', () => {
  test.each([
    ['baseline', 0.8245],
    ['dynamicBackground', 0.633],
    ['cameraJitter', 0.5969],
    ['intermittentObjectMotion', 0.5207],
    ['shadow', 0.737],
  ] as const)('the published counts of %s give the published F of %f', (category, f) => {
    const videos = Object.values(published[category]).map((row) => metricsOf(counts(row)));
    expect(meanMetrics(videos).f).toBeCloseTo(f, 4);
  });

  test('an empty denominator gives 0, not NaN', () => {
    expect(metricsOf(counts([0, 0, 0, 0, 0]))).toEqual({
      precision: 0,
      recall: 0,
      specificity: 0,
      f: 0,
    });
  });
});

describe('counting pixels', () => {
  const view = (rows: readonly (readonly number[])[]) => ({
    bytes: Uint8Array.from(rows.flat()),
    widthPx: rows[0]?.length ?? 0,
    heightPx: rows.length,
  });
  const truth = view([
    [255, 255, 0, 0],
    [50, 85, 170, 255],
  ]);

  test('shadow counts as background, unknown and outside do not count', () => {
    const all = view([
      [1, 1, 1, 1],
      [1, 1, 1, 1],
    ]);
    expect(countPixels(all, truth, null)).toEqual(counts([3, 3, 0, 0, 1]));
    const none = view([
      [0, 0, 0, 0],
      [0, 0, 0, 0],
    ]);
    expect(countPixels(none, truth, null)).toEqual(counts([0, 0, 3, 3, 0]));
  });

  test('pixels outside the region do not count', () => {
    const all = view([
      [1, 1, 1, 1],
      [1, 1, 1, 1],
    ]);
    const upper = view([
      [255, 255, 255, 255],
      [0, 0, 0, 0],
    ]);
    expect(countPixels(all, truth, upper)).toEqual(counts([2, 2, 0, 0, 0]));
  });

  test('a smaller mask is enlarged to the truth by nearest neighbour', () => {
    const small = view([[255, 0]]);
    expect(countPixels(small, truth, null)).toEqual(counts([2, 1, 1, 2, 1]));
  });
});

const pixel = (value: number) => ({ bytes: Uint8Array.of(value), widthPx: 1, heightPx: 1 });

describe('a pixel of a truth whose levels are a little off', () => {
  test.each([
    [24, 'background', 'false', 0],
    [25, 'background', 'false', 1], // hard shadow
    [67, 'background', 'false', 1],
    [68, 'uncounted', 'uncounted', 0],
    [212, 'uncounted', 'uncounted', 0],
    [213, 'missed', 'found', 0],
  ] as const)('of %i is %s where nothing is found, else %s', (level, left, found, onShadow) => {
    expect([verdictOf(false, level), verdictOf(true, level)]).toEqual([left, found]);
    const countOf = {
      found: { truePositive: 1 },
      missed: { falseNegative: 1 },
      false: { falsePositive: 1, onShadow },
      background: { trueNegative: 1 },
      uncounted: {},
    };
    for (const [value, verdict] of [[0, left] as const, [255, found] as const]) {
      const counted = countPixels(pixel(value), pixel(level), null);
      expect(counted).toEqual({ ...noPixels, ...countOf[verdict] });
    }
  });
});

test('a pixel of the truth takes that of the mask in which its centre lies', () => {
  const row = (...bytes: number[]) => ({
    bytes: Uint8Array.from(bytes),
    widthPx: bytes.length,
    heightPx: 1,
  });
  const truth = row(255, 255, 255);
  expect(countPixels(row(0, 255), truth, null)).toMatchObject({ truePositive: 2 });
  expect(countPixels(row(0, 0, 255), row(0, 255), null)).toMatchObject({ truePositive: 1 });
});

test('each metric has its own counts, and counts add up one by one', () => {
  const half = {
    truePositive: 3,
    falsePositive: 1,
    falseNegative: 2,
    trueNegative: 6,
    onShadow: 1,
  };
  const counts = addConfusion(half, half);
  expect(counts).toEqual({
    truePositive: 6,
    falsePositive: 2,
    falseNegative: 4,
    trueNegative: 12,
    onShadow: 2,
  });
  expect(metricsOf(counts)).toEqual({
    precision: 6 / 8,
    recall: 6 / 10,
    specificity: 12 / 14,
    f: 12 / 18,
  });
});
