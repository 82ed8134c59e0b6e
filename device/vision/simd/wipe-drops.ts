/** `wipeDrops` of precipitation.ts, sixteen pixels at a time. */
import { lanesCount } from './lanes';
import { background, height, width } from './model';

export function wipeDrops(luma: usize, before: usize, foreground: usize): void {
  const count = width * height;
  let i = 0;
  for (; i + lanesCount <= count; i += lanesCount) {
    const value = v128.load(luma + i);
    const behind = v128.andnot(v128.load(background + i), v128.load(foreground + i));
    v128.store(luma + i, i8x16.min_u(value, i8x16.max_u(v128.load(before + i), behind)));
    v128.store(before + i, value);
  }
  for (; i < count; i++) {
    const value = load<u8>(luma + i);
    const behind = load<u8>(foreground + i) === 0 ? load<u8>(background + i) : 0;
    store<u8>(luma + i, min(value, max(load<u8>(before + i), behind)));
    store<u8>(before + i, value);
  }
}
