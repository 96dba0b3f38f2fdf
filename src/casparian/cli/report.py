"""`casparian report`: OEE, downtime, control charts and quarantine, on the screen and as a page."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from casparian.cli.desk import Desk, command
from casparian.cli.show import console, say


@command("""
    casparian report --out report.html
    casparian report --lake s3://plant/lake --out report.html
""")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="HTML file to write.",
)
def report(desk: Desk, out: Path) -> None:
    """Summary on the screen, charts as a page.

    Prints OEE, control-chart violations, quarantine and books, and writes one HTML page with the
    charts to OUT.
    """
    from casparian.lake.query import Query
    from casparian.report import print_summary, write_report

    with Query(desk.lake) as query:
        data = write_report(query, out)

    def show() -> None:
        print_summary(data, console())
        say(f"The page with the charts: {out}")

    desk.answer(asdict(data) | {"out": str(out)}, show)
