/** `classify` of pixel-model.ts, sixteen pixels at a time. */
import { apart, isSet, lanesCount, lanesFrom } from './lanes';
import {
  background,
  candidateFrom,
  candidates,
  candidateTo,
  cellPx,
  columnOf,
  columns,
  height,
  restless,
  threshold,
  verdicts,
  width,
} from './model';

const rowWorthwhileMin: i32 = 2;
const blinkStep: i32 = 20;
const restlessMax: i32 = 200;

export function classify(luma: usize, trusted: usize, blinks: usize): i32 {
  let all = 0;
  for (let y = 0; y < height; y += 2) all += classifyRow(y, true, luma, trusted, blinks);
  for (let y = 1; y < height; y += 2) {
    let around = <i32>load<u16>(candidates + ((y - 1) << 1));
    if (y + 1 < height) around += <i32>load<u16>(candidates + ((y + 1) << 1));
    all += classifyRow(y, around >= rowWorthwhileMin, luma, trusted, blinks);
  }
  return all;
}

/** Replaces the row's last verdicts, noting which blinked: by new ones if `look`, else by none. */
function classifyRow(y: i32, look: bool, luma: usize, trusted: usize, blinks: usize): i32 {
  const had = load<u16>(candidates + (y << 1)) !== 0;
  if (!look && !had) return 0;
  const start = y * width;
  let inRow = 0;
  let first = width;
  let last = 0;
  for (let x = 0; x < width; x += lanesCount) {
    const at = min(x, width - lanesCount);
    const i = start + at;
    const size = apart(v128.load(luma + i), v128.load(background + i));
    const limit = v128.load(threshold + i);
    const differs = i8x16.gt_u(size, limit);
    if (had) takeBlinks(i, at, y, lanesFrom(x - at), differs, trusted, blinks);
    if (!look || !v128.any_true(differs)) continue;
    const strong = v128.and(isStrong(size, limit), i8x16.splat(2));
    const verdict = v128.and(differs, v128.or(strong, i8x16.splat(1)));
    v128.store(verdicts + i, verdict);
    const bits = i8x16.bitmask(differs) & (-1 << (x - at));
    if (bits === 0) continue;
    if (inRow === 0) first = at + ctz(bits);
    last = at + 31 - clz(bits);
    inRow += popcnt(bits);
  }
  store<u16>(candidates + (y << 1), <u16>inRow);
  if (!look) return 0;
  store<u16>(candidateFrom + (y << 1), <u16>first);
  store<u16>(candidateTo + (y << 1), <u16>last);
  return inRow;
}

/** Where `size * 5 > limit * 8`. */
function isStrong(size: v128, limit: v128): v128 {
  const five = i8x16.splat(5);
  const eight = i8x16.splat(8);
  const low = i16x8.gt_s(
    i16x8.extmul_low_i8x16_u(size, five),
    i16x8.extmul_low_i8x16_u(limit, eight),
  );
  const high = i16x8.gt_s(
    i16x8.extmul_high_i8x16_u(size, five),
    i16x8.extmul_high_i8x16_u(limit, eight),
  );
  return i8x16.narrow_i16x8_s(low, high);
}

/** Clears sixteen verdicts; what differed strongly and no longer differs at all has blinked. */
function takeBlinks(
  i: i32,
  at: i32,
  y: i32,
  fresh: v128,
  differs: v128,
  trusted: usize,
  blinks: usize,
): void {
  const before = v128.and(v128.load(verdicts + i), fresh);
  if (!v128.any_true(before)) return;
  v128.store(verdicts + i, v128.andnot(v128.load(verdicts + i), fresh));
  const strong = isSet(v128.and(before, i8x16.splat(2)));
  let bits = i8x16.bitmask(v128.andnot(strong, differs));
  const cellRow = (y / cellPx) * columns;
  for (; bits !== 0; bits &= bits - 1) {
    const lane = ctz(bits);
    const cell = cellRow + <i32>load<u16>(columnOf + ((at + lane) << 1));
    if (load<u8>(trusted + cell) !== 0) continue;
    const unrest = restless + i + lane;
    store<u8>(unrest, <u8>min(restlessMax, <i32>load<u8>(unrest) + blinkStep));
    const blinked = blinks + (cell << 1);
    store<u16>(blinked, <u16>(<i32>load<u16>(blinked) + 1));
  }
}
