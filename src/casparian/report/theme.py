"""The look of the report's page around the charts, light and dark, for screen and paper."""

from __future__ import annotations

from casparian.charts.theme import CHART, hues, variables_css

PAGE = """
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;background:var(--page);color:var(--ink);font:15px/1.55 var(--sans)}
main,header.top,footer{max-width:1180px;margin:0 auto;padding:0 28px}
header.top{padding-top:40px;padding-bottom:6px}
header.top .kicker{font-size:12px;letter-spacing:.09em;text-transform:uppercase;color:var(--soft);
 font-weight:600}
h1{font-size:32px;line-height:1.2;margin:6px 0 8px;letter-spacing:-.015em}
h2{font-size:22px;line-height:1.25;margin:52px 0 4px;letter-spacing:-.01em}
h3{font-size:15px;margin:0 0 2px}
p{margin:0 0 14px;max-width:78ch}
.soft,.lead{color:var(--soft)}
.lead{font-size:15px}
a{color:var(--blue)}
nav{display:flex;flex-wrap:wrap;gap:6px 20px;margin:14px 0 0;font-size:14px}
nav a{text-decoration:none;border-bottom:1px solid transparent}
nav a:hover{border-color:currentColor}
.card{background:var(--card);border:1px solid var(--edge);border-radius:10px;padding:18px 20px;
 margin:16px 0 0}
.tiles{display:grid;
 grid-template-columns:repeat(auto-fit,minmax(165px,1fr));gap:14px;
 margin:24px 0 0}
.tile{background:var(--card);border:1px solid var(--edge);border-radius:10px;padding:14px 16px 13px}
.tile .name{font-size:13px;color:var(--soft)}
.tile .value{font-size:24px;line-height:1.25;font-weight:650;letter-spacing:-.02em;
 font-variant-numeric:tabular-nums;white-space:nowrap}
.tile .note{font-size:13px;color:var(--soft);line-height:1.4}
.tile.bad .value{color:var(--red)}.tile.good .value{color:var(--green)}
.cards{display:grid;grid-template-columns:repeat(3,1fr);gap:16px;margin:16px 0 0}
.cards .card{margin:0}
.two{display:grid;grid-template-columns:1fr 1fr;gap:16px;margin:16px 0 0}.two .card{margin:0}
.head{display:flex;justify-content:space-between;align-items:baseline;gap:12px;margin-bottom:8px}
.head b{font-size:20px;letter-spacing:-.01em;font-variant-numeric:tabular-nums;white-space:nowrap}
.head b small{font-size:12px;font-weight:500;color:var(--soft);letter-spacing:0}
figure{margin:0}figcaption{color:var(--soft);font-size:13px;margin-top:8px;line-height:1.45}
.narrow{display:none}
.scroll{overflow-x:auto;margin:0 -4px;padding:0 4px}
table{border-collapse:collapse;width:100%;font-size:14px;font-variant-numeric:tabular-nums}
th{font-weight:600;text-align:left;color:var(--soft);font-size:12.5px;vertical-align:bottom;
 border-bottom:1px solid var(--edge);padding:0 10px 7px 0;line-height:1.3}
td{padding:7px 10px 7px 0;border-bottom:1px solid var(--grid);vertical-align:top}
tr:last-child td{border-bottom:0}
th.n,td.n{text-align:right;white-space:nowrap}
th.n:not(:last-child),td.n:not(:last-child){padding-right:18px}
td .sub{display:block;color:var(--soft);font-size:13px;line-height:1.4}
td.broad{min-width:215px}
tr.sum td{font-weight:650;border-top:1px solid var(--edge)}
.meter{display:flex;align-items:center;gap:10px;min-width:150px}
.meter i{flex:1;height:8px;border-radius:4px;background:var(--grid);overflow:hidden;min-width:70px}
.meter i span{display:block;height:100%;background:var(--blue);border-radius:4px}
.pill{display:inline-block;border-radius:20px;padding:1px 9px;font-size:12.5px;font-weight:600;
 white-space:nowrap}
.pill.ok{background:var(--good-bg);color:var(--green)}
.pill.no{background:var(--bad-bg);color:var(--red)}
.rules{min-width:190px;max-width:230px}.keep{white-space:nowrap}
.rule{display:inline-block;border:1px solid var(--edge);border-radius:4px;padding:0 6px;
 margin:1px 4px 1px 0;
 font-size:12.5px;white-space:nowrap}
.empty{color:var(--soft);margin:4px 0}
code{font:13px/1.5 var(--mono);background:var(--code);border-radius:4px;padding:1px 5px;
 overflow-wrap:anywhere}
pre{font:13px/1.6 var(--mono);background:var(--code);border-radius:8px;padding:12px 14px;
 margin:8px 0 14px;
 overflow-x:auto;white-space:pre-wrap;overflow-wrap:anywhere}
.sum-line{display:flex;flex-wrap:wrap;gap:6px 14px;align-items:baseline;margin:2px 0 14px}
.sum-line span{display:inline-flex;flex-direction:column;line-height:1.3}
.sum-line strong{
 font-size:23px;font-weight:650;letter-spacing:-.015em;font-variant-numeric:tabular-nums}
.sum-line small{color:var(--soft);font-size:13px}.sum-line i{font-style:normal;color:var(--faint);
 font-size:21px;align-self:flex-start}
details{margin-top:14px}summary{cursor:pointer;color:var(--blue);font-size:14px}
details[open] summary{margin-bottom:10px}
.legend{display:flex;flex-wrap:wrap;gap:4px 18px;font-size:13px;color:var(--soft);margin:10px 0 0}
.legend i{display:inline-block;width:11px;height:11px;border-radius:3px;margin-right:6px;
 vertical-align:-1px}
footer{margin-top:56px;padding-bottom:48px;color:var(--soft);font-size:13.5px;
 border-top:1px solid var(--edge);padding-top:18px}
@media (max-width:1020px){.cards{grid-template-columns:repeat(2,1fr)}}
@media (max-width:760px){
 main,header.top,footer{padding-left:14px;padding-right:14px}header.top{padding-top:24px}
 h1{font-size:25px}h2{font-size:20px;margin-top:40px}
 .cards,.two{grid-template-columns:1fr}.wide{display:none}.narrow{display:block}
 .card{padding:14px}.tiles{grid-template-columns:1fr 1fr;gap:10px}
 .tile{padding:11px 12px}.tile .value{font-size:22px}
}
@media print{
 body{font-size:11pt}.card,.tile{break-inside:avoid}h2{break-after:avoid}nav{display:none}
 main,header.top,footer{max-width:none;padding-left:0;padding-right:0}
}
"""


def css() -> str:
    """The whole style sheet. `data-theme` on the root element overrules the reader's setting."""
    return f"{variables_css()}{PAGE}{CHART}{hues()}"
