/** What a foreground pixel does to the model: its envelope, and what it showed lately; and what it counts as. */
import { apart, approach16, isSet } from './lanes';
import { highest, lowest, recent, restless, threshold, verdicts } from './model';
import { addTo, sumActive, sumDrawn, sumOdd, sumStrong } from './tallies';

const oddBeyond: i32 = 8;

/** Sixteen pixels from `i` on, `at` in their row. */
export function touch(
  i: i32,
  at: i32,
  drawn: v128,
  luma: usize,
  lately: usize,
  recentRate: i32,
): void {
  const value = v128.load(luma + i);
  const strong = v128.and(drawn, isSet(v128.and(v128.load(verdicts + i), i8x16.splat(2))));
  addTo(sumDrawn + at, drawn);
  addTo(sumStrong + at, strong);
  addTo(sumOdd + at, v128.and(drawn, widen(i, value, drawn)));
  addTo(sumActive + at, remember(i, value, drawn, strong, lately, recentRate));
}

/** Lets restless pixels widen their envelope; returns where the brightness was beyond it. */
function widen(i: i32, value: v128, drawn: v128): v128 {
  const low = v128.load(lowest + i);
  const high = v128.load(highest + i);
  const beyond = i8x16.splat(<i8>oddBeyond);
  const unrest = v128.and(drawn, isSet(v128.load(restless + i)));
  if (v128.any_true(unrest)) {
    v128.store(lowest + i, v128.bitselect(i8x16.min_u(low, value), low, unrest));
    v128.store(highest + i, v128.bitselect(i8x16.max_u(high, value), high, unrest));
  }
  return v128.or(
    i8x16.lt_u(value, i8x16.sub_sat_u(low, beyond)),
    i8x16.gt_u(value, i8x16.add_sat_u(high, beyond)),
  );
}

/** Moves `recent`, by one leap where something just appeared; returns where the picture changed a moment ago. */
function remember(
  i: i32,
  value: v128,
  drawn: v128,
  strong: v128,
  lately: usize,
  recentRate: i32,
): v128 {
  const at = recent + (i << 1);
  const low = v128.load(at);
  const high = v128.load(at, 16);
  const before = i8x16.narrow_i16x8_u(i16x8.shr_u(low, 8), i16x8.shr_u(high, 8));
  const changed = v128.and(drawn, i8x16.gt_u(apart(value, before), v128.load(threshold + i)));
  const appeared = v128.andnot(changed, isSet(v128.load(lately + i)));
  v128.store(
    at,
    moved(low, i16x8.extend_low_i8x16_u(value), recentRate, widenLow(drawn), widenLow(appeared)),
  );
  v128.store(
    at,
    moved(
      high,
      i16x8.extend_high_i8x16_u(value),
      recentRate,
      widenHigh(drawn),
      widenHigh(appeared),
    ),
    16,
  );
  return v128.bitselect(strong, changed, appeared);
}

function moved(before: v128, level: v128, rate: i32, drawn: v128, appeared: v128): v128 {
  const value = i16x8.shl(level, 8);
  const nearer = approach16(before, value, i32x4.splat(rate), i32x4.splat(0));
  return v128.bitselect(v128.bitselect(value, nearer, appeared), before, drawn);
}

function widenLow(lanes: v128): v128 {
  return i16x8.extend_low_i8x16_s(lanes);
}

function widenHigh(lanes: v128): v128 {
  return i16x8.extend_high_i8x16_s(lanes);
}
