"""The style sheet of a report, for light and dark screens and for paper; it loads nothing from outside."""

STYLE = """
:root { color-scheme: light dark;
  --page: #ffffff; --card: #f6f6f6; --line: #d6d6d6; --text: #1e1e1e; --muted: #585858;
  --bar: #8aa0b5; --evidence: #a63a1b; --plain: #4b5f73; --quantile: #585858; }
@media (prefers-color-scheme: dark) { :root {
  --page: #262626; --card: #303030; --line: #4a4a4a; --text: #e8e8e8; --muted: #b4b4b4;
  --bar: #6f8499; --evidence: #ec9572; --plain: #b5c7d8; --quantile: #b4b4b4; } }
* { box-sizing: border-box; }
html { background: var(--page); }
body { margin: 0 auto; padding: 40px 32px 64px; max-width: 824px; color: var(--text); background: var(--page);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", "Noto Sans", "DejaVu Sans", sans-serif;
  overflow-wrap: anywhere; }
h1 { font-size: 15px; font-weight: 600; margin: 0; }
h2 { font-size: 20px; line-height: 1.3; margin: 48px 0 12px; }
h3 { font-size: 15px; margin: 24px 0 6px; }
p { margin: 0 0 10px; max-width: 76ch; }
ul { margin: 0 0 10px; padding-left: 20px; max-width: 76ch; }
li { margin-bottom: 6px; }
a { color: inherit; }
.muted, figcaption, .tick { color: var(--muted); }
header { display: flex; justify-content: space-between; gap: 24px; align-items: baseline; margin-bottom: 20px;
  color: var(--muted); }
header h1 { color: var(--text); }
.pair { margin: 0 0 14px; color: var(--muted); }
.pair b { color: var(--text); font-weight: 600; }
.verdict { display: grid; grid-template-columns: auto 1fr; gap: 4px 18px; align-items: start; padding: 20px 22px;
  border: 1px solid var(--line); border-left: 5px solid var(--plain); border-radius: 8px; background: var(--card); }
.verdict.evidence { border-left-color: var(--evidence); }
.verdict svg { width: 30px; height: 30px; margin-top: 1px; fill: none; stroke: var(--plain); stroke-width: 3; }
.verdict.evidence svg { fill: var(--evidence); stroke: none; }
.verdict p { max-width: none; margin: 0; }
.verdict .words { font-size: 17px; }
.verdict .words strong { display: block; font-size: 22px; line-height: 1.25; margin-bottom: 6px; }
.verdict .not { margin-top: 6px; color: var(--muted); }
figure { margin: 26px 0 20px; break-inside: avoid; }
figcaption { font-size: 13px; margin-top: 6px; }
.plot { display: block; width: 100%; height: auto; }
.plot text { font: 12px system-ui, -apple-system, "Segoe UI", "Noto Sans", "DejaVu Sans", sans-serif;
  fill: var(--muted); }
.plot .bar { fill: var(--bar); }
.plot .gridline { stroke: var(--line); stroke-width: 1; }
.plot .axis { stroke: var(--muted); stroke-width: 1; }
.plot .published { stroke-width: 2.5; }
.plot .published.evidence { stroke: var(--evidence); }
.plot .published.plain { stroke: var(--plain); }
.plot .label { font-weight: 600; font-size: 13px; }
.plot .label.evidence { fill: var(--evidence); }
.plot .label.plain { fill: var(--plain); }
.plot .quantile { stroke: var(--quantile); stroke-width: 1.5; stroke-dasharray: 4 4; }
.numbers { display: grid; grid-template-columns: repeat(4, auto); gap: 1px; margin: 0 0 20px; background: var(--line);
  border: 1px solid var(--line); border-radius: 8px; overflow: hidden; }
.numbers div { background: var(--card); padding: 10px 14px; }
.numbers dt { color: var(--muted); font-size: 13px; }
.numbers dd { margin: 0; font-size: 16px; font-weight: 600; font-variant-numeric: tabular-nums; }
table { border-collapse: collapse; width: 100%; margin: 0 0 12px; font-size: 14px; }
th, td { text-align: left; vertical-align: top; padding: 5px 12px 5px 0; border-bottom: 1px solid var(--line); }
thead th { font-weight: 600; color: var(--muted); font-size: 13px; vertical-align: bottom; }
.facts th { width: 250px; font-weight: 400; color: var(--muted); }
.overview { margin-bottom: 30px; }
.result + .result { margin-top: 56px; padding-top: 36px; border-top: 1px solid var(--line); }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.pictures td { vertical-align: middle; padding: 4px 14px 4px 0; }
.pictures td.short { white-space: nowrap; }
.pictures th { overflow-wrap: normal; }
.pictures th.number { white-space: normal; width: 108px; }
.pictures img, .pictures .kept { display: block; width: 34px; height: 34px; object-fit: cover; border-radius: 4px; }
.pictures .kept { border: 1px dashed var(--muted); opacity: .6; }
code { font: 12.5px ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; }
.statement { margin-top: 18px; max-width: none; padding: 12px 16px; border: 1px solid var(--line);
  border-radius: 8px; background: var(--card); }
@media (max-width: 640px) { body { padding: 20px 16px 40px; } .numbers { grid-template-columns: 1fr 1fr; }
  .facts th { width: 38%; } .wide { overflow-x: auto; } .pictures { min-width: 620px; } }
@media print {
  :root { color-scheme: light; --page: #ffffff; --card: #ffffff; --line: #c9c9c9; --text: #000000; --muted: #444444;
    --bar: #9fb0c0; --evidence: #a63a1b; --plain: #4b5f73; --quantile: #444444; }
  @page { size: A4; margin: 16mm 16mm 18mm; }
  body { padding: 0; max-width: none; font-size: 10pt; line-height: 1.42;
     -webkit-print-color-adjust: exact; print-color-adjust: exact; }
  h2 { break-after: avoid; margin-top: 28px; } h3 { break-after: avoid; }
  tr, .verdict, .statement { break-inside: avoid; }
  thead { display: table-header-group; }
  .appendix { break-before: page; } .appendix > h2:first-child { margin-top: 0; }
  header { margin-bottom: 12px; } figure { margin: 14px 0 10px; } .plot { height: 68mm; }
  p { margin-bottom: 7px; } li { margin-bottom: 3px; } .numbers { margin-bottom: 12px; }
  .statement { margin-top: 10px; }
  .numbers dd, .verdict .words { font-size: 11.5pt; } .verdict { padding: 12px 16px; }
  .verdict .words strong { font-size: 15pt; } .statement, figcaption, .numbers dt { font-size: 9pt; }
  h3 { margin-top: 14px; } th, td { padding-top: 3px; padding-bottom: 3px; }
  .pictures td { padding-top: 2px; padding-bottom: 2px; }
  .pictures img, .pictures .kept { width: 24px; height: 24px; }
  .result + .result { margin: 0; padding: 0; border: 0; break-before: page; }
  table { font-size: 9pt; } code { font-size: 8.5pt; }
}
"""
