/** `countDiffering` and `differenceAt` of alignment.ts. */
import { background, height, threshold, width } from './model';

const zonesAcross: i32 = 4;
const sampledEvery: i32 = 29;
const differenceMax: i32 = 40;

export function countDiffering(luma: usize, zoneCounts: usize): void {
  memory.fill(zoneCounts, 0, (zonesAcross * zonesAcross) << 1);
  const pixels = width * height;
  for (let i = 0; i < pixels; i += sampledEvery) {
    const size = abs<i32>(<i32>load<u8>(luma + i) - <i32>load<u8>(background + i));
    if (size <= <i32>load<u8>(threshold + i)) continue;
    const y = i / width;
    const zone =
      ((y * zonesAcross) / height) * zonesAcross + ((i - y * width) * zonesAcross) / width;
    const at = zoneCounts + (zone << 1);
    store<u16>(at, <u16>(<i32>load<u16>(at) + 1));
  }
}

export function differenceAt(
  luma: usize,
  samples: usize,
  sampleCount: i32,
  offset: i32,
  best: i32,
): i32 {
  let sum = 0;
  for (let n = 0; n < sampleCount && sum < best; n++) {
    const i = load<i32>(samples + (n << 2));
    const size = abs<i32>(<i32>load<u8>(luma + i + offset) - <i32>load<u8>(background + i));
    sum += min(size, differenceMax);
  }
  return sum;
}
