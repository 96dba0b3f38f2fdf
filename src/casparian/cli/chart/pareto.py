"""`casparian chart pareto`: downtime by its reasons, or anything that a file counts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from casparian.cli.chart.out import file_argument, out_options, written
from casparian.cli.desk import Desk, command

if TYPE_CHECKING:
    from casparian.charts.chart import Chart

ADDRESS = "silver_equipment.downtime_events"
BY = ("reason", "reason_code", "category", "machine_id", "line_id", "shift", "product_id")


@command("""
    casparian chart pareto                                   downtime of all lines, by reason
    casparian chart pareto --line HAM-MC1 --by category
    casparian chart pareto --count                           by how often, not by how long
    casparian chart pareto defects.csv --label defect --weight pieces --out defects.svg
""")
@file_argument
@click.option("--line", metavar="ID", help="Only this line.")
@click.option("--machine", metavar="ID", help="Only this machine.")
@click.option("--by", type=click.Choice(BY), default="reason", show_default=True,
              help="What stops are added up by.")  # fmt: skip
@click.option("--count", "by_count", is_flag=True, help="How often instead of how long.")
@click.option("--most", type=click.IntRange(min=2), default=15, show_default=True,
              help="Most bars; the rest is one.")  # fmt: skip
@click.option("--label", metavar="COLUMN", help="Column of a FILE with the categories.")
@click.option("--weight", metavar="COLUMN", help="Column with how much each row counts.")
@click.option("--seconds", is_flag=True, help="The weight is a duration in seconds.")
@out_options
def pareto(
    desk: Desk, file: Path | None, line: str | None, machine: str | None, out: Path | None,
    show: bool, **asked: Any,
) -> None:  # fmt: skip
    """Draw a Pareto chart: the largest first, with their running share and the line of 80 %.

    From the lake it is of downtime; a stop that is still open counts until the log's last instant.
    """
    if file is not None:
        written(desk, lambda: _of_file(file, asked), "pareto", out, show)
        return
    rows = _rows(desk, line, machine)
    if rows is not None:
        where = machine or line or "all lines"
        written(desk, lambda: _of_lake(rows, where, asked), "pareto", out, show)


def _rows(desk: Desk, line: str | None, machine: str | None) -> dict[str, list[Any]] | None:
    from casparian.cli.chart.measured import quoted
    from casparian.lake.query import Query

    if desk.lake.dataset(ADDRESS) is None:
        desk.fail(f"The lake has no {ADDRESS} yet: give a FILE, or land a downtime log first.")
        return None
    tests = [
        f"{column} = {quoted(name)}"
        for column, name in (("line_id", line), ("machine_id", machine))
        if name
    ]
    with Query(desk.lake) as ask:
        rows: dict[str, list[Any]] = ask(
            f"SELECT *, greatest(max(ends_at) OVER (), max(starts_at) OVER ()) AS until "
            f"FROM {ADDRESS} WHERE {' AND '.join(tests) or 'true'}"
        ).to_pydict()
    if not rows["starts_at"]:
        desk.fail(f"No stop was logged for {machine or line or 'any line'}.")
    return rows


def _of_lake(rows: dict[str, list[Any]], where: str, asked: dict[str, Any]) -> Chart:
    from casparian.charts.ranking import pareto_chart
    from casparian.kpi.downtime import NOT_GIVEN

    codes = rows.get("reason_code") or [None] * len(rows["starts_at"])
    labels = [
        str(label or code or NOT_GIVEN)
        for label, code in zip(rows[asked["by"]], codes, strict=True)
    ]
    ends = zip(rows["starts_at"], rows["ends_at"], rows["until"], strict=True)
    lost = [((end or until) - start).total_seconds() for start, end, until in ends]
    by = asked["by"].removesuffix("_id").replace("_", " ")
    title = asked["title"] or f"Downtime of {where} by {by}"
    if asked["by_count"]:
        return pareto_chart(labels, None, False, title, "stops", asked["most"])
    return pareto_chart(labels, lost, True, title, "stops", asked["most"])


def _of_file(path: Path, asked: dict[str, Any]) -> Chart:
    from casparian.charts.ranking import pareto_chart
    from casparian.cli.chart.file import read

    columns = read(path)
    label = columns.find(asked["label"], "label")
    weight = columns.filled_numbers(asked["weight"], "weight") if asked["weight"] else None
    what = asked["unit"] or (asked["weight"] or "entries").replace("_", " ")
    title = asked["title"] or f"{label} of {path.stem}"
    names = [name or "not given" for name in columns.labels(label, "label")]
    return pareto_chart(names, weight, asked["seconds"], title, what, asked["most"])
