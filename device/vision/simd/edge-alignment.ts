/** `edgesAgree` of edge-alignment.ts. */
import { background, width } from './model';

const riseMax: f64 = 60;

export function edgesAgree(luma: usize, samples: usize, sampleCount: i32, offset: i32): f64 {
  let sum: f64 = 0;
  for (let n = 0; n < sampleCount; n++) {
    const i = load<i32>(samples + (n << 2));
    const across = rise(background + i, 1);
    const along = rise(background + i, width);
    const steep = abs<i32>(across) + abs<i32>(along);
    if (steep === 0) continue;
    const now = luma + i + offset;
    const agreement = across * rise(now, 1) + along * rise(now, width);
    sum += max<f64>(0, min<f64>(riseMax, <f64>agreement / <f64>steep));
  }
  return sum;
}

/** From one side of a pixel to the other. */
function rise(at: usize, step: i32): i32 {
  return <i32>load<u8>(at + step) - <i32>load<u8>(at - step);
}
