/** `drawForeground` of foreground.ts, sixteen pixels at a time. */
import { lanesCount, lanesFrom } from './lanes';
import {
  candidateFrom,
  candidates,
  candidateTo,
  cellPx,
  columns,
  height,
  verdicts,
  width,
} from './model';
import { tally } from './tallies';
import { touch } from './touch';

const votesMin: i32 = 5;

/** `masked` is 0 where no pixel is. `mask` and the counts by cell are clear already. */
export function draw(
  luma: usize,
  mask: usize,
  lately: usize,
  masked: usize,
  counts: usize,
  strong: usize,
  active: usize,
  odd: usize,
  recentRate: i32,
): void {
  let from = width;
  let to = 0;
  for (let y = 1; y < height - 1; y++) {
    if (near(y) >= votesMin) {
      const first = max(1, firstNear(y) - 1);
      const last = min(width - 2, lastNear(y) + 1);
      if (drawRow(y, first, last, luma, mask, lately, masked, recentRate)) {
        from = min(from, first);
        to = max(to, last);
      }
    }
    // A row of cells is full: its tallies by pixel column become counts by cell.
    if ((y + 1) % cellPx !== 0 && y !== height - 2) continue;
    if (from <= to) {
      const cellRow = (y / cellPx) * columns;
      tally(counts + cellRow, strong + cellRow, active + cellRow, odd + cellRow, from, to);
    }
    from = width;
    to = 0;
  }
}

/** Returns whether there was any foreground. */
function drawRow(
  y: i32,
  first: i32,
  last: i32,
  luma: usize,
  mask: usize,
  lately: usize,
  masked: usize,
  recentRate: i32,
): bool {
  let any = false;
  for (let x = first; x <= last; x += lanesCount) {
    const at = min(x, width - 1 - lanesCount);
    const i = y * width + at;
    const above = verdicts + i - width;
    const own = verdicts + i;
    const below = verdicts + i + width;
    const votes = i8x16.add(i8x16.add(votesIn(above), votesIn(own)), votesIn(below));
    let drawn = v128.and(i8x16.ge_u(votes, i8x16.splat(<i8>votesMin)), lanesFrom(x - at));
    if (masked !== 0) {
      drawn = v128.and(drawn, i8x16.eq(v128.load(masked + i), i8x16.splat(0)));
    }
    if (!v128.any_true(drawn)) continue;
    any = true;
    v128.store(mask + i, v128.or(v128.load(mask + i), drawn));
    touch(i, at, drawn, luma, lately, recentRate);
  }
  return any;
}

/** How many of each pixel and its neighbours in the row are candidates. */
function votesIn(at: usize): v128 {
  const one = i8x16.splat(1);
  const sides = i8x16.add(v128.and(v128.load(at - 1), one), v128.and(v128.load(at + 1), one));
  return i8x16.add(sides, v128.and(v128.load(at), one));
}

function near(y: i32): i32 {
  return <i32>inRow(y - 1) + <i32>inRow(y) + <i32>inRow(y + 1);
}

function inRow(y: i32): u16 {
  return load<u16>(candidates + (y << 1));
}

function firstNear(y: i32): i32 {
  let first = width;
  for (let row = y - 1; row <= y + 1; row++) {
    if (inRow(row) !== 0) first = min(first, <i32>load<u16>(candidateFrom + (row << 1)));
  }
  return first;
}

function lastNear(y: i32): i32 {
  let last = 0;
  for (let row = y - 1; row <= y + 1; row++) {
    if (inRow(row) !== 0) last = max(last, <i32>load<u16>(candidateTo + (row << 1)));
  }
  return last;
}
