/** The transparency report as one self-contained page: light and dark, on screen and on paper. */
import type { Cell, TransparencyReport } from '../../cloud-stub/legal/transparency-report.ts';
import {
  demandTable,
  emergencyList,
  type FigureList,
  type FigureTable,
  hiddenNote,
  holdList,
  isOfNothing,
  noticeList,
  processNames,
  productionTable,
  rejectionList,
  secrecyNote,
  sourceNote,
  spanOf,
} from './transparency-parts.ts';

export function transparencyPage(report: TransparencyReport, source: string): string {
  const span = spanOf(report);
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
${tableSection(report, demandTable)}
${tableSection(report, productionTable)}
<div class="columns">
${listSection(rejectionList(report))}
${listSection(
  emergencyList(report),
  `<h2>National security</h2>
<p class="note">${secrecyNote}</p>
<dl><div><dt>Demands</dt><dd>${report.nationalSecurity.received}</dd></div>
<div><dt>Accounts named</dt><dd>${report.nationalSecurity.accountsNamed}</dd></div></dl>`,
)}
${listSection(noticeList(report))}
${listSection(holdList(report))}
</div>
<footer>
<p><span class="hidden-cell" aria-hidden="true">▪</span> ${hiddenNote(report)}</p>
<p>${escaped(sourceNote(report, source))}</p>
</footer>
</main>
</body>
</html>
`;
}

function tableSection({ processes }: TransparencyReport, table: FigureTable): string {
  const rows = processes.map((figures) => {
    const cells = table.columns.map(({ of }) => {
      const cell = of(figures);
      return isOfNothing(figures, cell) ? '<td class="none">–</td>' : `<td>${cellText(cell)}</td>`;
    });
    const isAll = figures.process === 'all' ? ' class="all"' : '';
    return `<tr${isAll}><th scope="row">${processNames[figures.process]}</th>${cells.join('')}</tr>`;
  });
  const titles = ['', ...table.columns.map(({ title }) => title)];
  const head = titles.map((title) => `<th scope="col">${title}</th>`).join('');
  return `<section>
<h2>${table.title}</h2>
<div class="wide"><table><caption>${table.caption}</caption><thead><tr>${head}</tr></thead>
<tbody>${rows.join('\n')}</tbody></table></div>
</section>`;
}

const listSection = ({ title, entries }: FigureList, more = ''): string => `<section>
<h2>${title}</h2>
<dl>${entries.map(([name, cell]) => `<div><dt>${name}</dt><dd>${cellText(cell)}</dd></div>`).join('')}</dl>
${more}</section>`;

const cellText = (cell: Cell): string => {
  if (cell === null) return '<span class="hidden-cell" title="not published">▪</span>';
  return cell === 0 ? '<span class="none">0</span>' : cell.toLocaleString('en-US');
};

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
