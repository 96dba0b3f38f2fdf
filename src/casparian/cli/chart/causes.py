"""`casparian chart causes`: which process value moved with a measured feature."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from casparian.cli.chart.out import choose, file_argument, out_options, written
from casparian.cli.desk import Desk, command

if TYPE_CHECKING:
    from casparian.charts.chart import Chart
    from casparian.lake.query import Query

ADDRESS = "gold_quality.fct_quality_by_process"
KEY = ("part_number", "feature", "machine_id", "source_format")


@command("""
    casparian chart causes                                   the features of the lake
    casparian chart causes --part P-100 --feature "Bore diameter"
    casparian chart causes runs.csv --value diameter --with coolant --with speed
    casparian chart causes runs.csv --value diameter --json
""")
@file_argument
@click.option("--part", metavar="NUMBER", help="Part number in the lake.")
@click.option("--feature", metavar="NAME", help="Feature of the part.")
@click.option("--machine", metavar="ID", help="Machine that made it.")
@click.option("--format", "source", metavar="NAME", help="cmm, qif or aqdef, where several fit.")
@click.option("--value", metavar="COLUMN", help="Column of a FILE with what was measured.")
@click.option("--with", "beside", metavar="COLUMN", multiple=True,
              help="Column of process values.  [default: all others with numbers]")  # fmt: skip
@click.option("--most", type=click.IntRange(min=1), default=12, show_default=True,
              help="Process values that are listed.")  # fmt: skip
@out_options
def causes(
    desk: Desk, file: Path | None, part: str | None, feature: str | None, machine: str | None,
    source: str | None, out: Path | None, show: bool, **asked: Any,
) -> None:  # fmt: skip
    """Draw what moved with a measured feature: its change, the process values, ranked.

    From the lake: the historian's tags while each part was made, which a mart holds. A FILE has a
    row a part, in the order of time.
    """
    if file is not None:
        written(desk, lambda: _of_file(file, asked), "causes", out, show)
        return
    named = {"part_number": part, "feature": feature, "machine_id": machine}
    found = _rows(desk, named | {"source_format": source})
    if found is not None:
        written(desk, lambda: _of_lake(found, asked), "causes", out, show)


def _rows(desk: Desk, named: dict[str, str | None]) -> dict[str, list[Any]] | None:
    from casparian.cli.chart.measured import quoted
    from casparian.lake.query import Query

    mart = desk.lake.dataset(ADDRESS)
    if mart is None:
        desk.fail(
            f"The lake has no {ADDRESS} yet: give a FILE, or build it with "
            "`python -m spark_jobs.build_marts --select +fct_quality_by_process`."
        )
        return None
    own = [name for name in KEY if name in mart.schema.names]
    keys = ", ".join(own)
    with Query(desk.lake) as ask:
        there = ask(
            f"SELECT {keys}, count(DISTINCT measurement) AS parts, count(DISTINCT tag_name) "
            f"AS tags FROM {ADDRESS} WHERE actual IS NOT NULL AND measured_at IS NOT NULL "
            f"AND machine_id IS NOT NULL AND tag_name IS NOT NULL GROUP BY {keys} ORDER BY {keys}"
        ).to_pylist()
        named = {name: named[name] for name in own}
        chosen = choose(desk, there, named, "feature with process values")
        if chosen is None:
            return None
        same = " AND ".join(f"{name} IS NOT DISTINCT FROM {quoted(chosen[name])}" for name in own)
        rows: dict[str, list[Any]] = ask(
            "SELECT *, dense_rank() OVER (ORDER BY measured_at, measurement) - 1 AS place "
            f"FROM {ADDRESS} WHERE {same} AND actual IS NOT NULL AND measured_at IS NOT NULL "
            "AND tag_name IS NOT NULL"
        ).to_pydict()
        rows["unit"] = [_unit(ask, desk, chosen)]
        return rows


def _unit(ask: Query, desk: Desk, chosen: Mapping[str, Any]) -> str:
    """The mart has the units of tags; that of the feature stands with its measurements."""
    from casparian.cli.chart.measured import ADDRESS as MEASURED
    from casparian.cli.chart.measured import quoted

    if desk.lake.dataset(MEASURED) is None:
        return ""
    same = " AND ".join(f"{name} = {quoted(value)}" for name, value in chosen.items()
                        if name in KEY)  # fmt: skip
    (row,) = ask(f"SELECT any_value(units) AS unit FROM {MEASURED} WHERE {same}").to_pylist()
    return row["unit"] or ""


def _of_lake(rows: dict[str, list[Any]], asked: dict[str, Any]) -> Chart:
    import numpy as np

    from casparian.charts.causes import cause_chart

    tags = sorted(set(rows["tag_name"]))
    column = {tag: i for i, tag in enumerate(tags)}
    units = dict(zip(rows["tag_name"], rows["tag_units"], strict=True))
    parts = max(rows["place"]) + 1
    process, feature = np.full((parts, len(tags)), np.nan), np.full(parts, np.nan)
    times: list[Any] = [None] * parts
    columns = (rows[name] for name in ("place", "tag_name", "value_mean", "actual", "measured_at"))
    for place, tag, mean, actual, moment in zip(*columns, strict=True):
        process[place, column[tag]] = np.nan if mean is None else mean
        feature[place], times[place] = actual, moment
    title = f"{rows['part_number'][0]} · {rows['feature'][0]} on {rows['machine_id'][0]}"
    return cause_chart(
        feature, process, tags, [units[tag] or "" for tag in tags], asked["title"] or title,
        asked["unit"] or rows["unit"][0], times, asked["most"],
    )  # fmt: skip


def _of_file(path: Path, asked: dict[str, Any]) -> Chart:
    import numpy as np

    from casparian.charts.causes import cause_chart
    from casparian.cli.chart.file import read

    columns = read(path)
    value = columns.find(asked["value"], "value")
    names = [columns.find(name, "with") for name in asked["beside"]]
    names = names or [name for name in columns.with_numbers() if name != value]
    if not names:
        raise ValueError(f"{path.name} has no column of numbers beside {value}")
    return cause_chart(
        columns.numbers(value, "value"),
        np.column_stack([columns.numbers(name, "with") for name in names]),
        names, (), asked["title"] or f"{value} of {path.stem}", asked["unit"], (), asked["most"],
    )  # fmt: skip
