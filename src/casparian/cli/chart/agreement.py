"""`casparian chart agreement`: an attribute agreement study."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from casparian.cli.chart.grr import studied
from casparian.cli.chart.out import file_argument, needs_file, out_options, written
from casparian.cli.desk import Desk, command

if TYPE_CHECKING:
    from casparian.charts.chart import Chart


@command("""
    casparian chart agreement                                the studies of the lake
    casparian chart agreement --study VIS-2025-003 --bad NOK
    casparian chart agreement ratings.csv --rating decision --standard truth --bad nok
""")
@file_argument
@click.option("--study", metavar="ID", help="Study in the lake.")
@click.option("--characteristic", metavar="NAME", help="What was judged, where it has several.")
@click.option("--part", metavar="COLUMN", help="Column of a FILE.  [default: part]")
@click.option("--appraiser", metavar="COLUMN", help="Column.  [default: appraiser or operator]")
@click.option("--rating", metavar="COLUMN", help="Column.  [default: rating]")
@click.option("--standard", metavar="COLUMN", help="Column.  [default: standard, if there is one]")
@click.option("--bad", metavar="RATING", help="The rating that rejects.  [default: by its word]")
@out_options
def agreement(
    desk: Desk, file: Path | None, study: str | None, characteristic: str | None,
    out: Path | None, show: bool, **asked: Any,
) -> None:  # fmt: skip
    """Draw an attribute agreement study: within appraisers, against the standard, part by part.

    Kappa, effectiveness, miss and false alarm rates with AIAG's guideline. Trials count in the
    order in which they stand.
    """
    columns = {name: asked[name] for name in ("part", "appraiser", "rating", "standard")}
    needs_file(file, columns)
    rows = None if any(columns.values()) else studied(desk, file, study, characteristic, "rating")
    if rows:
        written(desk, lambda: _of_lake(rows, asked), "agreement", out, show)
    elif rows is None and file is not None:
        written(desk, lambda: _of_file(file, asked), "agreement", out, show)


def _of_lake(rows: dict[str, list[Any]], asked: dict[str, Any]) -> Chart:
    title = asked["title"] or f"{rows['study_id'][0]} · {rows['characteristic'][0]}"
    standard = rows["reference_rating"]
    return _chart(
        rows["part"], rows["appraiser"], rows["rating"],
        [label or "" for label in standard] if all(standard) else None, asked["bad"], title,
    )  # fmt: skip


def _of_file(path: Path, asked: dict[str, Any]) -> Chart:
    from casparian.cli.chart.file import read

    columns = read(path)
    known = {name.casefold() for name in columns.table.column_names}
    standard = asked["standard"] or next((n for n in ("standard", "reference") if n in known), None)
    return _chart(
        columns.labels(asked["part"], "part", "part", "part_id"),
        columns.labels(asked["appraiser"], "appraiser", "appraiser", "operator"),
        columns.labels(asked["rating"], "rating", "rating", "decision"),
        columns.labels(standard, "standard") if standard else None,
        asked["bad"], asked["title"] or path.stem,
    )  # fmt: skip


def _chart(
    part: list[str], appraiser: list[str], rating: list[str], standard: list[str] | None,
    bad: str | None, title: str,
) -> Chart:  # fmt: skip
    from casparian.charts.agreement import agreement_chart

    words = sorted({*rating, *(standard or ())})
    if bad is not None and bad not in words:
        raise ValueError(f"nobody judged '{bad}': the ratings are {', '.join(words)}")
    return agreement_chart(part, appraiser, rating, standard, bad or _rejecting(words), title)


def _rejecting(words: list[str]) -> str | None:
    """The one of two ratings that says the part is bad."""
    from casparian.reading.spc import said

    bad = [word for word in words if said(word) is False]
    return bad[0] if len(bad) == 1 and len(words) == 2 else None
