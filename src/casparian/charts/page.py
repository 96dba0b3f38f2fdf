"""A chart as a file of its own: an SVG with its colours, or an HTML page around it.

Neither asks anything of any server. The page's script only shows what stands in the drawing's
titles anyway, at once and in a readable box; without it the browser shows them after a while.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from casparian.charts import svg, theme
from casparian.charts.markup import more, page, tag
from casparian.charts.svg import Drawing, Markup

MARGIN = 20
MOST_LISTED = 300  # points whose figures are listed on the page

PAGE = """
*{box-sizing:border-box}body{margin:0;background:var(--page);color:var(--ink);
 font:15px/1.5 var(--sans)}
main{max-width:1180px;margin:0 auto;padding:24px 20px}
.card{background:var(--card);border:1px solid var(--edge);border-radius:10px;padding:22px 24px}
.empty{color:var(--soft)}
@media screen and (max-width:760px){main{padding:8px}.card{padding:14px 12px;overflow-x:auto}
 .card svg.chart{width:auto;min-width:760px}}
details{margin:14px 4px}summary{cursor:pointer;color:var(--blue);font-size:14px}
pre{font:12px/1.5 var(--mono);white-space:pre-wrap;overflow-wrap:anywhere;color:var(--soft)}
#tip{position:fixed;display:none;max-width:360px;padding:8px 11px;border-radius:7px;z-index:9;
 background:var(--ink);color:var(--card);font-size:13px;line-height:1.4;pointer-events:none}
.chart .hit:hover{fill:var(--ink);fill-opacity:.06}
@media print{body{background:none}main{max-width:none;padding:0}.card{border:0;padding:0}
 details,#tip{display:none!important}}
"""

SCRIPT = """
(function(){var tip=document.getElementById('tip'),said=new Map();
function words(e){for(;e&&e.closest&&!e.closest('svg.chart')===false;e=e.parentNode){
 if(said.has(e))return said.get(e);
 var t=[].find.call(e.children||[],function(c){return c.tagName==='title'});
 if(t&&e.tagName!=='svg'){said.set(e,t.textContent);e.setAttribute('aria-label',t.textContent);
  t.remove();return said.get(e)}
 if(e.tagName==='svg')return''}return''}
document.addEventListener('pointermove',function(v){var w=words(v.target);
 if(!w){tip.style.display='none';return}
 tip.textContent=w;tip.style.display='block';
 var x=Math.min(v.clientX+14,innerWidth-tip.offsetWidth-8),y=v.clientY+18;
 if(y+tip.offsetHeight>innerHeight-6)y=v.clientY-tip.offsetHeight-12;
 tip.style.left=x+'px';tip.style.top=y+'px'})})();
"""


def standalone(drawing: Drawing) -> str:
    """The drawing as an SVG file, on a ground of its own so that it can be read on any page."""
    wide, tall = drawing.width + 2 * MARGIN, drawing.height + 2 * MARGIN
    whole = svg.element(
        "svg",
        svg.element("title", drawing.label),
        svg.element("style", Markup(theme.own_style())),
        svg.box(-MARGIN, -MARGIN, wide, tall, "ground"),
        drawing.inner,
        xmlns="http://www.w3.org/2000/svg",
        class_="chart",
        viewBox=f"{-MARGIN} {-MARGIN} {wide:g} {tall:g}",
        width=f"{wide:g}",
        height=f"{tall:g}",
        role="img",
        aria_label=drawing.label,
    )
    return whole.text + "\n"


def chart_page(title: str, drawing: Drawing, figures: Mapping[str, Any]) -> str:
    """The drawing on a page, its figures folded away below it."""
    told = json.dumps(_short(figures), ensure_ascii=False, indent=1, default=str)
    body = tag(
        "main",
        tag("div", drawing, class_="card"),
        *([more("The figures", tag("pre", told))] if figures else []),
    )
    tip = tag("div", "", id="tip", role="status")
    style = f"{theme.variables_css()}{PAGE}{theme.CHART}{theme.hues()}"
    return page(title, style, [body, tip, tag("script", Markup(SCRIPT))])


def _short(figures: Any) -> Any:
    """Without the longest lists: a page is read by people."""
    if isinstance(figures, Mapping):
        return {key: _short(value) for key, value in figures.items()}
    if isinstance(figures, list) and len(figures) > MOST_LISTED:
        return f"{len(figures)} entries: casparian chart --json lists them"
    return figures
