/** `measureTones` and `countDifferent` of tone-curve.ts: not by lanes, but this way they need not warm up. */
import { background, height, threshold, width } from './model';

const bands: i32 = 16;
const bandShift: i32 = 4;
const saturated: i32 = 251;
const samplesPerBandMin: i32 = 24;
const sampleEvery: i32 = 13;
const bytesOfBand: i32 = 1024;
/** The slot of no difference. */
const middle: i32 = 512;

export function measureTones(
  luma: usize,
  foreground: usize,
  histogram: usize,
  counts: usize,
  shifts: usize,
): i32 {
  memory.fill(histogram, 0, bands * bytesOfBand);
  sample(luma, foreground, histogram);
  let agreeing = 0;
  for (let band = 0; band < bands; band++) {
    const slots = histogram + band * bytesOfBand;
    const count = sumOf(slots);
    store<u16>(counts + (band << 1), <u16>count);
    if (count < samplesPerBandMin) continue;
    const shift = medianOf(slots, band, count);
    store<i32>(shifts + (band << 2), shift);
    const from = max(0, middle + ((shift - 8) << 1));
    const to = min(bytesOfBand - 2, middle + ((shift + 8) << 1));
    for (let slot = from; slot <= to; slot += 2) agreeing += <i32>load<u16>(slots + slot);
  }
  return agreeing;
}

function sample(luma: usize, foreground: usize, histogram: usize): void {
  const step = width >= 240 ? 4 : 2;
  for (let y = step >> 1; y < height; y += step) {
    const end = (y + 1) * width;
    for (let i = y * width + (step >> 1); i < end; i += step) {
      const from = <i32>load<u8>(background + i);
      if (load<u8>(foreground + i) !== 0 || from >= saturated) continue;
      const shift = <i32>load<u8>(luma + i) - from;
      const at = histogram + (from >> bandShift) * bytesOfBand + middle + (shift << 1);
      store<u16>(at, <u16>(<i32>load<u16>(at) + 1));
    }
  }
}

/** Counted afterwards: one counter in every pixel's way would be waited for. */
function sumOf(slots: usize): i32 {
  let sums = i32x4.splat(0);
  for (let slot = 0; slot < bytesOfBand; slot += 16) {
    sums = i32x4.add(sums, i32x4.extadd_pairwise_i16x8_u(v128.load(slots + slot)));
  }
  return (
    i32x4.extract_lane(sums, 0) +
    i32x4.extract_lane(sums, 1) +
    i32x4.extract_lane(sums, 2) +
    i32x4.extract_lane(sums, 3)
  );
}

function medianOf(slots: usize, band: i32, count: i32): i32 {
  let seen = 0;
  for (let difference = -((band + 1) << bandShift); difference < 256; difference++) {
    seen += <i32>load<u16>(slots + middle + (difference << 1));
    if (seen * 2 >= count) return difference;
  }
  return 0;
}

export function countDifferent(
  luma: usize,
  foreground: usize,
  expected: usize,
  counted: usize,
): void {
  const pixels = width * height;
  let all = 0;
  let before = 0;
  let after = 0;
  for (let i = 0; i < pixels; i += sampleEvery) {
    const was = <i32>load<u8>(background + i);
    if (load<u8>(foreground + i) !== 0 || was >= saturated) continue;
    const value = <i32>load<u8>(luma + i);
    const limit = <i32>load<u8>(threshold + i);
    all++;
    if (abs<i32>(value - was) > limit) before++;
    if (abs<i32>(value - <i32>load<u8>(expected + was)) > limit) after++;
  }
  store<i32>(counted, all);
  store<i32>(counted, before, 4);
  store<i32>(counted, after, 8);
}
