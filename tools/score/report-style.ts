/** The look of the HTML report, light and dark. */
export const pageStyle = `
:root { color-scheme: light dark; --ink: #1c1c1e; --paper: #fff; --line: #d8d8dc; --soft: #f3f3f5; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #f2f2f7; --paper: #151517; --line: #3a3a3e; --soft: #222226; }
}
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  max-width: 1100px; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.1rem; margin: 2.5rem 0 .2rem; }
p { margin: .2rem 0 .6rem; } .note { color: #8e8e93; font-size: .85rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: .3rem .6rem; border-bottom: 1px solid var(--line); }
th:first-child { text-align: left; font-weight: 500; } tfoot th, tfoot td { font-weight: 700; }
small.better { color: #248a3d; } small.worse { color: #d70015; }
.strip { width: 100%; height: 34px; background: var(--soft); border-radius: 4px; display: block; }
.strip .moving { fill: #34c759; } .strip .quiet { fill: #aeaeb2; opacity: .45; }
.strip .found { fill: #ff9500; }
.pictures { display: flex; flex-wrap: wrap; gap: 1rem; margin-top: .8rem; }
figure { margin: 0; width: 320px; } figure img { width: 100%; height: auto; border-radius: 4px; }
figcaption { font-size: .82rem; } .miss b { color: #d70015; } .false-alarm b { color: #c93400; }
`;
