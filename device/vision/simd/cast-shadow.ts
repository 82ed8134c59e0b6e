/** `takeCastShadow` of cast-shadow.ts. */
import { background, cellPx, columnOf, columns, height, rows, width } from './model';

const heightMin: i32 = 4;
const footShare: f64 = 0.2;
const leftMin: f64 = 0.3;
const leftMax: f64 = 0.98;
const besideMax: f64 = 1.03;
const stepMax: f64 = 0.05;
const softMin: f64 = 0.2;
const softWhereCutMin: f64 = 0.7;
const pixelsMax: i32 = 16_384;
const visited: u8 = 1;
const bytesOfBox: i32 = 10;

/** What `castShadow` is at work on. */
let mask: usize = 0;
let labels: usize = 0;
let luma: usize = 0;
let lit: usize = 0;
let pixels: usize = 0;
let taken: i32 = 0;
let refused: i32 = 0;

export function castShadow(
  maskAt: usize,
  counts: usize,
  labelsAt: usize,
  boxes: usize,
  boxCount: i32,
  lumaAt: usize,
  litAt: usize,
  pixelsAt: usize,
  remaining: usize,
): i32 {
  mask = maskAt;
  labels = labelsAt;
  luma = lumaAt;
  lit = litAt;
  pixels = pixelsAt;
  taken = 0;
  refused = pixelsMax;
  for (let n = 0; n < boxCount; n++) searchFoot(boxes + n * bytesOfBox);
  for (let n = refused; n < pixelsMax; n++) store<u8>(mask + pixelAt(n), 255);
  if (taken > 0) erase(counts, remaining);
  return taken;
}

function erase(counts: usize, remaining: usize): void {
  const countMin = max(1, (cellPx * cellPx) >> 2);
  memory.copy(remaining, labels, (columns * rows) << 1);
  for (let n = 0; n < taken; n++) {
    const i = pixelAt(n);
    store<u8>(mask + i, 0);
    const cell = cellOf(i);
    const count = <i32>load<u8>(counts + cell);
    if (count === 0) continue;
    store<u8>(counts + cell, <u8>(count - 1));
    if (count <= countMin) store<u16>(remaining + (cell << 1), 0);
  }
}

function searchFoot(box: usize): void {
  const label = load<u16>(box);
  const boxLeft = <i32>load<u16>(box, 2);
  const boxTop = <i32>load<u16>(box, 4);
  const boxRight = <i32>load<u16>(box, 6);
  const boxBottom = <i32>load<u16>(box, 8);
  if (boxBottom - boxTop + 1 < heightMin) return;
  const cut = footOf(label, boxLeft, boxTop, boxRight, boxBottom) >= rows - 1;
  const enough = cut ? softWhereCutMin : softMin;
  const bottom = min(height - 2, (boxBottom + 1) * cellPx);
  const tall = <f64>(bottom - boxTop * cellPx);
  const top = max(2, <i32>floor<f64>(<f64>bottom - tall * footShare));
  for (let row = top / cellPx; row <= boxBottom; row++) {
    for (let column = boxLeft; column <= boxRight; column++) {
      const cell = row * columns + column;
      if (labelOf(cell) !== label) continue;
      const nearLit = isNearLit(cell);
      const left = max(2, column * cellPx);
      const right = min(width - 2, (column + 1) * cellPx);
      const end = min(bottom, (row + 1) * cellPx);
      for (let y = max(top, row * cellPx); y < end; y++) {
        for (let i = y * width + left, to = y * width + right; i < to; i++) {
          if (load<u8>(mask + i) !== 255 || taken >= refused || !(nearLit || isRim(i))) continue;
          if (begins(i)) follow(i, top * width, bottom * width, enough);
        }
      }
    }
  }
}

function footOf(label: u16, left: i32, top: i32, right: i32, bottom: i32): i32 {
  let tall = 0;
  let foot = bottom;
  for (let x = left; x <= right; x++) {
    let from = top;
    while (from <= bottom && labelOf(from * columns + x) !== label) from++;
    let to = bottom;
    while (to >= from && labelOf(to * columns + x) !== label) to--;
    if (to - from + 1 <= tall) continue;
    tall = to - from + 1;
    foot = to;
  }
  return foot;
}

function isNearLit(cell: i32): bool {
  return (
    (cell > 0 && load<u8>(lit + cell - 1) !== 0) ||
    (cell + 1 < columns * rows && load<u8>(lit + cell + 1) !== 0) ||
    (cell >= columns && load<u8>(lit + cell - columns) !== 0) ||
    (cell + columns < columns * rows && load<u8>(lit + cell + columns) !== 0)
  );
}

function isRim(i: i32): bool {
  const at = mask + i;
  return (
    load<u8>(at - 1) === 0 ||
    load<u8>(at + 1) === 0 ||
    load<u8>(at - width) === 0 ||
    load<u8>(at + width) === 0
  );
}

function begins(i: i32): bool {
  if (load<u8>(luma + i) >= load<u8>(background + i)) return false;
  const share = shareOf(i);
  if (!isShadow(share)) return false;
  return (
    comesFrom(i - 1, share) ||
    comesFrom(i + 1, share) ||
    comesFrom(i - width, share) ||
    comesFrom(i + width, share)
  );
}

function comesFrom(outside: i32, share: f64): bool {
  return isOutside(outside) && goesOn(shareOf(outside), share);
}

let soft: i32 = 0;
let border: i32 = 0;

function follow(first: i32, from: i32, to: i32, enough: f64): void {
  const label = labelOf(cellOf(first));
  const before = taken;
  soft = 0;
  border = 0;
  take(first);
  for (let next = before; next < taken; next++) {
    const here = pixelAt(next);
    const share = shareOf(here);
    step(here - 1, share, label, from, to);
    step(here + 1, share, label, from, to);
    step(here - width, share, label, from, to);
    step(here + width, share, label, from, to);
  }
  if (<f64>soft >= <f64>border * enough && taken < refused) return;
  while (taken > before) {
    taken--;
    refused--;
    store<i32>(pixels + (refused << 2), pixelAt(taken));
  }
}

function step(there: i32, share: f64, label: u16, from: i32, to: i32): void {
  if (isOutside(there)) {
    border++;
    if (goesOn(shareOf(there), share)) soft++;
    return;
  }
  if (load<u8>(mask + there) !== 255 || there < from || there >= to || taken >= refused) return;
  if (load<u8>(luma + there) >= load<u8>(background + there)) return;
  const beyond = shareOf(there);
  if (!isShadow(beyond) || !goesOn(share, beyond) || labelOf(cellOf(there)) !== label) return;
  take(there);
}

function take(i: i32): void {
  store<u8>(mask + i, visited);
  store<i32>(pixels + (taken << 2), i);
  taken++;
}

function isOutside(i: i32): bool {
  return load<u8>(mask + i) === 0 || isLit(i);
}

function isLit(i: i32): bool {
  return load<u8>(lit + cellOf(i)) !== 0;
}

function isShadow(share: f64): bool {
  return share > leftMin && share < leftMax;
}

function goesOn(before: f64, share: f64): bool {
  return before < besideMax && abs<f64>(before - share) <= stepMax;
}

function shareOf(i: i32): f64 {
  return <f64>(around(luma + i) + 6) / <f64>(around(background + i) + 6);
}

function around(at: usize): i32 {
  return (
    2 * <i32>load<u8>(at) +
    <i32>load<u8>(at - 1) +
    <i32>load<u8>(at + 1) +
    <i32>load<u8>(at - width) +
    <i32>load<u8>(at + width)
  );
}

function cellOf(i: i32): i32 {
  const y = i / width;
  return (y / cellPx) * columns + <i32>load<u16>(columnOf + ((i - y * width) << 1));
}

function labelOf(cell: i32): u16 {
  return load<u16>(labels + (cell << 1));
}

function pixelAt(n: i32): i32 {
  return load<i32>(pixels + (n << 2));
}

/** Sets pixels of a mask. */
export function setPixels(maskAt: usize, pixelsAt: usize, count: i32, value: i32): void {
  for (let n = 0; n < count; n++) store<u8>(maskAt + load<i32>(pixelsAt + (n << 2)), <u8>value);
}
