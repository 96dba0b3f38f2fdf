"""`casparian chart pareto`: downtime or defects by what they are, or anything a file counts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from casparian.cli.chart.out import file_argument, needs_file, out_options, written
from casparian.cli.desk import Desk, command

if TYPE_CHECKING:
    from casparian.charts.chart import Chart

STOPS, DEFECTS = "silver_equipment.downtime_events", "silver_quality.defects"
BY = {
    "downtime": ("reason", "reason_code", "category", "machine_id", "line_id", "shift",
                 "product_id"),
    "defects": ("defect", "defect_code", "part_number", "machine_id", "line_id", "shift",
                "station", "severity", "cause", "location"),
}  # fmt: skip
EVERY_BY = tuple(dict.fromkeys(name for names in BY.values() for name in names))


@command("""
    casparian chart pareto                                   downtime of all lines, by reason
    casparian chart pareto --line HAM-MC1 --by category
    casparian chart pareto --count                           by how often, not by how long
    casparian chart pareto --of defects --part P-100
    casparian chart pareto defects.csv --label defect --weight pieces --out defects.svg
""")
@file_argument
@click.option("--of", "of", type=click.Choice(list(BY)), default="downtime", show_default=True,
              help="What of the lake.")  # fmt: skip
@click.option("--line", metavar="ID", help="Only this line.")
@click.option("--machine", metavar="ID", help="Only this machine.")
@click.option("--part", metavar="NUMBER", help="Only defects of this part number.")
@click.option("--by", type=click.Choice(EVERY_BY), help="What they are added up by.  "
              "[default: reason, defect]")  # fmt: skip
@click.option("--count", "by_count", is_flag=True,
              help="How many stops or findings, not how long or how many defects.")  # fmt: skip
@click.option("--most", type=click.IntRange(min=2), default=15, show_default=True,
              help="Most bars; the rest is one.")  # fmt: skip
@click.option("--label", metavar="COLUMN", help="Column of a FILE with the categories.")
@click.option("--weight", metavar="COLUMN", help="Column with how much each row counts.")
@click.option("--seconds", is_flag=True, help="The weight is a duration in seconds.")
@out_options
def pareto(desk: Desk, file: Path | None, out: Path | None, show: bool, **asked: Any) -> None:
    """Draw a Pareto chart: the largest first, with their running share and the line of 80 %.

    From the lake it is of downtime or of defects; a stop that is still open counts until the log's
    last instant.
    """
    needs_file(file, {name: asked[name] for name in ("label", "weight", "seconds")})
    if file is not None:
        written(desk, lambda: _of_file(file, asked), "pareto", out, show)
        return
    asked["by"] = asked["by"] or BY[asked["of"]][0]
    if asked["by"] not in BY[asked["of"]]:
        raise click.UsageError(f"{asked['of'].capitalize()} are by {', '.join(BY[asked['of']])}.")
    only = {"line_id": asked["line"], "machine_id": asked["machine"]}
    if asked["of"] == "defects":
        rows = _rows(desk, DEFECTS, "defect log", only | {"part_number": asked["part"]})
    else:
        rows = _rows(desk, STOPS, "downtime log", only)
    where = " ".join(filter(None, (asked["part"], asked["machine"] or asked["line"])))
    draw = _of_defects if asked["of"] == "defects" else _of_stops
    written(desk, lambda: draw(rows, where or "all lines", asked), "pareto", out, show)


def _rows(desk: Desk, address: str, log: str, only: dict[str, str | None]) -> dict[str, list[Any]]:
    from casparian.cli.chart.measured import quoted
    from casparian.lake.query import Query

    if desk.lake.dataset(address) is None:
        desk.fail(f"The lake has no {address} yet: give a FILE, or land a {log} first.")
    named = {column: name for column, name in only.items() if name}
    tests = [f"{column} = {quoted(name)}" for column, name in named.items()]
    with Query(desk.lake) as ask:
        rows: dict[str, list[Any]] = ask(
            f"SELECT * FROM {address} WHERE {' AND '.join(tests) or 'true'}"
        ).to_pydict()
    if not next(iter(rows.values())):
        desk.fail(f"The {log} has nothing of {' and '.join(named.values()) or 'any line'}.")
    return rows


def _of_stops(rows: dict[str, list[Any]], where: str, asked: dict[str, Any]) -> Chart:
    from casparian.charts.ranking import pareto_chart

    labels = _labels(rows, asked["by"], "reason_code")
    title = asked["title"] or f"Downtime of {where} by {_words(asked['by'])}"
    if asked["by_count"]:
        return pareto_chart(labels, None, False, title, "stops", asked["most"])
    until = max(at for name in ("starts_at", "ends_at") for at in rows[name] if at is not None)
    spans = zip(rows["starts_at"], rows["ends_at"], strict=True)
    lost = [((end or until) - start).total_seconds() for start, end in spans]
    return pareto_chart(labels, lost, True, title, "stops", asked["most"])


def _of_defects(rows: dict[str, list[Any]], where: str, asked: dict[str, Any]) -> Chart:
    from casparian.charts.ranking import pareto_chart

    weights = None if asked["by_count"] else rows["count"]
    what = "findings" if asked["by_count"] else "defects"
    title = asked["title"] or f"Defects of {where} by {_words(asked['by'])}"
    labels = _labels(rows, asked["by"], "defect_code")
    return pareto_chart(labels, weights, False, title, what, asked["most"])


def _labels(rows: dict[str, list[Any]], by: str, code: str) -> list[str]:
    """What each row is counted under; a reason or defect without words by its code."""
    from casparian.kpi.downtime import NOT_GIVEN

    worded = by == code.removesuffix("_code")
    codes = rows[code] if worded and code in rows else [None] * len(rows[by])
    return [str(label or one or NOT_GIVEN) for label, one in zip(rows[by], codes, strict=True)]


def _words(column: str) -> str:
    return column.removesuffix("_id").replace("_", " ")


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
