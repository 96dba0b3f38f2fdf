"""Control charts: panels with limits, zones, phases, and the rules that points broke."""

from casparian.charts.control.data import XBAR, Broken, ControlChart, Panel
from casparian.charts.control.draw import control_chart

__all__ = ["XBAR", "Broken", "ControlChart", "Panel", "control_chart"]
