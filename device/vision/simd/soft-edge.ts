/** `isSoft` of soft-edge.ts, sixteen pixels at a time. */
import { apart, isSet, lanesCount, lanesFrom } from './lanes';
import { background, width } from './model';

const steepMin: f64 = 0.45;
const steepLevelsMin: f64 = 14;
const steepShareMax: f64 = 0.04;
const span: i32 = 2;

/** Between pixel columns and rows, the first inclusive. */
export function isSoft(
  mask: usize,
  luma: usize,
  left: i32,
  right: i32,
  top: i32,
  bottom: i32,
): bool {
  let sums = i32x4.splat(0);
  let count = 0;
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x += lanesCount) {
      const i = y * width + x;
      const drawn = drawnFrom(mask + i, right - x);
      const size = v128.and(drawn, apart(v128.load(luma + i), v128.load(background + i)));
      count += popcnt(i8x16.bitmask(drawn));
      const pairs = i16x8.extadd_pairwise_i8x16_u(size);
      sums = i32x4.add(sums, i32x4.extadd_pairwise_i16x8_u(pairs));
    }
  }
  if (count === 0) return true;
  const sum =
    i32x4.extract_lane(sums, 0) +
    i32x4.extract_lane(sums, 1) +
    i32x4.extract_lane(sums, 2) +
    i32x4.extract_lane(sums, 3);
  const limit = max<f64>(steepLevelsMin, (steepMin * <f64>sum) / <f64>count);
  const steepMax = <f64>count * steepShareMax;
  // Of whole numbers, those beyond the limit are those beyond its whole part.
  const level = i16x8.splat(<i16>limit);
  let steep = 0;
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x += lanesCount) {
      const i = y * width + x;
      const drawn = drawnFrom(mask + i, right - x);
      if (!v128.any_true(drawn)) continue;
      const beyond = i8x16.narrow_i16x8_s(isSteep(luma, i, level), isSteep(luma, i + 8, level));
      steep += popcnt(i8x16.bitmask(v128.and(drawn, beyond)));
    }
    if (<f64>steep >= steepMax) return false;
  }
  return true;
}

/** Sixteen pixels of the mask, without those from `end` on. */
function drawnFrom(at: usize, end: i32): v128 {
  const drawn = isSet(v128.load(at));
  return end >= lanesCount ? drawn : v128.andnot(drawn, lanesFrom(end));
}

function isSteep(luma: usize, i: i32, level: v128): v128 {
  const across = i16x8.sub(difference(luma, i + span), difference(luma, i - span));
  const along = i16x8.sub(difference(luma, i + span * width), difference(luma, i - span * width));
  return v128.or(i16x8.gt_s(i16x8.abs(across), level), i16x8.gt_s(i16x8.abs(along), level));
}

/** Between picture and background, of eight pixels. */
function difference(luma: usize, i: i32): v128 {
  return i16x8.sub(v128.load_ext<u8>(luma + i), v128.load_ext<u8>(background + i));
}
