/** `smooth` of smoothing.ts, sixteen pixels at a time. */
import { lanesCount } from './lanes';
import { height, width } from './model';

export function smooth(luma: usize, into: usize): void {
  for (let y = 0; y < height; y++) {
    const row = luma + y * width;
    const above = y > 0 ? row - width : row;
    const below = y < height - 1 ? row + width : row;
    const to = into + y * width;
    for (let x = 0; x < width; x += lanesCount) {
      const at = min(x, width - lanesCount);
      v128.store(to + at, sixteen(above + at, row + at, below + at));
    }
    // What the lanes took from beyond the row.
    const last = width - 1;
    store<u8>(to, weigh(columnAt(above, row, below, 0), columnAt(above, row, below, 1)));
    store<u8>(
      to + last,
      weigh(columnAt(above, row, below, last), columnAt(above, row, below, last - 1)),
    );
  }
}

function sixteen(above: usize, row: usize, below: usize): v128 {
  return i8x16.narrow_i16x8_u(eight(above, row, below), eight(above + 8, row + 8, below + 8));
}

function eight(above: usize, row: usize, below: usize): v128 {
  const sides = i16x8.add(
    columns8(above - 1, row - 1, below - 1),
    columns8(above + 1, row + 1, below + 1),
  );
  const all = i16x8.add(sides, i16x8.shl(columns8(above, row, below), 1));
  return i16x8.shr_u(i16x8.add(all, i16x8.splat(8)), 4);
}

function columns8(above: usize, row: usize, below: usize): v128 {
  const ends = i16x8.add(v128.load_ext<u8>(above), v128.load_ext<u8>(below));
  return i16x8.add(ends, i16x8.shl(v128.load_ext<u8>(row), 1));
}

function columnAt(above: usize, row: usize, below: usize, x: i32): i32 {
  return <i32>load<u8>(above + x) + 2 * <i32>load<u8>(row + x) + <i32>load<u8>(below + x);
}

/** At the border the pixel's own column stands for the missing one. */
function weigh(own: i32, inner: i32): u8 {
  return <u8>((3 * own + inner + 8) >> 4);
}
