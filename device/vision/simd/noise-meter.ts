/** `countChanges` of noise-meter.ts. */
import { background, height, width } from './model';

const everyPx: i32 = 8;
const plainRiseMax: i32 = 8;
const bytesOfHistogram: i32 = 512;

export function countChanges(luma: usize, last: usize, histogram: usize): i32 {
  memory.fill(histogram, 0, bytesOfHistogram);
  const across = width / everyPx;
  const along = height / everyPx;
  let samples = 0;
  let place = last;
  for (let row = 0; row < along; row++) {
    let i = (row * everyPx + (everyPx >> 1)) * width + (everyPx >> 1);
    for (let column = 0; column < across; column++, i += everyPx, place++) {
      const value = load<u8>(luma + i);
      const change = abs<i32>(<i32>value - <i32>load<u8>(place));
      store<u8>(place, value);
      if (!isPlain(background + i)) continue;
      const at = histogram + (change << 1);
      store<u16>(at, <u16>(<i32>load<u16>(at) + 1));
      samples++;
    }
  }
  return samples;
}

function isPlain(at: usize): bool {
  return rise(at - 1, at + 1) < plainRiseMax && rise(at - width, at + width) < plainRiseMax;
}

function rise(from: usize, to: usize): i32 {
  return abs<i32>(<i32>load<u8>(to) - <i32>load<u8>(from));
}
