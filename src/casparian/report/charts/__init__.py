"""Charts as SVG text, each a pure function of figures and a size.

Every function returns markup for one drawing; where there is nothing to draw it returns a sentence
that says so. Widths are in pixels at full size; a drawing scales down with its place, so a page
that is also read on a phone draws a narrow one beside the wide one.
"""

from casparian.report.charts.bars import Bar, bars
from casparian.report.charts.control import control_chart
from casparian.report.charts.pareto import Reason, downtime_pareto
from casparian.report.charts.trend import Series, oee_trend
from casparian.report.charts.waterfall import Waterfall, oee_waterfall

__all__ = [
    "Bar",
    "Reason",
    "Series",
    "Waterfall",
    "bars",
    "control_chart",
    "downtime_pareto",
    "oee_trend",
    "oee_waterfall",
]
