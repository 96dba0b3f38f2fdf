"""Charts as SVG text, each a pure function of figures and a size.

Every drawing is markup for one `<svg>`; where there is nothing to draw it is a sentence that says
so. Widths are in pixels at full size; a drawing scales down with its place, so a page that is also
read on a phone draws a narrow one beside the wide one.
"""

from casparian.charts.bars import Bar, bars
from casparian.charts.control import Broken, ControlChart, Panel, control_chart
from casparian.charts.pareto import Reason, downtime_pareto
from casparian.charts.trend import Series, oee_trend
from casparian.charts.waterfall import Waterfall, oee_waterfall

__all__ = [
    "Bar",
    "Broken",
    "ControlChart",
    "Panel",
    "Reason",
    "Series",
    "Waterfall",
    "bars",
    "control_chart",
    "downtime_pareto",
    "oee_trend",
    "oee_waterfall",
]
