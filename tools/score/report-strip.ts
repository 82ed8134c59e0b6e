/** A file's strip: above what is true over time, below what was detected, in the colours of right and wrong. */
import type { FootageScore } from './footage-scorer.ts';
import type { TruthInterval } from './interval-truth.ts';
import { clockTime, escapeHtml, tickTime } from './report-text.ts';
import { hasForeground } from './score-record.ts';

type Bar = {
  readonly kind: 'moving' | 'quiet' | 'hit' | 'miss' | 'false' | 'unknown';
  /** Frames, inclusive. */
  readonly first: number;
  readonly last: number;
  readonly title: string;
};

/** How long the footage is: its last frame stays as long as frames usually do. */
export const wholeMsOf = ({ timesMs, framesPerSecond }: FootageScore): number =>
  Math.max(1, (timesMs.at(-1) ?? 0) + 1000 / Math.max(0.001, framesPerSecond));

export function drawStrip(score: FootageScore, intervals: readonly TruthInterval[]): string {
  const count = score.frames;
  const wholeMs = wholeMsOf(score);
  const startMs = (frame: number): number => score.timesMs[frame] ?? wholeMs;
  const draw = (row: number, { kind, first, last, title }: Bar): string => {
    const [x, end] = [startMs(first), startMs(last + 1)];
    const span = `${title}, ${clockTime(x)} to ${clockTime(end)} (frames ${first} to ${last})`;
    // Low where something is lacking: colours alone do not tell everybody.
    const [y, height] = kind === 'miss' ? [row * 14 + 8, 4] : [row * 14, 12];
    const place = `x="${x.toFixed(0)}" y="${y}" width="${(end - x).toFixed(0)}" height="${height}"`;
    return `<rect class="${kind}" ${place}><title>${escapeHtml(span)}</title></rect>`;
  };
  const truth = intervals.length === 0 ? maskBars(score) : intervalBars(intervals, count);
  const found = detectionBars(score, intervals);
  const rows = truth.length === 0 ? [found] : [truth, found];
  const bars = rows.flatMap((row, y) => row.map((bar) => draw(y, bar)));
  const ticks = ticksOf(wholeMs).map(
    (ms) => `<span style="left:${((100 * ms) / wholeMs).toFixed(2)}%">${tickTime(ms)}</span>`,
  );
  const names = truth.length === 0 ? ['Detected'] : ['Truth', 'Detected'];
  const heads = names.map((name) => `<span>${name}</span>`).join('');
  return `<div class="strip rows-${names.length}"><div class="rows">${heads}</div>
<div class="time"><svg viewBox="0 0 ${wholeMs.toFixed(0)} ${names.length * 14 - 2}"
 preserveAspectRatio="none" role="img" aria-label="${escapeHtml(inWords(names, found))}">${bars.join('')}</svg>
<div class="ticks" aria-hidden="true">${ticks.join('')}</div></div></div>`;
}

const intervalBars = (intervals: readonly TruthInterval[], count: number): readonly Bar[] =>
  intervals
    .filter(({ start }) => start < count)
    .map(({ start, end, moving, label }) => {
      const last = Math.min(end, count - 1);
      return { kind: moving ? 'moving' : 'quiet', first: start, last, title: label };
    });

/** Without labels, what the masks say: whether anything in them moves. */
function maskBars({ pixelFrames }: FootageScore): readonly Bar[] {
  const bars: Bar[] = [];
  for (const { frame, counts } of pixelFrames) {
    const kind = hasForeground(counts) ? 'moving' : 'quiet';
    const before = bars.at(-1);
    if (before?.kind === kind && before.last === frame - 1) bars.pop();
    const first = before?.kind === kind && before.last === frame - 1 ? before.first : frame;
    bars.push({ kind, first, last: frame, title: `mask: ${kind}` });
  }
  return bars;
}

/** The detection as runs of frames of one verdict. */
function detectionBars(score: FootageScore, intervals: readonly TruthInterval[]): readonly Bar[] {
  const verdicts = verdictsOf(score, intervals);
  const bars: Bar[] = [];
  for (let frame = 0; frame < verdicts.length; frame++) {
    const kind = verdicts[frame] ?? null;
    if (kind === null) continue;
    const first = frame;
    while (verdicts[frame + 1] === kind) frame++;
    bars.push({ kind, first, last: frame, title: titles[kind] });
  }
  return bars;
}

const titles = {
  hit: 'detected',
  miss: 'missed',
  false: 'false alarm',
  unknown: 'detected, not counted',
} as const;
type Verdict = keyof typeof titles;

function verdictsOf(
  { flags, intervals: scored }: FootageScore,
  intervals: readonly TruthInterval[],
): readonly (Verdict | null)[] {
  const verdicts: (Verdict | null)[] = flags.map((flagged) => (flagged ? 'unknown' : null));
  const mark = (first: number, last: number, as: Verdict): void => {
    verdicts.fill(as, first, last + 1);
  };
  for (const { start, end } of scored?.falseRuns ?? []) mark(start, end, 'false');
  for (const { start, end, moving } of intervals) {
    if (!moving) continue;
    for (let frame = start; frame <= Math.min(end, flags.length - 1); frame++) {
      mark(frame, frame, flags[frame] === true ? 'hit' : 'miss');
    }
  }
  return verdicts;
}

const inWords = (rows: readonly string[], bars: readonly Bar[]): string => {
  const of = (kind: Verdict): number => bars.filter((bar) => bar.kind === kind).length;
  if (rows.length === 1) return `Detection alone: ${of('unknown')} runs`;
  return `Truth above, detection below: ${of('hit')} runs detected, ${of('miss')} missed, ${of('false')} false alarms`;
};

/** Round times, few enough for a phone. */
function ticksOf(wholeMs: number): readonly number[] {
  const steps = [
    0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1_200, 1_800, 3_600, 7_200,
  ].map((s) => s * 1000);
  const step = steps.find((one) => wholeMs / one <= 5) ?? wholeMs;
  const ticks: number[] = [];
  for (let ms = 0; ms < wholeMs * 0.88; ms += step) ticks.push(ms);
  return ticks;
}
