"""`casparian chart grr`: a gage study."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from casparian.cli.chart.out import choose, file_argument, needs_file, out_options, written
from casparian.cli.desk import Desk, command

if TYPE_CHECKING:
    from casparian.charts.chart import Chart

ADDRESS = "silver_quality.msa_measurements"


@command("""
    casparian chart grr                                      the studies of the lake
    casparian chart grr --study GRR-2025-017
    casparian chart grr study.csv --part part --appraiser operator --value mm --tolerance 0.1
    casparian chart grr aiag-form.xlsx --method average-range --out study.svg
""")
@file_argument
@click.option("--study", metavar="ID", help="Study in the lake.")
@click.option("--characteristic", metavar="NAME", help="What was measured, where it has several.")
@click.option("--part", metavar="COLUMN", help="Column of a FILE.  [default: part]")
@click.option("--appraiser", metavar="COLUMN", help="Column.  [default: appraiser or operator]")
@click.option("--value", metavar="COLUMN", help="Column.  [default: value]")
@click.option(
    "--tolerance",
    type=click.FloatRange(0, min_open=True),
    help="Width of the specification.  [default: the lake's]",
)
@click.option(
    "--method", type=click.Choice(["anova", "average-range"]), default="anova", show_default=True,
    help="How the components are taken apart.",
)  # fmt: skip
@out_options
def grr(
    desk: Desk, file: Path | None, study: str | None, characteristic: str | None,
    out: Path | None, show: bool, **asked: Any,
) -> None:  # fmt: skip
    """Draw a gage R&R study: components, range and mean charts, parts, appraisers, interaction.

    Every appraiser measures every part equally often; a study with holes is refused.
    """
    columns = {name: asked[name] for name in ("part", "appraiser", "value")}
    needs_file(file, columns)
    rows = None if any(columns.values()) else studied(desk, file, study, characteristic, "value")
    if rows:
        written(desk, lambda: _of_lake(rows, asked), "grr", out, show)
    elif rows is None and file is not None:
        written(desk, lambda: _of_file(file, asked), "grr", out, show)


def studied(
    desk: Desk, file: Path | None, study: str | None, characteristic: str | None, column: str
) -> dict[str, list[Any]] | None:
    """Rows of the study that fits, of those that have the column: a value or a rating.

    Empty after a list where several are there and none was named. None for a FILE that no format
    of gage studies reads: it may still be a table.
    """
    from casparian.cli.chart.landed import source

    with source(desk, file, ADDRESS) as read:
        return None if read is None else _rows(read, study, characteristic, column)


def _rows(
    desk: Desk, study: str | None, characteristic: str | None, column: str
) -> dict[str, list[Any]]:
    from casparian.cli.chart.measured import quoted
    from casparian.lake.query import Query

    if desk.lake.dataset(ADDRESS) is None:
        desk.fail(f"The lake has no {ADDRESS} yet: give a FILE, or land a gage study first.")
    with Query(desk.lake) as ask:
        found = ask(
            f"SELECT study_id, characteristic, count({column}) AS {column}s FROM {ADDRESS} "
            f"WHERE {column} IS NOT NULL GROUP BY ALL ORDER BY ALL"
        ).to_pylist()
        named = {"study_id": study, "characteristic": characteristic}
        chosen = choose(desk, found, named, f"gage study with {column}s")
        if chosen is None:
            return {}
        same = " AND ".join(f"{name} = {quoted(chosen[name])}" for name in named)
        rows: dict[str, list[Any]] = ask(
            f"SELECT * FROM {ADDRESS} WHERE {column} IS NOT NULL AND {same} "
            "ORDER BY part, appraiser, try_cast(trial AS INTEGER), trial"
        ).to_pydict()
        return rows


def _of_lake(rows: dict[str, list[Any]], asked: dict[str, Any]) -> Chart:
    from casparian.charts.grr import grr_chart

    widths = [width for width in rows["tolerance"] if width is not None]
    units = [unit for unit in rows["units"] if unit]
    title = asked["title"] or f"{rows['study_id'][0]} · {rows['characteristic'][0]}"
    return grr_chart(
        rows["part"], rows["appraiser"], rows["value"],
        asked["tolerance"] if asked["tolerance"] is not None else (widths[0] if widths else None),
        asked["method"], title, asked["unit"] or (units[0] if units else ""),
    )  # fmt: skip


def _of_file(path: Path, asked: dict[str, Any]) -> Chart:
    from casparian.charts.grr import grr_chart
    from casparian.cli.chart.file import read

    columns = read(path)
    return grr_chart(
        columns.labels(asked["part"], "part", "part", "part_id"),
        columns.labels(asked["appraiser"], "appraiser", "appraiser", "operator"),
        columns.numbers(asked["value"], "value", "value", "measurement"),
        asked["tolerance"], asked["method"], asked["title"] or path.stem, asked["unit"],
    )  # fmt: skip
