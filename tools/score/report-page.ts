/** The HTML report: strips of truth and detection over time, the worst moments as pictures, and the last run beside. */
import sharp from 'sharp';
import type { FootageScore } from './footage-run.ts';
import type { TruthInterval } from './interval-truth.ts';
import type { Keepsake } from './keepsakes.ts';
import { pageStyle } from './report-style.ts';
import type { ScoreRecord } from './score-table.ts';
import type { Totals } from './totals.ts';

export type ReportInput = {
  readonly scores: readonly FootageScore[];
  readonly records: readonly ScoreRecord[];
  readonly intervals: ReadonlyMap<string, readonly TruthInterval[]>;
  readonly totals: Totals;
  readonly before: Before | null;
};
/** What `score.json` of the run before said. */
export type Before = { readonly totals: Totals; readonly files: readonly ScoreRecord[] };

export async function drawReport(input: ReportInput): Promise<string> {
  const sections: string[] = [];
  for (const [index, score] of input.scores.entries()) {
    const record = input.records[index];
    if (record === undefined) continue;
    sections.push(await drawFile(score, record, input.intervals.get(score.name) ?? []));
  }
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Motion score</title><style>${pageStyle}</style></head><body>
<h1>Motion score</h1>
${drawComparison(input)}
${sections.join('\n')}
</body></html>
`;
}

function drawComparison({ totals, before, records }: ReportInput): string {
  const old = new Map(before?.files.map((file) => [file.name, file]));
  const line = (name: string, now: Figures, then: Figures | null) =>
    `<tr><th scope="row">${escapeHtml(name)}</th>${figureNames
      .map((figure) => `<td>${change(now[figure], then?.[figure] ?? null, figure)}</td>`)
      .join('')}</tr>`;
  const rows = records.map((record) => {
    const was = old.get(record.name);
    return line(record.name, figuresOf(record), was === undefined ? null : figuresOf(was));
  });
  const all = line('All', totalFigures(totals), before && totalFigures(before.totals));
  const note = before === null ? 'No earlier run lies in this folder.' : 'Small: the run before.';
  return `<table><thead><tr><th>Footage</th><th>Found</th><th>Coverage</th><th>False alarm, s</th>
<th>Pixel F</th><th>Precision</th><th>Recall</th></tr></thead>
<tbody>${rows.join('')}</tbody><tfoot>${all}</tfoot></table><p class="note">${note}</p>`;
}

const figureNames = ['found', 'coverage', 'falseSeconds', 'f', 'precision', 'recall'] as const;
type FigureName = (typeof figureNames)[number];
type Figures = Readonly<Record<FigureName, number | null>>;

const figuresOf = (record: ScoreRecord): Figures => ({
  found: record.intervals?.found ?? null,
  coverage: record.intervals?.coverage ?? null,
  falseSeconds: record.intervals?.falseSeconds ?? null,
  f: record.pixels?.f ?? null,
  precision: record.pixels?.precision ?? null,
  recall: record.pixels?.recall ?? null,
});

const totalFigures = (totals: Totals): Figures => ({
  found: totals.intervals === 0 ? null : totals.intervalsFound,
  coverage: totals.coverage,
  falseSeconds: totals.quietSeconds === 0 ? null : totals.falseSeconds,
  f: totals.pixels?.f ?? null,
  precision: totals.pixels?.precision ?? null,
  recall: totals.pixels?.recall ?? null,
});

function change(now: number | null, then: number | null, figure: FigureName): string {
  if (now === null) return '–';
  const digits = figure === 'found' ? 0 : figure === 'falseSeconds' ? 1 : 3;
  const text = now.toFixed(digits);
  if (then === null || then.toFixed(digits) === text) return text;
  const better = figure === 'falseSeconds' ? now < then : now > then;
  return `${text} <small class="${better ? 'better' : 'worse'}">${then.toFixed(digits)}</small>`;
}

async function drawFile(
  score: FootageScore,
  record: ScoreRecord,
  intervals: readonly TruthInterval[],
): Promise<string> {
  const facts = [
    `${score.frames} frames, ${score.widthPx} × ${score.heightPx}, ${score.framesPerSecond.toFixed(2)}/s`,
    `detector ${score.detectorFramesPerSecond.toFixed(0)} frames/s`,
    record.intervals && `${record.intervals.found} of ${record.intervals.of} intervals found`,
    record.intervals &&
      `${record.intervals.falseSeconds.toFixed(1)} s of ${record.intervals.quietSeconds.toFixed(0)} s flagged falsely`,
    record.pixels && `pixel F ${record.pixels.f.toFixed(3)} over ${record.pixels.frames} masks`,
    record.boxes?.meanOverlap != null && `mean box overlap ${record.boxes.meanOverlap.toFixed(2)}`,
  ].filter(Boolean);
  const pictures = await Promise.all(
    score.keepsakes.map((one) => drawKeepsake(one, score.framesPerSecond)),
  );
  return `<section><h2>${escapeHtml(score.name)}</h2><p>${facts.join(' · ')}</p>
${drawStrip(score, intervals)}
<div class="pictures">${pictures.join('')}</div></section>`;
}

function drawStrip(score: FootageScore, intervals: readonly TruthInterval[]): string {
  const width = Math.max(1, score.frames);
  const bar = (kind: string, from: number, to: number, y: number, title: string): string =>
    `<rect class="${kind}" x="${from}" y="${y}" width="${to - from + 1}" height="10">` +
    `<title>${title} ${from}–${to}</title></rect>`;
  const truth = intervals.map(({ start, end, moving, label }) =>
    bar(moving ? 'moving' : 'quiet', start, end, 0, escapeHtml(label)),
  );
  const found: string[] = [];
  let start: number | null = null;
  for (let frame = 0; frame <= score.flags.length; frame++) {
    if (score.flags[frame] === true) start ??= frame;
    else if (start !== null) {
      found.push(bar('found', start, frame - 1, 12, 'flagged'));
      start = null;
    }
  }
  const head = `<svg class="strip" viewBox="0 0 ${width} 22" preserveAspectRatio="none" role="img"`;
  const label = 'aria-label="above: truth; below: detection"';
  return `${head} ${label}>${truth.join('')}${found.join('')}</svg>`;
}

async function drawKeepsake(one: Keepsake, framesPerSecond: number): Promise<string> {
  const { luma, widthPx, heightPx } = one.picture;
  const boxes = one.regions.map(({ box, score }) => {
    const colour = score >= 1 ? '#ff3b30' : '#ffd60a';
    const place = `x="${box.x * widthPx}" y="${box.y * heightPx}"`;
    const size = `width="${box.width * widthPx}" height="${box.height * heightPx}"`;
    return `<rect ${place} ${size} fill="none" stroke="${colour}" stroke-width="1.5"/>`;
  });
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${widthPx}" height="${heightPx}">`;
  const overlay = `${svg}${boxes.join('')}</svg>`;
  const jpeg = await sharp(luma, { raw: { width: widthPx, height: heightPx, channels: 1 } })
    .toColourspace('srgb')
    .composite([{ input: Buffer.from(overlay) }])
    .jpeg({ quality: 78 })
    .toBuffer();
  const seconds = (one.frames / framesPerSecond).toFixed(1);
  const title = one.kind === 'miss' ? 'Missed' : 'False alarm';
  const source = `data:image/jpeg;base64,${jpeg.toString('base64')}`;
  const shown = `from frame ${one.start}; shown ${one.shown}: ${escapeHtml(one.because)}`;
  return `<figure class="${one.kind}"><img alt="" width="${widthPx}" src="${source}">
<figcaption><b>${title}</b> of ${seconds} s ${shown}</figcaption></figure>`;
}

const escapeHtml = (text: string): string =>
  text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
