/** How the custody report looks, on a screen and on paper. */
export const reportStyle = `
:root { --ink: #1b1f24; --soft: #59636e; --line: #d1d9e0; --wash: #f6f8fa; --mark: #9a6700; }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2.5rem 1.5rem 4rem; max-width: 60rem; color: var(--ink);
  font: 15px/1.5 Georgia, 'Times New Roman', serif; background: #fff; }
h1 { margin: 0 0 .25rem; font-size: 1.7rem; line-height: 1.2; }
h2 { margin: 2.5rem 0 .75rem; padding-bottom: .25rem; font-size: 1.2rem;
  border-bottom: 2px solid var(--ink); }
h3 { margin: 0 0 .5rem; font-size: 1.05rem; }
p { margin: .5rem 0; }
code, .mono { font: 12px/1.5 ui-monospace, 'DejaVu Sans Mono', Menlo, monospace;
  overflow-wrap: anywhere; }
table { width: 100%; border-collapse: collapse; font-size: .92rem; }
th, td { padding: .3rem .6rem .3rem 0; text-align: left; vertical-align: top;
  border-bottom: 1px solid var(--line); }
thead th { color: var(--soft); font-weight: normal; font-style: italic; }
.facts th { width: 13rem; color: var(--soft); font-weight: normal; }
.lead { color: var(--soft); font-size: 1.05rem; }
.note { padding: .6rem .9rem; background: var(--wash); border-left: 3px solid var(--line); }
.mark { color: var(--mark); font-weight: bold; }
.clip { margin: 1.25rem 0 2rem; padding: 1rem 1.1rem; border: 1px solid var(--line); }
.stills { display: flex; flex-wrap: wrap; gap: .75rem; margin: .75rem 0; }
.stills figure { margin: 0; width: 17rem; }
.stills img { display: block; width: 100%; height: auto; border: 1px solid var(--line); }
figcaption { color: var(--soft); font-size: .8rem; }
.signatures { display: grid; grid-template-columns: 1fr 1fr; gap: 3rem; margin-top: 3rem; }
.signatures p { border-top: 1px solid var(--ink); padding-top: .3rem; }
@media print {
  body { padding: 0; max-width: none; font-size: 10.5pt; }
  h2 { break-after: avoid; }
  .clip, tr, figure { break-inside: avoid; }
  a { color: inherit; text-decoration: none; }
}
`;

/** On paper each page says of which folder it is, and which it is; `name` has letters, digits and dashes only. */
export const pageStyle = (name: string): string => `
@page { margin: 18mm 16mm 20mm; font: 9pt Georgia, 'Times New Roman', serif;
  @bottom-left { content: 'Custody report ${name}'; }
  @bottom-right { content: 'page ' counter(page) ' of ' counter(pages); }
}
`;
