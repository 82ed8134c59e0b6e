/** The HTML report: one file without scripts or outside parts, for a browser of any width, light or dark. */
import { countText } from '../commands/output.ts';
import type { FootageScore } from './footage-scorer.ts';
import type { TruthInterval } from './interval-truth.ts';
import { drawKeepsake, drawPixelKeepsake } from './report-picture.ts';
import { drawPixels } from './report-pixels.ts';
import { drawStrip, wholeMsOf } from './report-strip.ts';
import { pageStyle } from './report-style.ts';
import { drawCategories, drawComparison, drawTiles, ofSameFiles } from './report-table.ts';
import { anchorOf, clockTime, escapeHtml } from './report-text.ts';
import { hasForeground, type ScoreRecord, type ScoreReport } from './score-record.ts';
import { alertsOf } from './score-table.ts';

export type ReportInput = {
  readonly report: ScoreReport;
  /** Of the same files, in the same order. */
  readonly scores: readonly FootageScore[];
  readonly intervals: ReadonlyMap<string, readonly TruthInterval[]>;
  /** What the last run into the same folder found. */
  readonly before: ScoreReport | null;
};

export async function drawReport(input: ReportInput): Promise<string> {
  const { report, before, scores } = input;
  const sections: string[] = [];
  for (const [index, score] of scores.entries()) {
    const record = report.files[index];
    if (record === undefined) continue;
    sections.push(await drawFile(score, record, input.intervals.get(score.name) ?? []));
  }
  const { totals, unscored } = report;
  const files = totals.files === 1 ? '1 file' : `${totals.files} files`;
  const same = before !== null && ofSameFiles(report, before);
  const refused = unscored.map(({ because }) => `<li>Not scored: ${escapeHtml(because)}</li>`);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Motion score</title><style>${pageStyle}</style></head><body>
<header><h1>Motion score</h1>
<p class="note">${files}, ${totals.frames} frames, ${escapeHtml(dateOf(report.scoredAt))};
${totals.detectorFramesPerSecond.toFixed(0)} frames/s in the detector.
False alarms count from ${report.learningSeconds} s on.</p></header>
${refused.length === 0 ? '' : `<ul class="warnings">${refused.join('')}</ul>`}
${drawTiles(totals, same ? before.totals : null)}
<h2>${before === null ? 'By file' : 'Against the last run'}</h2>
${before === null ? noBefore : drawBefore(before, report, same)}
${drawComparison(report, before)}
${drawCategories(report, same ? before : null)}
${legend}
${sections.some((section) => section.includes('<figure')) ? pictureLegend : ''}
${sections.join('\n')}
</body></html>
`;
}

const noBefore =
  '<p class="note">No earlier run lies in this folder; the next one is compared with this.</p>';

function drawBefore(before: ScoreReport, report: ScoreReport, same: boolean): string {
  const totals = same ? '' : ' It was of other files, so that the totals are not compared.';
  const learning =
    before.learningSeconds === report.learningSeconds
      ? ''
      : ` It counted false alarms from ${before.learningSeconds} s on.`;
  const run = `the run of ${escapeHtml(dateOf(before.scoredAt))}`;
  return `<p class="note">Small figures: ${run}, where it was another.${learning}${totals}</p>`;
}

const legend = `<ul class="legend" aria-label="Colours of the strips and of the pixels">
<li class="moving">something moves</li><li class="quiet">nothing moves</li>
<li class="hit">detected</li><li class="miss">missed</li><li class="false">false alarm</li>
<li class="unknown">detected, not counted: unlabelled or still learning</li>
<li>time in minutes:seconds</li></ul>`;
const pictureLegend = `<ul class="legend outlines" aria-label="Outlines in the pictures">
<li class="alarm">counted as motion</li><li class="watched">noticed, too weak to count</li>
<li class="truth">what really moves</li></ul>`;

const dateOf = (iso: string): string => `${iso.slice(0, 16).replace('T', ' ')} UTC`;

async function drawFile(
  score: FootageScore,
  record: ScoreRecord,
  intervals: readonly TruthInterval[],
): Promise<string> {
  const pictures = await Promise.all([
    ...score.keepsakes.map((one) => drawKeepsake(one, score.areas)),
    ...score.pixelKeepsakes.map((one) => drawPixelKeepsake(one, score.areas)),
  ]);
  const notes = score.notes.map((note) => `<li>${escapeHtml(note)}</li>`).join('');
  const faultless = intervals.length > 0 && score.keepsakes.length === 0;
  return `<section id="${anchorOf(score.name)}"><h2>${escapeHtml(score.name)}</h2>
<p class="note">${factsOf(record).join(' · ')}</p>
${notes === '' ? '' : `<ul class="warnings">${notes}</ul>`}
${drawStrip(score, intervals)}
${drawPixels(score, wholeMsOf(score))}
${drawEvents(score, record)}
${faultless ? '<p class="note">No frame was missed, and none flagged falsely.</p>' : ''}
${pictures.length === 0 ? '' : `${drawAreas(score)}<div class="pictures">${pictures.join('')}</div>`}</section>`;
}

/** Whose outlines the pictures show; nothing where the whole picture counts. */
function drawAreas({ areas: { zones, masks } }: FootageScore): string {
  const items = [
    ...zones.map(({ kind, name }) => `<li class="${kind}">zone ${escapeHtml(name)}, ${kind}d</li>`),
    ...(masks.length === 0 ? [] : ['<li class="mask">motion mask</li>']),
  ];
  return items.length === 0 ? '' : `<ul class="legend areas">${items.join('')}</ul>`;
}

function factsOf(record: ScoreRecord): readonly string[] {
  const { intervals, pixels, boxes } = record;
  const rate = Number(record.framesPerSecond.toFixed(2));
  return [
    `${record.frames} frames, ${record.widthPx} × ${record.heightPx}, ${rate}/s`,
    intervals && (intervals.of === 0 ? 'no events' : `${intervals.found} of ${intervals.of} found`),
    intervals && intervals.quietSeconds > 0
      ? `false alarm ${intervals.falseSeconds.toFixed(1)} of ${intervals.quietSeconds.toFixed(0)} s`
      : '',
    pixels && pixelFact(pixels),
    boxes?.meanOverlap != null && `box overlap ${boxes.meanOverlap.toFixed(2)}`,
    countText(alertsOf(record), 'alert'),
    intervals === null && pixels === null ? 'no truth beside it' : '',
  ].filter((fact) => typeof fact === 'string' && fact !== '') as string[];
}

/** F says nothing where the masks hold nothing to find. */
const pixelFact = (pixels: NonNullable<ScoreRecord['pixels']>): string =>
  hasForeground(pixels)
    ? `pixel F ${pixels.f.toFixed(3)} over ${countText(pixels.frames, 'mask')}`
    : `${countText(pixels.falsePositive, 'false pixel')} over ${countText(pixels.frames, 'empty mask')}`;

function drawEvents(score: FootageScore, record: ScoreRecord): string {
  const each = record.intervals?.each ?? [];
  if (each.length === 0) return '';
  const time = (frame: number): string =>
    clockTime(score.timesMs[Math.min(frame, score.timesMs.length - 1)] ?? 0);
  const rows = each.map(({ start, end, label, found, onsetMs, onsetFrames, framesFlagged }) => {
    const after = onsetMs === null ? '–' : `${onsetMs} ms (${onsetFrames} frames)`;
    const flagged = `${((100 * framesFlagged) / (end - start + 1)).toFixed(0)} %`;
    return `<tr><th scope="row">${escapeHtml(label.toLowerCase())}</th>
<td>${time(start)} to ${time(end)}</td><td>${found ? after : '<b class="worse">missed</b>'}</td>
<td>${flagged}</td></tr>`;
  });
  return `<details><summary>${each.length === 1 ? '1 event' : `${each.length} events`}</summary>
<div class="wide"><table><thead><tr><th>Event</th><th>When</th><th>Found after</th><th>Flagged</th></tr>
</thead><tbody>${rows.join('')}</tbody></table></div></details>`;
}
