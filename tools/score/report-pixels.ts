/** Of footage with masks, the foreground over time: up what was found and missed, down what is false. */
import type { FootageScore } from './footage-scorer.ts';
import { countedIn } from './pixel-keepsakes.ts';

/** So many columns at most: more than a phone has room for, and a page stays small. */
const columnsMax = 240;
/** Masks of single frames are told in words. */
const framesMin = 10;

type Column = { found: number; missed: number; wrong: number; frames: number };

/** Shares of the pixels that count, on the time axis of the strip; empty where there is little to draw. */
export function drawPixels(score: FootageScore, wholeMs: number): string {
  if (score.pixelFrames.length < framesMin) return '';
  const columns = columnsOf(score, wholeMs);
  const of = (column: Column, sum: number): number => sum / Math.max(1, column.frames);
  const highest = Math.max(...columns.map((one) => of(one, one.found + one.missed)));
  const lowest = Math.max(...columns.map((one) => of(one, one.wrong)));
  const range = highest + lowest;
  if (range === 0) return '';
  const unit = 100 / range;
  const y = (share: number): number => Math.round((highest - share) * unit);
  const paths = { hit: '', miss: '', false: '' };
  for (const [x, column] of columns.entries()) {
    const found = of(column, column.found);
    paths.hit += bar(x, y(found), y(0));
    paths.miss += bar(x, y(found + of(column, column.missed)), y(found));
    paths.false += bar(x, y(0), y(-of(column, column.wrong)));
  }
  const drawn = Object.entries(paths).map(([kind, d]) => `<path class="${kind}" d="${d}"/>`);
  const percent = (share: number): string => `${(100 * share).toFixed(share < 0.0995 ? 1 : 0)} %`;
  const above =
    highest === 0 ? 'nothing moves' : `moving: up to ${percent(highest)} of the picture`;
  const below = lowest === 0 ? 'nothing false' : `false: up to ${percent(lowest)}`;
  return `<div class="strip pixels"><div class="rows"><span>Pixels</span></div>
<div class="time"><svg viewBox="0 0 ${columns.length} 100" preserveAspectRatio="none" role="img"
 aria-label="Pixels over time; ${above}, ${below}">${drawn.join('')}
<path class="axis" d="M0 ${y(0)}h${columns.length}"/></svg>
<div class="note">${above} · ${below}</div></div></div>`;
}

const bar = (x: number, top: number, bottom: number): string =>
  bottom > top ? `M${x} ${top}h1V${bottom}h-1z` : '';

function columnsOf({ pixelFrames, timesMs }: FootageScore, wholeMs: number): readonly Column[] {
  const count = Math.min(columnsMax, timesMs.length);
  const empty = (): Column => ({ found: 0, missed: 0, wrong: 0, frames: 0 });
  const columns = Array.from({ length: count }, empty);
  // The middle of a frame: its beginning may lie a rounding error before its column.
  const halfMs = wholeMs / timesMs.length / 2;
  for (const { frame, counts } of pixelFrames) {
    const at = Math.floor((((timesMs[frame] ?? 0) + halfMs) * count) / wholeMs);
    const column = columns[Math.min(count - 1, at)];
    const all = countedIn(counts);
    if (column === undefined || all === 0) continue;
    column.found += counts.truePositive / all;
    column.missed += counts.falseNegative / all;
    column.wrong += counts.falsePositive / all;
    column.frames++;
  }
  return columns;
}
