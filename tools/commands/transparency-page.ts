/** The transparency report as one self-contained page: light and dark, on screen and on paper. */
import type {
  Cell,
  ProcessFigures,
  TransparencyReport,
} from '../../cloud-stub/legal/transparency-report.ts';

const processNames: Readonly<Record<ProcessFigures['process'], string>> = {
  'search-warrants': 'Search warrants',
  subpoenas: 'Subpoenas',
  'court-orders': 'Court orders',
  emergency: 'Emergency requests',
  preservation: 'Preservation requests',
  'non-us': 'From outside the United States',
  civil: 'Civil process',
  'owner-consent': 'With the owner’s consent',
  other: 'Other',
  all: 'All of these',
};

const outcomeNames: readonly (readonly [string, string])[] = [
  ['FULL', 'Full'],
  ['PARTIAL', 'Partial'],
  ['NO_RECORDS', 'No records'],
  ['REJECTED', 'Rejected'],
  ['CLARIFY', 'Asked back'],
  ['WITHDRAWN', 'Withdrawn'],
  ['QUASHED', 'Quashed'],
  ['CHALLENGED', 'Challenged'],
  ['SUPERSEDED', 'Superseded'],
  ['waiting', 'Waiting'],
];

export function transparencyPage(report: TransparencyReport, source: string): string {
  const { period, processes, rejections, emergencies, silences, notices, holds } = report;
  const span = `${day(period.from)} to ${day(period.to - 1)}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Transparency report, ${span}</title>
<style>${styles}</style>
</head>
<body>
<main>
<header>
<p class="over">Transparency report</p>
<h1>${span}</h1>
<p>How often we were asked for the footage and records of our customers, by which kind of legal
process, and what we answered. Every number is counted from the ledger; whoever has its files can
count again.</p>
</header>
<section>
<h2>Demands and answers</h2>
<div class="wide">${demandTable(processes)}</div>
</section>
<section>
<h2>What was produced, and for whom</h2>
<div class="wide">${productionTable(processes)}</div>
</section>
<div class="columns">
<section>
<h2>Why demands were rejected</h2>
${list(Object.entries(rejections).map(([reason, cell]) => [words(reason), cell]))}
</section>
<section>
<h2>Emergencies</h2>
${list([
  ['Granted', emergencies.granted],
  ['Denied', emergencies.denied],
  ['of these, the sender could not be verified', emergencies.verificationFailed],
  ['of these, for another reason', emergencies.deniedOtherwise],
  ['Legal process came afterwards', emergencies.followed],
  ['None had come by its day', emergencies.unfollowed],
])}
<h2>National security</h2>
<p class="note">In bands of 250, all kinds together; part of no number above.</p>
<dl><div><dt>Demands</dt><dd>${report.nationalSecurity.received}</dd></div>
<div><dt>Accounts named</dt><dd>${report.nationalSecurity.accountsNamed}</dd></div></dl>
</section>
<section>
<h2>Owners told, and silence ordered</h2>
${list([
  ['Owners told', notices.sent],
  ['before anything left', notices.before],
  ['after', notices.after],
  ['Orders not to tell that began', silences.began],
  ['of these, without an end', silences.withoutEnd],
  ['Expired', silences.expired],
  ['Lifted', silences.lifted],
  ['Mean length in days', silences.meanDays],
])}
</section>
<section>
<h2>Footage kept on request</h2>
${list([
  ['Holds placed', holds.placed],
  ...Object.entries(holds.byKind).map(([kind, cell]) => [words(kind), cell] as const),
  ['Renewed', holds.renewed],
  ['Ended', holds.ended],
  ...Object.entries(holds.byEnding).map(([ending, cell]) => [words(ending), cell] as const),
  ['Clips kept that their owner had deleted', holds.ownerDeletedClips],
])}
</section>
</div>
<footer>
<p><span class="hidden-cell" aria-hidden="true">▪</span> not published: a number from 1 to
${report.smallestCount - 1}, or one from which such a number could be computed. Totals count what is not
shown as well, except where they are not shown themselves.</p>
<p>${escaped(source)}${report.unreadable === 0 ? '' : ` ${report.unreadable} entries could not be read.`}</p>
</footer>
</main>
</body>
</html>
`;
}

function demandTable(processes: readonly ProcessFigures[]): string {
  const head = ['Received', ...outcomeNames.map(([, name]) => name)];
  return table('Demands received and how they were answered', head, processes, (figures) => [
    figures.received,
    ...outcomeNames.map(([code]) => figures.outcomes[code] ?? null),
  ]);
}

function productionTable(processes: readonly ProcessFigures[]): string {
  const head = [
    ...['Footage produced', 'Records only', 'Items', 'Accounts named', 'Devices named'],
    ...['Agencies', 'Median days'],
  ];
  return table('What was produced', head, processes, (figures) => [
    figures.contentProduced,
    figures.withoutContent,
    figures.itemsReleased,
    figures.accountsNamed,
    figures.devicesNamed,
    figures.agencies,
    figures.medianDays,
  ]);
}

function table(
  caption: string,
  head: readonly string[],
  processes: readonly ProcessFigures[],
  cellsOf: (figures: ProcessFigures) => readonly Cell[],
): string {
  const rows = processes.map((figures) => {
    const cells = cellsOf(figures).map((cell) =>
      // Of nothing there is no median, which is another thing than one that is not published.
      cell === null && figures.received === 0
        ? '<td class="none">–</td>'
        : `<td>${cellText(cell)}</td>`,
    );
    const isAll = figures.process === 'all' ? ' class="all"' : '';
    return `<tr${isAll}><th scope="row">${processNames[figures.process]}</th>${cells.join('')}</tr>`;
  });
  const titles = ['', ...head].map((title) => `<th scope="col">${title}</th>`);
  return `<table><caption>${caption}</caption><thead><tr>${titles.join('')}</tr></thead>
<tbody>${rows.join('\n')}</tbody></table>`;
}

const list = (entries: readonly (readonly [string, Cell])[]): string =>
  `<dl>${entries.map(([name, cell]) => `<div><dt>${name}</dt><dd>${cellText(cell)}</dd></div>`).join('')}</dl>`;

const cellText = (cell: Cell): string => {
  if (cell === null) return '<span class="hidden-cell" title="not published">▪</span>';
  return cell === 0 ? '<span class="none">0</span>' : cell.toLocaleString('en-US');
};

const words = (name: string): string => {
  const text = name.replaceAll(/[_-]/g, ' ');
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
};

const day = (at: number): string => new Date(at).toISOString().slice(0, 10);

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const styles = `
:root { --ink: #1c2024; --soft: #60646c; --line: #d9d9e0; --ground: #fcfcfd; --band: #f3f3f6; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #edeef0; --soft: #a5a8ae; --line: #393a40; --ground: #111113; --band: #1b1c20; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; }
main { max-width: 74rem; margin: 0 auto; padding: 3rem 1.25rem; }
header { max-width: 42rem; margin-bottom: 2.5rem; }
.over { margin: 0; color: var(--soft); font-size: .875rem; }
h1 { margin: 0 0 .75rem; font-size: 1.9rem; line-height: 1.2; font-weight: 650; }
h2 { margin: 0 0 .6rem; font-size: 1.05rem; font-weight: 620; }
section { margin-bottom: 2.25rem; }
section h2:not(:first-child) { margin-top: 1.75rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: .85rem; }
caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
th, td { padding: .45rem .45rem; text-align: right; white-space: nowrap; }
thead th { color: var(--soft); font-weight: 500; border-bottom: 1px solid var(--line);
  vertical-align: bottom; white-space: normal; }
tbody th { text-align: left; font-weight: 500; padding-left: 0; }
tbody tr + tr > * { border-top: 1px solid var(--line); }
tr.all > * { font-weight: 650; border-top: 2px solid var(--ink) !important; }
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(19rem, 1fr)); gap: 0 3rem; }
dl { margin: 0; font-size: .9rem; font-variant-numeric: tabular-nums; }
dl > div { display: flex; justify-content: space-between; gap: 1rem; padding: .35rem 0;
  border-bottom: 1px solid var(--line); }
dd { margin: 0; }
.none, .note, footer { color: var(--soft); }
.note { margin: 0 0 .4rem; font-size: .85rem; }
.hidden-cell { color: var(--soft); }
footer { margin-top: 1rem; padding-top: 1rem; border-top: 1px solid var(--line); font-size: .85rem; }
@media print {
  :root { --ink: #000; --soft: #444; --line: #bbb; --ground: #fff; }
  body { font-size: 10pt; }
  main { padding: 0; max-width: none; }
  section, dl > div { break-inside: avoid; }
  @page { size: A4 landscape; margin: 14mm; }
}
`;
