/** `listCells` of cell-grid.ts, sixteen cells at a time. */
import { lanesCount } from './lanes';

export function listCells(values: usize, count: i32, atLeast: i32, into: usize): i32 {
  const least = i8x16.splat(<i8>atLeast);
  let to = into;
  for (let cell = 0; cell < count; cell += lanesCount) {
    // Arrays begin at multiples of sixteen: behind the last cell lies nothing but zeros.
    let bits = i8x16.bitmask(i8x16.ge_u(v128.load(values + cell), least));
    for (; bits !== 0; bits &= bits - 1) {
      store<u16>(to, <u16>(cell + ctz(bits)));
      to += 2;
    }
  }
  return <i32>((to - into) >> 1);
}
