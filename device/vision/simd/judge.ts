/** `judgeCells` of texture-verdicts.ts: the ten sums of a window in five pairs. */
import { columns, rows } from './model';

const unknown: u8 = 0;
const same: u8 = 1;
const different: u8 = 2;
const plain: u8 = 3;

const gainMin: f64 = 0.12;
const gainMax: f64 = 8;
const plainVarianceMax: f64 = 12;
const smoothSlopesMax: f64 = 30;
const unexplainedMax: f64 = 0.45;
const noiseVariance: f64 = 6;
const windowPixelsMin: f64 = 8;
const slopesAlikeMin: f64 = 0.6;
const slopesMin: f64 = 12;
const bytesOfCell: i32 = 40;

export function judge(
  counts: usize,
  cells: usize,
  length: i32,
  sums: usize,
  kind: usize,
  gain: usize,
): void {
  for (let n = 0; n < length; n++) {
    const cell = <i32>load<u16>(cells + (n << 1));
    judgeCell(cell, counts, sums, kind + cell, gain + (cell << 2));
  }
}

function judgeCell(cell: i32, counts: usize, sums: usize, kind: usize, gain: usize): void {
  const row = cell / columns;
  const column = cell - row * columns;
  const bottom = min(rows - 1, row + 1);
  const right = min(columns - 1, column + 1);
  let pixels = f64x2.splat(0);
  let squares = pixels;
  let products = pixels;
  let slopes = pixels;
  let slopeProducts = pixels;
  for (let y = max(0, row - 1); y <= bottom; y++) {
    for (let x = max(0, column - 1); x <= right; x++) {
      const near = y * columns + x;
      if (load<u8>(counts + near) === 0) continue;
      const weight = f64x2.splat((y === row ? 1 : 0.5) * (x === column ? 1 : 0.5));
      const at = sums + near * bytesOfCell;
      pixels = f64x2.add(pixels, f64x2.mul(weight, pairAt(at)));
      squares = f64x2.add(squares, f64x2.mul(weight, pairAt(at + 8)));
      products = f64x2.add(products, f64x2.mul(weight, pairAt(at + 16)));
      slopes = f64x2.add(slopes, f64x2.mul(weight, pairAt(at + 24)));
      slopeProducts = f64x2.add(slopeProducts, f64x2.mul(weight, pairAt(at + 32)));
    }
  }
  const n = f64x2.extract_lane(pixels, 0);
  const f = f64x2.extract_lane(pixels, 1);
  const b = f64x2.extract_lane(squares, 0);
  const factor = f / max<f64>(1, b);
  store<f32>(gain, <f32>factor);
  store<u8>(
    kind,
    edgesStay(factor, n, slopes, slopeProducts)
      ? same
      : explained(
          factor,
          n,
          f,
          b,
          f64x2.extract_lane(squares, 1),
          f64x2.extract_lane(products, 0),
          f64x2.extract_lane(products, 1),
          slopes,
          slopeProducts,
        ),
  );
}

function pairAt(at: usize): v128 {
  return f64x2.convert_low_i32x4_s(v128.load64_zero(at));
}

function isGain(factor: f64, n: f64): bool {
  return n >= windowPixelsMin && factor >= gainMin && factor <= gainMax;
}

function edgesStay(factor: f64, n: f64, slopes: v128, products: v128): bool {
  if (!isGain(factor, n)) return false;
  const count = f64x2.extract_lane(slopes, 0);
  const noise = 2 * noiseVariance * count;
  const texture = f64x2.extract_lane(slopes, 1) - noise;
  const behind = f64x2.extract_lane(products, 0) / 256;
  const both = f64x2.extract_lane(products, 1) / 16;
  if (count < slopesMin || both <= 0 || texture < noise / 2) return false;
  if (behind * max<f64>(1, factor * factor) < noise / 4) return false;
  return both * both > slopesAlikeMin * slopesAlikeMin * texture * behind;
}

function isSmooth(factor: f64, slopes: v128, products: v128): bool {
  const count = f64x2.extract_lane(slopes, 0);
  const most = smoothSlopesMax * count;
  const behind = (f64x2.extract_lane(products, 0) / 256) * max<f64>(1, factor * factor);
  return count >= slopesMin && f64x2.extract_lane(slopes, 1) < most && behind < most;
}

function explained(
  factor: f64,
  n: f64,
  f: f64,
  b: f64,
  ff: f64,
  bb: f64,
  fb: f64,
  slopes: v128,
  slopeProducts: v128,
): u8 {
  if (n < windowPixelsMin) return unknown;
  if (!isGain(factor, n)) return different;
  const varianceF = (n * ff - f * f) / (n * n);
  const kept = (factor * factor * (n * bb - b * b)) / (n * n);
  if (varianceF < plainVarianceMax && kept < plainVarianceMax) return plain;
  if (isSmooth(factor, slopes, slopeProducts)) return plain;
  const unexplained = varianceF - (2 * factor * (n * fb - f * b)) / (n * n) + kept;
  return unexplained <= unexplainedMax * kept + noiseVariance ? same : different;
}
