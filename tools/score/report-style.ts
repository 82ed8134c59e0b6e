/** The look of the HTML report, light and dark, from a phone's width on. */
export const pageStyle = `
:root { color-scheme: light dark; --ink: #1c1c1e; --dim: #5f5f66; --paper: #fff; --line: #d8d8dc;
  --soft: #f3f3f5; --moving: #3a6ea5; --quiet: #c9c9d1; --hit: #1f8a5b; --miss: #e09000;
  --lacking: #9a5b00; --false: #d70015; --unknown: #8e8e93; --better: #1f7a33; --worse: #c5000f; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #f2f2f7; --dim: #a3a3ab; --paper: #151517; --line: #3a3a3e; --soft: #222226;
    --moving: #6ca6e0; --quiet: #48484f; --hit: #3ecf8e; --miss: #ffb340; --lacking: #ffb340; --false: #ff5a52;
    --unknown: #8e8e93; --better: #4cd471; --worse: #ff7a73; }
}
* { box-sizing: border-box; }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  max-width: 1100px; margin: 1.5rem auto 4rem; padding: 0 1rem; }
h1 { font-size: 1.6rem; margin: 0; } h2 { font-size: 1.1rem; margin: 2.4rem 0 .2rem;
  overflow-wrap: anywhere; }
p { margin: .2rem 0 .6rem; } .note { color: var(--dim); font-size: .87rem; }
a { color: inherit; text-decoration-color: var(--dim); text-underline-offset: 2px; }
.warnings { border-left: 4px solid var(--miss); background: var(--soft); margin: .6rem 0;
  padding: .4rem .8rem .4rem 1.8rem; font-size: .9rem; overflow-wrap: anywhere; }
.tiles { display: grid; grid-template-columns: repeat(auto-fill, minmax(9.2rem, 1fr)); gap: .6rem;
  margin: 1rem 0 0; }
.tiles div { background: var(--soft); border-radius: 8px; padding: .55rem .8rem; }
dt { color: var(--dim); font-size: .8rem; } dd { margin: 0; font-size: 1.35rem; font-weight: 600;
  font-variant-numeric: tabular-nums; white-space: nowrap; }
.of { color: var(--dim); font-weight: 400; font-size: .8em; }
.wide { overflow-x: auto; } .wide:focus-visible { outline: 2px solid var(--moving); }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums;
  font-size: .9rem; }
th, td { text-align: right; padding: .3rem .55rem; border-bottom: 1px solid var(--line);
  white-space: nowrap; }
thead th { color: var(--dim); font-weight: 500; font-size: .8rem; vertical-align: bottom;
  white-space: normal; min-width: 5.6rem; }
th:first-child { text-align: left; font-weight: 500; position: sticky; left: 0;
  background: var(--paper); max-width: min(15rem, 42vw); overflow: hidden; text-overflow: ellipsis; }
tfoot th, tfoot td { font-weight: 700; border-bottom: 0; }
small { font-weight: 500; font-size: .75rem; }
.better, .worse { white-space: nowrap; } small.better, small.worse { display: block; }
.better { color: var(--better); } .worse { color: var(--worse); }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: .2rem 1.1rem; padding: 0;
  margin: 2.4rem 0 -1rem; font-size: .82rem; color: var(--dim); }
.legend li::before { content: ''; display: inline-block; width: .8em; height: .8em;
  border-radius: 2px; margin-right: .4em; vertical-align: -.05em; background: var(--colour); }
.legend .moving { --colour: var(--moving); } .legend .quiet { --colour: var(--quiet); }
.legend .hit { --colour: var(--hit); } .legend .miss { --colour: var(--miss); }
.legend .false { --colour: var(--false); } .legend .unknown { --colour: var(--unknown); }
.legend li:not([class])::before { display: none; }
.legend.outlines { margin-top: 1.2rem; } .outlines li::before { background: none;
  border: 2px solid var(--colour); }
.legend .alarm { --colour: #ff3b30; } .legend .watched { --colour: #d9a400; }
.legend .truth { --colour: #1ba4dd; } .outlines .watched::before { border-style: dashed; }
.outlines .truth::before { border-style: dotted; }
.strip { display: flex; gap: .6rem; margin: .3rem 0 .2rem; }
.rows { display: flex; flex-direction: column; justify-content: space-around; height: var(--high);
  font-size: .75rem; color: var(--dim); width: 3.6rem; flex: none; }
.time { flex: 1; min-width: 0; }
.rows-1 { --high: 21px; } .rows-2 { --high: 46px; } .pixels { --high: 60px; }
.pixels .note { margin: .1rem 0 0; font-size: .75rem; }
.strip svg { width: 100%; height: var(--high); background: var(--soft); border-radius: 4px; display: block; }
.strip .moving { fill: var(--moving); } .strip .quiet { fill: var(--quiet); }
.strip .hit { fill: var(--hit); } .strip .miss { fill: var(--miss); }
.strip .false { fill: var(--false); } .strip .unknown { fill: var(--unknown); }
.strip .axis { fill: none; stroke: var(--dim); stroke-width: 1px; vector-effect: non-scaling-stroke; }
.ticks { position: relative; height: 1.1rem; font-size: .7rem; color: var(--dim);
  font-variant-numeric: tabular-nums; }
.ticks span { position: absolute; }
details { font-size: .9rem; margin: .2rem 0; } summary { cursor: pointer; color: var(--dim); }
.pictures { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 20rem), 1fr));
  gap: 1rem; margin-top: .7rem; }
figure { margin: 0; } .shot { position: relative; }
.shot img { width: 100%; height: auto; border-radius: 4px; display: block; }
.shot svg { position: absolute; inset: 0; width: 100%; height: 100%; }
.shot rect, .shot polygon { fill: none; stroke-width: 2px; vector-effect: non-scaling-stroke; }
.shot .include { stroke: #34c759; } .shot .exclude { stroke: #ff9f0a; fill: #ff9f0a26; }
.shot .mask { stroke: #8e8e93; fill: #0008; } .legend.areas { margin: .5rem 0 0; }
.legend .include { --colour: #34c759; } .legend .exclude { --colour: #ff9f0a; }
.legend .mask { --colour: #8e8e93; }
.shot .alarm { stroke: #ff3b30; } .shot .watched { stroke: #ffd60a; stroke-dasharray: 4 3; }
.shot .truth { stroke: #40c8ff; stroke-dasharray: 2 2; }
figcaption { font-size: .82rem; overflow-wrap: anywhere; }
@media (max-width: 30rem) { th, td { padding: .3rem; } thead th { min-width: 4rem; } }
figcaption b { color: var(--false); } figure.miss b, figure.missed-pixels b { color: var(--lacking); }
`;
