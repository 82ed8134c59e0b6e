/** A file's strip: above what is true over time, below what was detected, in the colours of right and wrong. */
import type { FootageScore } from './footage-scorer.ts';
import type { TruthInterval } from './interval-truth.ts';
import { clockTime, escapeHtml } from './report-text.ts';

type Bar = {
  readonly kind: 'moving' | 'quiet' | 'hit' | 'miss' | 'false' | 'unknown';
  /** Frames, inclusive. */
  readonly first: number;
  readonly last: number;
  readonly title: string;
};

export function drawStrip(score: FootageScore, intervals: readonly TruthInterval[]): string {
  const count = score.frames;
  const startMs = (frame: number): number =>
    score.timesMs[frame] ?? (score.timesMs.at(-1) ?? 0) + 1000 / Math.max(1, score.framesPerSecond);
  const wholeMs = Math.max(1, startMs(count));
  const draw = (row: 0 | 1, { kind, first, last, title }: Bar): string => {
    const [x, end] = [startMs(first), startMs(last + 1)];
    const span = `${title}, ${clockTime(x)} to ${clockTime(end)} (frames ${first} to ${last})`;
    const place = `x="${x.toFixed(0)}" y="${row * 14}" width="${(end - x).toFixed(0)}" height="12"`;
    return `<rect class="${kind}" ${place}><title>${escapeHtml(span)}</title></rect>`;
  };
  const truth = intervals
    .filter(({ start }) => start < count)
    .map(({ start, end, moving, label }): Bar => {
      const last = Math.min(end, count - 1);
      return { kind: moving ? 'moving' : 'quiet', first: start, last, title: label };
    });
  const found = detectionBars(score, intervals);
  const ticks = ticksOf(wholeMs).map(
    (ms) => `<span style="left:${((100 * ms) / wholeMs).toFixed(2)}%">${clockTime(ms)}</span>`,
  );
  const rows =
    intervals.length === 0
      ? found.map((bar) => draw(1, bar))
      : [...truth.map((bar) => draw(0, bar)), ...found.map((bar) => draw(1, bar))];
  return `<div class="strip"><div class="rows"><span>Truth</span><span>Detected</span></div>
<div class="time"><svg viewBox="0 0 ${wholeMs.toFixed(0)} 26" preserveAspectRatio="none" role="img"
 aria-label="${escapeHtml(inWords(found))}">${rows.join('')}</svg>
<div class="ticks" aria-hidden="true">${ticks.join('')}</div></div></div>`;
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

const inWords = (bars: readonly Bar[]): string => {
  const of = (kind: Verdict): number => bars.filter((bar) => bar.kind === kind).length;
  return `Truth above, detection below: ${of('hit')} runs detected, ${of('miss')} missed, ${of('false')} false alarms`;
};

/** Round times, few enough for a phone. */
function ticksOf(wholeMs: number): readonly number[] {
  const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1_800, 3_600].map((s) => s * 1000);
  const step = steps.find((one) => wholeMs / one <= 5) ?? wholeMs;
  const ticks: number[] = [];
  for (let ms = 0; ms < wholeMs * 0.88; ms += step) ticks.push(ms);
  return ticks;
}
