"""`casparian chart oee`: OEE of a line by day or shift, with its losses and its machines."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from casparian.cli.chart.out import choose, out_options, written
from casparian.cli.desk import Desk, command

if TYPE_CHECKING:
    from casparian.charts.chart import Chart
    from casparian.kpi.oee import Elements

MARTS = {"day": "gold_production.fct_oee_day", "shift": "gold_production.fct_oee_shift"}
MACHINES = "gold_production.fct_oee_machine_shift"
ELEMENTS = ("pbt_s", "apt_s", "pri_pq_s", "pq", "gq")
NO_MARTS = "OEE is a mart, and this lake has none yet: build the marts with dbt first"


@command("""
    casparian chart oee                          the lines of the lake
    casparian chart oee --line HAM-MC1
    casparian chart oee --line HAM-MC1 --by shift --out oee.svg
""")
@click.option("--line", metavar="ID", help="Production line.")
@click.option("--by", type=click.Choice(list(MARTS)), default="day", show_default=True,
              help="One bar a day or a shift.")  # fmt: skip
@out_options
def oee(desk: Desk, line: str | None, by: str, out: Path | None, show: bool, **asked: Any) -> None:
    """Draw OEE by day or shift: bars with the three factors, the losses, machines by day.

    Reads the marts in gold, which dbt builds. Ratios come from added time elements.
    """
    from casparian.cli.chart.measured import quoted
    from casparian.lake.query import Query, UnknownTableError

    with Query(desk.lake) as ask:
        try:
            lines = ask(
                f"SELECT line_id, count(*) AS days FROM {MARTS['day']} GROUP BY 1 ORDER BY 1"
            ).to_pylist()
            chosen = choose(desk, lines, {"line_id": line}, "line")
            if chosen is None:
                return
            same = f"line_id = {quoted(chosen['line_id'])}"
            order = "shift_date" if by == "day" else "shift_date, shift"
            rows = ask(f"SELECT * FROM {MARTS[by]} WHERE {same} ORDER BY {order}").to_pylist()
            machines = ask(f"SELECT * FROM {MACHINES} WHERE {same} ORDER BY shift_date").to_pylist()
        except UnknownTableError:
            desk.fail(f"{NO_MARTS}.")
            return
    title = asked["title"] or str(chosen["line_id"])
    written(desk, lambda: _chart(title, rows, machines, by), "oee", out, show)


def _chart(
    title: str, rows: list[dict[str, Any]], machines: list[dict[str, Any]], by: str
) -> Chart:
    from casparian.charts.effectiveness import oee_chart

    names = [_name(row, by) for row in rows]
    missing = [row["missing"] or "" for row in rows]
    return oee_chart(names, _elements(rows), _by_machine(machines, by), title, missing)


def _by_machine(rows: list[dict[str, Any]], by: str) -> dict[str, tuple[list[str], Elements]]:
    """The days (or shifts) of each machine with their elements added up."""
    from casparian.kpi.oee import add_up

    found = {}
    for machine in sorted({row["machine_id"] for row in rows}):
        own = [row for row in rows if row["machine_id"] == machine]
        names, elements = add_up(_elements(own), [_name(row, by) for row in own])
        found[str(machine)] = (names.tolist(), elements)
    return found


def _name(row: dict[str, Any], by: str) -> str:
    day = row["shift_date"].isoformat()
    return day if by == "day" else f"{day} {row['shift'] or ''}".strip()


def _elements(rows: list[dict[str, Any]]) -> Elements:
    import numpy as np

    from casparian.kpi.oee import Elements

    columns = (
        np.array([np.nan if row[name] is None else float(row[name]) for row in rows])
        for name in ELEMENTS
    )
    return Elements(*columns)
