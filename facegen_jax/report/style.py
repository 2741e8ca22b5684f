"""How the page looks: light, dark and on paper."""

STYLE = """
:root {
  color-scheme: light dark;
  --bg: #fcfcfa; --panel: #f3f3ef; --fg: #1d1f21; --muted: #5a5f64;
  --rule: #dcdcd5; --accent: #0b6385; --warn: #8a4b00;
  --c0: #0b6e8f; --c1: #c84e00; --c2: #00805c;
  --c3: #b0467f; --c4: #806600; --c5: #6548a8;
}
@media (prefers-color-scheme: dark) {
  :root {
    --bg: #15171a; --panel: #1e2125; --fg: #e7e7e3; --muted: #a0a6ac;
    --rule: #33383d; --accent: #6cc3df; --warn: #f0b35e;
    --c0: #5cb8d6; --c1: #ff9a57; --c2: #4fd0a5;
    --c3: #eaa6c8; --c4: #e0c040; --c5: #b9a8ec;
  }
}
* { box-sizing: border-box; }
html { scroll-behavior: smooth; }
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
body {
  margin: 0 auto; padding: 2.5rem clamp(1rem, 4vw, 3rem) 5rem;
  max-width: 76rem; background: var(--bg); color: var(--fg);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
}
h1, h2, h3 { line-height: 1.2; font-weight: 650; overflow-wrap: anywhere; }
h1 { font-size: 2rem; margin: 0; }
h2 {
  font-size: 1.35rem; margin: 3.5rem 0 1.25rem; padding-top: .9rem;
  border-top: 1px solid var(--rule);
}
h3 { font-size: 1rem; margin: 1.75rem 0 .75rem; }
p { max-width: 46rem; margin: .5rem 0; }
a { color: var(--accent); }
.lead, .note, figcaption, .axis { color: var(--muted); }
.lead { margin: .35rem 0 1rem; overflow-wrap: anywhere; }
.note { font-size: .875rem; margin: .5rem 0 0; overflow-wrap: anywhere; }
.absent {
  border-left: 3px solid var(--warn); padding: .1rem 0 .1rem .8rem;
  overflow-wrap: anywhere;
}
nav ul, .legend {
  display: flex; flex-wrap: wrap; gap: .25rem 1.1rem; list-style: none;
  margin: 0; padding: 0; font-size: .9rem;
}
.cards {
  display: grid; gap: 1rem; margin: 1.5rem 0 0; padding: 0;
  grid-template-columns: repeat(auto-fit, minmax(min(15rem, 100%), 1fr));
}
.cards > div { background: var(--panel); border-radius: .5rem;
  padding: 1rem 1.2rem; }
.cards dt { font-size: .875rem; color: var(--muted); }
.cards dd { margin: 0; }
.cards .value { font-size: 1.6rem; font-weight: 600; line-height: 1.3;
  font-variant-numeric: tabular-nums; }
.cards .range { display: block; font-size: .875rem; }
.cards .others { font-size: .875rem; color: var(--muted); }
.table { margin: 1.5rem 0 2rem; }
.scroll { overflow-x: auto; }
.scroll:focus-visible { outline: 2px solid var(--accent); }
table { border-collapse: collapse; font-size: .925rem;
  font-variant-numeric: tabular-nums; }
caption { text-align: left; font-weight: 600; padding-bottom: .4rem; }
th, td { padding: .4rem .9rem; border-bottom: 1px solid var(--rule);
  text-align: left; vertical-align: top; }
thead th { border-bottom: 2px solid var(--rule); color: var(--muted);
  font-weight: 500; vertical-align: bottom; }
tbody th { font-weight: 500; padding-left: 0; }
thead th:first-child { padding-left: 0; }
.figures tbody th { position: sticky; left: 0; background: var(--bg); }
.figures td, .figures thead th:not(:first-child) { text-align: right; }
.figures td { white-space: nowrap; }
.words { width: 100%; max-width: 60rem; }
.words td, .words th { overflow-wrap: anywhere; }
.charts {
  display: grid; gap: 1.5rem 2rem;
  grid-template-columns: repeat(auto-fill, minmax(min(20rem, 100%), 1fr));
}
figure { margin: 0; break-inside: avoid; }
figcaption { font-size: .875rem; margin-top: .35rem; overflow-wrap: anywhere; }
.charts figcaption { margin: 0 0 .2rem; color: var(--fg); }
.charts .last { color: var(--muted); }
svg { display: block; width: 100%; height: auto; overflow: visible; }
svg text { font-size: 11px; fill: var(--muted); }
svg .x { text-anchor: middle; }
svg .y { text-anchor: end; }
svg .grid { stroke: var(--rule); }
svg line.mark { stroke: var(--muted); stroke-dasharray: 2 3; opacity: .7; }
svg polyline { fill: none; stroke-width: 1.75; stroke-linejoin: round; }
polyline.c0 { stroke: var(--c0); } circle.c0 { fill: var(--c0); }
polyline.c1 { stroke: var(--c1); stroke-dasharray: 7 3; }
circle.c1 { fill: var(--c1); }
polyline.c2 { stroke: var(--c2); stroke-dasharray: 2 2; }
circle.c2 { fill: var(--c2); }
polyline.c3 { stroke: var(--c3); } circle.c3 { fill: var(--c3); }
polyline.c4 { stroke: var(--c4); stroke-dasharray: 7 3; }
circle.c4 { fill: var(--c4); }
polyline.c5 { stroke: var(--c5); stroke-dasharray: 2 2; }
circle.c5 { fill: var(--c5); }
.legend li::before { content: ""; display: inline-block; width: 1.4em;
  margin-right: .4em; vertical-align: .25em; border-top: 2.5px solid; }
.legend .c0::before { border-color: var(--c0); }
.legend .c1::before { border-color: var(--c1); border-top-style: dashed; }
.legend .c2::before { border-color: var(--c2); border-top-style: dotted; }
.legend .c3::before { border-color: var(--c3); }
.legend .c4::before { border-color: var(--c4); border-top-style: dashed; }
.legend .c5::before { border-color: var(--c5); border-top-style: dotted; }
.pictures { display: flex; flex-wrap: wrap; gap: 2rem;
  align-items: flex-start; }
.pictures figure { max-width: 100%; }
img, video { display: block; max-width: 100%; height: auto;
  border-radius: .25rem; }
video { width: min(34rem, 100%); }
.config { columns: 22rem; column-gap: 2.5rem; }
.config section { break-inside: avoid; margin-bottom: 1.5rem; }
.config h3 { margin: 0 0 .4rem; }
.config dl { display: grid; margin: 0; font-size: .85rem;
  grid-template-columns: minmax(6rem, auto) 1fr; }
.config dt, .config dd { margin: 0; padding: .15rem .75rem .15rem 0;
  border-bottom: 1px solid var(--rule); overflow-wrap: anywhere; }
.config dt { color: var(--muted); }
.config dd { font-family: ui-monospace, SFMono-Regular, Menlo, monospace;
  font-size: .8rem; }
footer { margin-top: 4rem; font-size: .875rem; color: var(--muted); }
@page { margin: 16mm; }
@media print {
  :root {
    color-scheme: light;
    --bg: #fff; --panel: #fff; --fg: #000; --muted: #444; --rule: #bbb;
    --accent: #000; --warn: #555;
    --c0: #0b6e8f; --c1: #c84e00; --c2: #00805c;
    --c3: #b0467f; --c4: #806600; --c5: #6548a8;
  }
  body { font-size: 10pt; padding: 0; max-width: none; }
  nav, video { display: none; }
  .cards > div { border: 1px solid var(--rule); }
  .scroll { overflow: visible; }
  .figures td, .figures th { white-space: normal; padding: .25rem .4rem; }
  .charts { grid-template-columns: repeat(2, 1fr); }
  h2, h3, caption { break-after: avoid; }
  tr, .cards > div, svg, img { break-inside: avoid; }
  img { max-height: 22cm; width: auto; }
}
"""
