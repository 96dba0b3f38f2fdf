"""`casparian chart`: what a quality or process engineer puts into a report, as SVG or HTML."""

from __future__ import annotations

import click

from casparian.cli.chart.agreement import agreement
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
  casparian chart alarms journal.csv
  casparian chart causes --part P-100 --feature "Bore diameter"
"""


@click.group(epilog=EXAMPLES)
def chart() -> None:
    """Draw a chart to put into a report.

    From the lake's tables, from an export that a format reads (CMM, QIF, Q-DAS, a gage study, an
    alarm journal), or from any table in a file (CSV, Excel, JSON, Parquet). The name of --out says
    what is written: .svg, or .html, one page that needs nothing else and shows figures under the
    pointer. --json prints the figures behind the chart.
    """


for each in (spc, capability, pareto, grr, agreement, oee, alarms, causes):
    chart.add_command(each)
