"""`casparian chart`: control charts, capability, Paretos, gage studies and OEE as SVG or HTML."""

from __future__ import annotations

import click

from casparian.cli.chart.alarms import alarms
from casparian.cli.chart.capability import capability
from casparian.cli.chart.causes import causes
from casparian.cli.chart.grr import grr
from casparian.cli.chart.oee import oee
from casparian.cli.chart.pareto import pareto
from casparian.cli.chart.spc import spc

EXAMPLES = """\b
Examples:
  casparian chart spc                                        what can be charted
  casparian chart spc --part P-100 --feature "Bore diameter"
  casparian chart spc rings.csv --value diameter --subgroup sample --out rings.svg
  casparian chart capability rings.csv --value diameter --size 5 --lsl 73.95 --usl 74.05
  casparian chart pareto --line HAM-MC1
"""


@click.group(epilog=EXAMPLES)
def chart() -> None:
    """Draw a chart to put into a report.

    From the lake's silver tables, or straight from a file with a table in it (CSV, Excel, JSON,
    Parquet). The name of --out says what is written: .svg, or .html, one page that needs nothing
    else and shows figures under the pointer. --json prints the figures behind the chart.
    """


for each in (spc, capability, pareto, grr, oee, alarms, causes):
    chart.add_command(each)
