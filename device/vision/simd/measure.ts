/** `measure` of texture.ts, eight pixels at a time. */
import { background, cellPx, columns, height, mean, rows, width } from './model';

const step: i32 = 8;
const fields: i32 = 10;

/** Fills the sums of every cell that holds foreground. */
export function measure(luma: usize, mask: usize, counts: usize, sums: usize): void {
  let cell = 0;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, cell++) {
      if (load<u8>(counts + cell) === 0) continue;
      measureCell(row, column, luma, mask, sums + cell * fields * 4);
    }
  }
}

function measureCell(row: i32, column: i32, luma: usize, mask: usize, sums: usize): void {
  const left = column * cellPx;
  const right = min(width, left + cellPx);
  const bottom = min(height, (row + 1) * cellPx);
  const one = i16x8.splat(1);
  let n = i32x4.splat(0);
  let f = n;
  let b = n;
  let ff = n;
  let bb = n;
  let fb = n;
  let slopes = n;
  let slopesF = n;
  let slopesB = n;
  let slopesFb = n;
  for (let y = row * cellPx; y < bottom; y++) {
    for (let x = left; x < right; x += step) {
      const i = y * width + x;
      const drawn = v128.and(maskAt(mask + i), lanesBelow(right - x));
      if (!v128.any_true(drawn)) continue;
      const now = v128.and(bytesAt(luma + i), drawn);
      const was = v128.and(bytesAt(background + i), drawn);
      n = i32x4.add(n, i32x4.dot_i16x8_s(drawn, drawn));
      f = i32x4.add(f, i32x4.dot_i16x8_s(now, one));
      b = i32x4.add(b, i32x4.dot_i16x8_s(was, one));
      ff = i32x4.add(ff, i32x4.dot_i16x8_s(now, now));
      bb = i32x4.add(bb, i32x4.dot_i16x8_s(was, was));
      fb = i32x4.add(fb, i32x4.dot_i16x8_s(now, was));
      // Across, then along: slopes between two neighbours of the foreground.
      for (let to = 1; ; to = width) {
        const both = v128.and(drawn, v128.and(maskAt(mask + i + to), maskAt(mask + i - to)));
        const riseF = v128.and(i16x8.sub(bytesAt(luma + i + to), bytesAt(luma + i - to)), both);
        const riseB = v128.and(riseOfMean(i, to), both);
        slopes = i32x4.add(slopes, i32x4.dot_i16x8_s(both, both));
        slopesF = i32x4.add(slopesF, i32x4.dot_i16x8_s(riseF, riseF));
        slopesB = i32x4.add(slopesB, i32x4.dot_i16x8_s(riseB, riseB));
        slopesFb = i32x4.add(slopesFb, i32x4.dot_i16x8_s(riseF, riseB));
        if (to === width) break;
      }
    }
  }
  store<i32>(sums, sumOf(n));
  store<i32>(sums, sumOf(f), 4);
  store<i32>(sums, sumOf(b), 8);
  store<i32>(sums, sumOf(ff), 12);
  store<i32>(sums, sumOf(bb), 16);
  store<i32>(sums, sumOf(fb), 20);
  store<i32>(sums, sumOf(slopes), 24);
  store<i32>(sums, sumOf(slopesF), 28);
  store<i32>(sums, sumOf(slopesB), 32);
  store<i32>(sums, sumOf(slopesFb), 36);
}

/** Eight bytes as lanes of 16 bits. */
function bytesAt(at: usize): v128 {
  return v128.load8x8_u(at);
}

/** Eight bytes of 0 or 255 as lanes of none or all ones. */
function maskAt(at: usize): v128 {
  return v128.load8x8_s(at);
}

function lanesBelow(end: i32): v128 {
  return i16x8.lt_s(i16x8(0, 1, 2, 3, 4, 5, 6, 7), i16x8.splat(<i16>end));
}

/** Between the means on both sides of eight pixels, 4 bits after the point. */
function riseOfMean(i: i32, to: i32): v128 {
  const after = v128.load(mean + ((i + to) << 1));
  const before = v128.load(mean + ((i - to) << 1));
  const low = i32x4.sub(i32x4.extend_low_i16x8_u(after), i32x4.extend_low_i16x8_u(before));
  const high = i32x4.sub(i32x4.extend_high_i16x8_u(after), i32x4.extend_high_i16x8_u(before));
  return i16x8.narrow_i32x4_s(i32x4.shr_s(low, 4), i32x4.shr_s(high, 4));
}

function sumOf(lanes: v128): i32 {
  return (
    i32x4.extract_lane(lanes, 0) +
    i32x4.extract_lane(lanes, 1) +
    i32x4.extract_lane(lanes, 2) +
    i32x4.extract_lane(lanes, 3)
  );
}
