/** The report's figures: for all footage as tiles, for each file as a table, both against the last run. */
import { anchorOf, escapeHtml } from './report-text.ts';
import { hasForeground, type ScoreRecord, type ScoreReport, type Totals } from './score-record.ts';

type Figure = {
  readonly title: string;
  readonly digits: number;
  readonly better: 'more' | 'less';
  readonly ofFile: (record: ScoreRecord) => number | null;
  readonly ofAll: (totals: Totals) => number | null;
  /** What the figure is out of, after it. */
  readonly outOf?: (of: ScoreRecord | Totals) => string;
};

const figures: readonly Figure[] = [
  {
    title: 'Events found',
    digits: 0,
    better: 'more',
    ofFile: ({ intervals }) => (intervals === null || intervals.of === 0 ? null : intervals.found),
    ofAll: ({ intervals, intervalsFound }) => (intervals === 0 ? null : intervalsFound),
    outOf: (of) => `/${'intervalsFound' in of ? of.intervals : of.intervals?.of}`,
  },
  {
    title: 'Coverage',
    digits: 3,
    better: 'more',
    ofFile: ({ intervals }) => intervals?.coverage ?? null,
    ofAll: ({ coverage }) => coverage,
  },
  {
    title: 'Slowest onset, ms',
    digits: 0,
    better: 'less',
    ofFile: ({ intervals }) => slowest(intervals?.each ?? []),
    ofAll: ({ onsetMsMax }) => onsetMsMax,
  },
  {
    title: 'False alarm, s',
    digits: 1,
    better: 'less',
    ofFile: ({ intervals }) =>
      intervals === null || intervals.quietSeconds === 0 ? null : intervals.falseSeconds,
    ofAll: ({ quietSeconds, falseSeconds }) => (quietSeconds === 0 ? null : falseSeconds),
    outOf: (of) =>
      `/${('quietSeconds' in of ? of.quietSeconds : of.intervals?.quietSeconds)?.toFixed(0)}`,
  },
  {
    title: 'Alarms per quiet hour',
    digits: 0,
    better: 'less',
    ofFile: ({ intervals }) => intervals?.falseRunsPerHour ?? null,
    ofAll: ({ falseRunsPerHour }) => falseRunsPerHour,
  },
  {
    title: 'Pixel F',
    digits: 3,
    better: 'more',
    ofFile: ({ pixels }) => ofForeground(pixels)?.f ?? null,
    ofAll: ({ pixels }) => pixels?.f ?? null,
  },
  {
    title: 'Precision',
    digits: 3,
    better: 'more',
    ofFile: ({ pixels }) => ofForeground(pixels)?.precision ?? null,
    ofAll: ({ pixels }) => pixels?.precision ?? null,
  },
  {
    title: 'Recall',
    digits: 3,
    better: 'more',
    ofFile: ({ pixels }) => ofForeground(pixels)?.recall ?? null,
    ofAll: ({ pixels }) => pixels?.recall ?? null,
  },
  {
    title: 'Box overlap',
    digits: 2,
    better: 'more',
    ofFile: ({ boxes }) => boxes?.meanOverlap ?? null,
    ofAll: ({ boxes }) => boxes?.meanOverlap ?? null,
  },
];

const ofForeground = (pixels: ScoreRecord['pixels']): ScoreRecord['pixels'] =>
  pixels !== null && hasForeground(pixels) ? pixels : null;

function slowest(each: readonly { readonly onsetMs: number | null }[]): number | null {
  const onsets = each.flatMap(({ onsetMs }) => onsetMs ?? []);
  return onsets.length === 0 ? null : Math.max(...onsets);
}

/** Totals of other files say nothing about the detector. */
export const ofSameFiles = (a: ScoreReport, b: ScoreReport): boolean =>
  namesOf(a).join('\n') === namesOf(b).join('\n');
const namesOf = ({ files }: ScoreReport): readonly string[] =>
  files.map(({ name, frames }) => `${name} ${frames}`).sort();

/** What is known of all footage, in large. */
export function drawTiles(now: Totals, then: Totals | null): string {
  const tiles = known([now]).map((figure) => {
    const text = show(figure, figure.ofAll(now), figure.outOf?.(now));
    const was = change(figure, figure.ofAll(now), then === null ? null : figure.ofAll(then));
    return `<div><dt>${figure.title}</dt><dd>${text}${was}</dd></div>`;
  });
  return tiles.length === 0
    ? '<p class="note">No truth lies beside this footage: only what was detected is shown.</p>'
    : `<dl class="tiles">${tiles.join('')}</dl>`;
}

/** A line for each file and one for all; small: the run before. */
export function drawComparison(report: ScoreReport, before: ScoreReport | null): string {
  const columns = known([report.totals]);
  const old = new Map(before?.files.map((file) => [file.name, file]));
  const rows = report.files.map((record) => {
    const was = old.get(record.name);
    old.delete(record.name);
    const cells = columns.map((figure) =>
      cell(figure, figure.ofFile(record), was === undefined ? null : figure.ofFile(was), record),
    );
    const isNew = before !== null && was === undefined ? ' <small>new</small>' : '';
    const name = `<a href="#${anchorOf(record.name)}">${escapeHtml(record.name)}</a>${isNew}`;
    return `<tr><th scope="row">${name}</th>${cells.join('')}</tr>`;
  });
  const all = columns.map((figure) =>
    cell(
      figure,
      figure.ofAll(report.totals),
      before !== null && ofSameFiles(report, before) ? figure.ofAll(before.totals) : null,
      report.totals,
    ),
  );
  const heads = columns.map(({ title }) => `<th scope="col">${title}</th>`).join('');
  const gone = [...old.keys()].map(escapeHtml).join(', ');
  return `<div class="wide" tabindex="0" role="region" aria-label="Figures by file"><table class="figures">
<thead><tr><th scope="col">Footage</th>${heads}</tr></thead>
<tbody>${rows.join('\n')}</tbody><tfoot><tr><th scope="row">All</th>${all.join('')}</tr></tfoot></table></div>
${gone === '' ? '' : `<p class="note">Scored last time and not now: ${gone}.</p>`}`;
}

/** CDnet's means, where there is more than one category. */
export function drawCategories({ totals }: ScoreReport, before: ScoreReport | null): string {
  const categories = Object.entries(totals.categories);
  if (categories.length < 2) return '';
  const columns = ['Pixel F', 'Precision', 'Recall'].flatMap((title) =>
    figures.filter((figure) => figure.title === title),
  );
  const rows = categories.map(([name, pixels]) => {
    const was = before?.totals.categories[name] ?? null;
    const cells = columns.map((figure) => {
      const now = figure.ofAll({ ...totals, pixels });
      return cell(figure, now, was && figure.ofAll({ ...totals, pixels: was }), totals);
    });
    return `<tr><th scope="row">${escapeHtml(name)}</th>${cells.join('')}</tr>`;
  });
  const heads = columns.map(({ title }) => `<th scope="col">${title}</th>`).join('');
  return `<h2>By category</h2>
<p class="note">Means of the videos in each; the totals are the means of these.</p>
<div class="wide" tabindex="0" role="region" aria-label="Figures by category"><table>
<thead><tr><th scope="col">Category</th>${heads}</tr></thead><tbody>${rows.join('\n')}</tbody></table></div>`;
}

/** The figures that there is anything to say of. */
const known = (totals: readonly Totals[]): readonly Figure[] =>
  figures.filter(({ ofAll }) => totals.some((one) => ofAll(one) !== null));

const show = (figure: Figure, now: number | null, outOf: string | undefined): string =>
  now === null ? '–' : `${now.toFixed(figure.digits)}<span class="of">${outOf ?? ''}</span>`;

function cell(
  figure: Figure,
  now: number | null,
  then: number | null,
  of: ScoreRecord | Totals,
): string {
  const outOf = now === null ? undefined : figure.outOf?.(of);
  return `<td>${show(figure, now, outOf)}${change(figure, now, then)}</td>`;
}

/** What the last run had, marked better or worse where the digits shown differ. */
function change(figure: Figure, now: number | null, then: number | null): string {
  if (now === null || then === null) return '';
  const [text, was] = [now.toFixed(figure.digits), then.toFixed(figure.digits)];
  if (text === was) return '';
  const isBetter = figure.better === 'more' ? now > then : now < then;
  const [verdict, sign] = isBetter ? ['better', '✓'] : ['worse', '✗'];
  return ` <small class="${verdict}" title="${verdict}">${sign} was ${was}</small>`;
}
