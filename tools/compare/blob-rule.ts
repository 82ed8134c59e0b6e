/**
 * When a bare foreground mask counts as motion: OpenCV's subtractors give no verdict of their own. The rule is what
 * their users write: open by 3 by 3 pixels, then the largest blob must cover 0.15 % of the picture. That share brings
 * the figures nearest to those published for them with the development footage.
 */
import type { Box } from '../../device/vision/observation.ts';

export const blobShareMin = 0.0015;

export type Blob = { readonly box: Box; readonly area: number };

/** The largest connected blob (8 neighbours) of the opened mask; null where nothing is left. Areas are shares. */
export function largestBlob(mask: Uint8Array, widthPx: number, heightPx: number): Blob | null {
  const opened = grow(shrink(mask, widthPx, heightPx), widthPx, heightPx);
  let best: Blob | null = null;
  for (let start = 0; start < opened.length; start++) {
    if (opened[start] === 0) continue;
    const blob = take(opened, start, widthPx, heightPx);
    if (best === null || blob.area > best.area) best = blob;
  }
  return best;
}

/** 1 where all of the nine neighbours are set; neighbours beyond the edge do not matter. */
const shrink = (mask: Uint8Array, widthPx: number, heightPx: number): Uint8Array =>
  overNine(mask, widthPx, heightPx, (set, of) => set === of);

/** 1 where any of them is. */
const grow = (mask: Uint8Array, widthPx: number, heightPx: number): Uint8Array =>
  overNine(mask, widthPx, heightPx, (set) => set > 0);

function overNine(
  mask: Uint8Array,
  widthPx: number,
  heightPx: number,
  verdict: (set: number, of: number) => boolean,
): Uint8Array {
  const out = new Uint8Array(mask.length);
  for (let y = 0; y < heightPx; y++) {
    for (let x = 0; x < widthPx; x++) {
      let set = 0;
      let of = 0;
      for (let j = Math.max(0, y - 1); j <= Math.min(heightPx - 1, y + 1); j++) {
        for (let i = Math.max(0, x - 1); i <= Math.min(widthPx - 1, x + 1); i++) {
          of++;
          if (mask[j * widthPx + i] !== 0) set++;
        }
      }
      out[y * widthPx + x] = verdict(set, of) ? 1 : 0;
    }
  }
  return out;
}

/** Measures the blob at `start`, and clears it. */
function take(mask: Uint8Array, start: number, widthPx: number, heightPx: number): Blob {
  const open = [start];
  mask[start] = 0;
  let area = 0;
  let [left, top, right, bottom] = [widthPx, heightPx, 0, 0];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const x = at % widthPx;
    const y = (at - x) / widthPx;
    area++;
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
    for (let j = Math.max(0, y - 1); j <= Math.min(heightPx - 1, y + 1); j++) {
      for (let i = Math.max(0, x - 1); i <= Math.min(widthPx - 1, x + 1); i++) {
        const next = j * widthPx + i;
        if (mask[next] === 0) continue;
        mask[next] = 0;
        open.push(next);
      }
    }
  }
  const box = {
    x: left / widthPx,
    y: top / heightPx,
    width: (right - left + 1) / widthPx,
    height: (bottom - top + 1) / heightPx,
  };
  return { box, area: area / (widthPx * heightPx) };
}
