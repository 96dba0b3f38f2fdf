"""`casparian chart capability`: a capability study of a feature."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from casparian.cli.chart.out import file_argument, needs_file, out_options, written
from casparian.cli.desk import Desk, command

if TYPE_CHECKING:
    from casparian.charts.chart import Chart


@command("""
    casparian chart capability --part P-100 --feature "Bore diameter"
    casparian chart capability rings.csv --value diameter --size 5 --lsl 73.95 --usl 74.05
    casparian chart capability flatness.csv --value flatness --usl 0.05 --out flatness.svg
""")
@file_argument
@click.option("--part", metavar="NUMBER", help="Part number in the lake.")
@click.option("--feature", metavar="NAME", help="Feature of the part.")
@click.option("--machine", metavar="ID", help="Machine that made it.")
@click.option("--format", "source", metavar="NAME", help="cmm, qif or aqdef, where several fit.")
@click.option("--value", metavar="COLUMN", help="Column of a FILE with the measurements.")
@click.option("--subgroup", metavar="COLUMN", help="Column that says which values belong together.")
@click.option("--size", type=click.IntRange(min=1), help="So many values in a row are a subgroup.")
@click.option("--lsl", type=float, help="Lower specification limit.  [default: the lake's]")
@click.option("--usl", type=float, help="Upper specification limit.  [default: the lake's]")
@click.option(
    "--distribution", type=click.Choice(["normal", "lognormal", "weibull", "empirical"]),
    default="normal", show_default=True, help="Pp and Ppk also by the percentiles of this one.",
)  # fmt: skip
@click.option("--target", type=float, help="Target of Cpm.")
@out_options
def capability(
    desk: Desk, file: Path | None, part: str | None, feature: str | None, machine: str | None,
    source: str | None, out: Path | None, show: bool, **asked: Any,
) -> None:  # fmt: skip
    """Draw a capability study: histogram, limits, probability plot, indices with intervals, ppm.

    Cp and Cpk use the spread within subgroups, Pp and Ppk that of all values.
    """
    from casparian.cli.chart.measured import Wanted, at_hand

    columns = {name: asked[name] for name in ("value", "subgroup")}
    needs_file(file, columns)
    landed, found = at_hand(desk, file, Wanted(part, feature, machine, source), columns)
    if found is not None:
        written(desk, lambda: _of_lake(found, asked), "capability", out, show)
    elif file is not None and not landed:
        written(desk, lambda: _of_file(file, asked), "capability", out, show)


def _of_lake(found: Any, asked: dict[str, Any]) -> Chart:
    from casparian.charts.capability import capability_chart

    lsl, usl = (
        mine if asked[side] is None else asked[side]
        for side, mine in (("lsl", found.lsl), ("usl", found.usl))
    )  # fmt: skip
    size = asked["size"]
    return capability_chart(
        found.values, lsl, usl, asked["target"], None if size else found.subgroup, size,
        asked["distribution"], asked["title"] or found.title, asked["unit"] or found.unit,
    )  # fmt: skip


def _of_file(path: Path, asked: dict[str, Any]) -> Chart:
    from casparian.charts.capability import capability_chart
    from casparian.cli.chart.file import read, sortable

    columns = read(path)
    value = columns.find(asked["value"] or columns.only_number(), "value")
    labels = columns.labels(asked["subgroup"], "subgroup") if asked["subgroup"] else None
    return capability_chart(
        columns.numbers(value, "value"), asked["lsl"], asked["usl"], asked["target"],
        None if labels is None else sortable(labels), asked["size"],
        asked["distribution"], asked["title"] or f"{value} of {path.stem}", asked["unit"],
    )  # fmt: skip
