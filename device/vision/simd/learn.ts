/** `learn` of pixel-model.ts, sixteen pixels at a time. */
import { approach16, isSet, lanesCount, lanesFrom } from './lanes';
import {
  background,
  deviation,
  height,
  highest,
  lowest,
  mean,
  recent,
  restless,
  threshold,
  width,
} from './model';

const thresholdMin: i32 = 8;
const thresholdMax: i32 = 70;
const deviationsToThreshold: i32 = 3;
const deviationStepMax: i32 = 40 << 8;
const half: i32 = 0x800;

export function learn(
  luma: usize,
  foreground: usize,
  first: i32,
  stride: i32,
  meanRate: i32,
  deviationRate: i32,
  calm: i32,
  withDeviation: bool,
  everything: bool,
): void {
  for (let row = first; row < height; row += stride) {
    learnRow(row, luma, foreground, meanRate, deviationRate, calm, withDeviation, everything);
  }
}

function learnRow(
  row: i32,
  luma: usize,
  foreground: usize,
  meanRate: i32,
  deviationRate: i32,
  calm: i32,
  withDeviation: bool,
  everything: bool,
): void {
  const start = row * width;
  for (let x = 0; x < width; x += lanesCount) {
    const at = min(x, width - lanesCount);
    const i = start + at;
    let taught = lanesFrom(x - at);
    if (!everything) taught = v128.andnot(taught, isSet(v128.load(foreground + i)));
    if (!v128.any_true(taught)) continue;
    const values = v128.load(luma + i);
    const low = i16x8.shl(i16x8.extend_low_i8x16_u(values), 8);
    const high = i16x8.shl(i16x8.extend_high_i8x16_u(values), 8);
    const taughtLow = i16x8.extend_low_i8x16_s(taught);
    const taughtHigh = i16x8.extend_high_i8x16_s(taught);
    const atLow = i << 1;
    const atHigh = atLow + 16;
    if (withDeviation) {
      const unrest = v128.load(restless + i);
      const limits = i8x16.narrow_i16x8_u(
        learnDeviation(atLow, low, i16x8.extend_low_i8x16_u(unrest), taughtLow, deviationRate),
        learnDeviation(atHigh, high, i16x8.extend_high_i8x16_u(unrest), taughtHigh, deviationRate),
      );
      const raised = i8x16.add_sat_u(limits, i8x16.shr_u(unrest, 3));
      keep(threshold + i, i8x16.min_u(raised, i8x16.splat(<i8>thresholdMax)), taught);
      keep(restless + i, i8x16.sub_sat_u(unrest, i8x16.splat(<i8>calm)), taught);
    }
    const centre = i8x16.narrow_i16x8_u(
      learnMean(atLow, low, taughtLow, meanRate),
      learnMean(atHigh, high, taughtHigh, meanRate),
    );
    keep(background + i, centre, taught);
    if (withDeviation) contract(i, centre, taught);
  }
}

/** Stores the lanes that are taught, and leaves the others. */
function keep(address: usize, lanes: v128, taught: v128): void {
  v128.store(address, v128.bitselect(lanes, v128.load(address), taught));
}

/** Moves eight means; returns them rounded. */
function learnMean(at: i32, value: v128, taught: v128, rate: i32): v128 {
  const old = v128.load(mean + at);
  const now = approach16(old, value, i32x4.splat(rate), i32x4.splat(half));
  keep(mean + at, now, taught);
  return i16x8.shr_u(i16x8.add(now, i16x8.splat(128)), 8);
}

/** Moves eight deviations from the mean before it moves; returns the thresholds they make. */
function learnDeviation(at: i32, value: v128, unrest: v128, taught: v128, rate: i32): v128 {
  const change = apart16(value, v128.load(recent + at));
  keep(recent + at, value, taught);
  const off = apart16(value, v128.load(mean + at));
  const noise = i16x8.add_sat_u(change, i16x8.shr_u(change, 2));
  const restlessLanes = i16x8.ne(unrest, i16x8.splat(0));
  const size = v128.bitselect(off, i16x8.min_u(off, noise), restlessLanes);
  const clipped = i16x8.min_u(size, i16x8.splat(<i16>deviationStepMax));
  const spread = v128.load(deviation + at);
  const wider = approach16(spread, clipped, i32x4.splat(rate), i32x4.splat(half));
  keep(deviation + at, wider, taught);
  const widened = i16x8.shr_u(i16x8.mul(wider, i16x8.splat(<i16>deviationsToThreshold)), 8);
  return i16x8.add(widened, i16x8.splat(<i16>thresholdMin));
}

function apart16(a: v128, b: v128): v128 {
  return v128.or(i16x8.sub_sat_u(a, b), i16x8.sub_sat_u(b, a));
}

/** Draws the envelopes in by 1/32 of what they stand off, rounded up. */
function contract(i: i32, centre: v128, taught: v128): void {
  const low = v128.load(lowest + i);
  const below = i8x16.sub_sat_u(centre, low);
  keep(lowest + i, v128.bitselect(i8x16.add(low, part(below)), centre, isSet(below)), taught);
  const high = v128.load(highest + i);
  const above = i8x16.sub_sat_u(high, centre);
  keep(highest + i, v128.bitselect(i8x16.sub(high, part(above)), centre, isSet(above)), taught);
}

function part(gap: v128): v128 {
  const one = i8x16.splat(1);
  return i8x16.add(i8x16.shr_u(i8x16.sub(gap, one), 5), one);
}
