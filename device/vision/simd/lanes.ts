/** What the kernels share: rows are walked sixteen pixels at a time, the last sixteen reaching back over some. */

export const lanesCount: i32 = 16;

/** All ones in the lanes from `first` on. */
export function lanesFrom(first: i32): v128 {
  const numbers = i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  return i8x16.ge_u(numbers, i8x16.splat(<i8>first));
}

/** Bytes that differ by how much, whatever the sign. */
export function apart(a: v128, b: v128): v128 {
  return v128.or(i8x16.sub_sat_u(a, b), i8x16.sub_sat_u(b, a));
}

export function isSet(lanes: v128): v128 {
  return i8x16.ne(lanes, i8x16.splat(0));
}

/** `old + ((now - old) * rate + rounding) >> 12` of four lanes of 32 bits. */
export function approach(old: v128, now: v128, rate: v128, rounding: v128): v128 {
  const step = i32x4.add(i32x4.mul(i32x4.sub(now, old), rate), rounding);
  return i32x4.add(old, i32x4.shr_s(step, 12));
}

/** Eight lanes of 16 bits that approach a brightness, 8 bits after the point. */
export function approach16(old: v128, value: v128, rate: v128, rounding: v128): v128 {
  const low = approach(
    i32x4.extend_low_i16x8_u(old),
    i32x4.extend_low_i16x8_u(value),
    rate,
    rounding,
  );
  const high = approach(
    i32x4.extend_high_i16x8_u(old),
    i32x4.extend_high_i16x8_u(value),
    rate,
    rounding,
  );
  // The low halves: results stay within 16 bits.
  return i8x16.shuffle(low, high, 0, 1, 4, 5, 8, 9, 12, 13, 16, 17, 20, 21, 24, 25, 28, 29);
}
