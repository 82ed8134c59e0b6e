/** `relight` and `learnLitCells` of relighting.ts. */
import {
  background,
  cellPx,
  columns,
  deviation,
  height,
  highest,
  lowest,
  mean,
  recent,
  rows,
  threshold,
  width,
} from './model';

const saturated: i32 = 251;
const withinEnvelope: i32 = 8;
const deviationMax: i32 = 40 << 8;
const thresholdMax: i32 = 70;
const meanMax: i32 = 0xff00;
const reach: i32 = 16;

/** `foreground` is 0 where there is none. */
export function relight(luma: usize, expected: usize, foreground: usize): void {
  const unsaturated = <i32>load<u8>(expected + saturated - 1) - withinEnvelope;
  const pixels = width * height;
  for (let i = 0; i < pixels; i++) {
    const old = <i32>load<u8>(background + i);
    const shift = <i32>load<u8>(expected + old) - old;
    if (shift < 0 && old >= saturated && <i32>load<u8>(luma + i) >= unsaturated) {
      seed(i, load<u8>(luma + i));
    } else if (shift !== 0) {
      move(i, shift << 8);
      store<u8>(lowest + i, load<u8>(expected + load<u8>(lowest + i)));
      store<u8>(highest + i, load<u8>(expected + load<u8>(highest + i)));
      widen(i, steepness(expected, old));
    }
    if (foreground === 0 || load<u8>(foreground + i) === 0) continue;
    const at = recent + (i << 1);
    const lately = <i32>load<u16>(at);
    const level = lately >> 8;
    store<u16>(at, <u16>clamp(lately + ((<i32>load<u8>(expected + level) - level) << 8)));
  }
}

function seed(i: i32, value: u8): void {
  store<u16>(mean + (i << 1), (<u16>value) << 8);
  store<u16>(recent + (i << 1), (<u16>value) << 8);
  store<u8>(background + i, value);
  store<u8>(lowest + i, value);
  store<u8>(highest + i, value);
}

function move(i: i32, by: i32): void {
  const at = mean + (i << 1);
  const now = clamp(<i32>load<u16>(at) + by);
  store<u16>(at, <u16>now);
  store<u8>(background + i, <u8>((now + 128) >> 8));
}

function widen(i: i32, steeper: i32): void {
  if (steeper <= 256) return;
  const at = deviation + (i << 1);
  store<u16>(at, <u16>min(deviationMax, (<i32>load<u16>(at) * steeper) >> 8));
  const limit = threshold + i;
  store<u8>(limit, <u8>min(thresholdMax, (<i32>load<u8>(limit) * steeper) >> 8));
}

/** What is negative is not rounded down, but not used either. */
function steepness(expected: usize, level: i32): i32 {
  const from = max(0, level - reach);
  const to = min(255, level + reach);
  return ((<i32>load<u8>(expected + to) - <i32>load<u8>(expected + from)) * 256) / (to - from);
}

function clamp(value: i32): i32 {
  return max(0, min(value, meanMax));
}

export function learnLitCells(luma: usize, lit: usize, rate: i32): void {
  const cells = columns * rows;
  for (let cell = 0; cell < cells; cell++) {
    if (load<u8>(lit + cell) !== 1) continue;
    const row = cell / columns;
    const left = (cell - row * columns) * cellPx;
    const right = min(width, left + cellPx);
    const bottom = min(height, (row + 1) * cellPx);
    for (let y = row * cellPx; y < bottom; y++) {
      for (let i = y * width + left, end = y * width + right; i < end; i++) learnLit(luma, i, rate);
    }
  }
}

function learnLit(luma: usize, i: i32, rate: i32): void {
  const at = mean + (i << 1);
  const old = <i32>load<u16>(at);
  const now = old + (((((<i32>load<u8>(luma + i)) << 8) - old) * rate) >> 12);
  store<u16>(at, <u16>now);
  store<u8>(background + i, <u8>min(255, (now + 128) >> 8));
}
