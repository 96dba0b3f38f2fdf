"""`casparian chart spc`: control charts of measurements and counts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from casparian.cli.chart.out import file_argument, needs_file, out_options, written
from casparian.cli.desk import Desk, command

if TYPE_CHECKING:
    from casparian.charts.chart import Chart
    from casparian.cli.chart.measured import Wanted

KINDS = ("xbar-r", "xbar-s", "i-mr", "ewma", "cusum", "p", "np", "c", "u", "laney-p", "laney-u")
OF_COUNTS = KINDS[5:]


def _rules(ctx: click.Context, option: click.Parameter, given: str) -> str:
    from casparian.charts.rules import chosen

    try:
        chosen(given)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error
    return given


def _baseline(
    ctx: click.Context, option: click.Parameter, given: str | None
) -> int | tuple[int, int] | None:
    if given is None:
        return None
    ends = given.split("-")
    if len(ends) > 2 or not all(end.strip().isdecimal() and int(end) > 0 for end in ends):
        raise click.BadParameter("give how many subgroups, or the first and the last, as 6-25")
    return (int(ends[0]), int(ends[1])) if len(ends) == 2 else int(ends[0])


@command("""
    casparian chart spc                                      what the lake can chart
    casparian chart spc --part P-100 --feature "Bore diameter" --machine HAM-CNC-01
    casparian chart spc rings.csv --value diameter --subgroup sample --rules both
    casparian chart spc rings.csv --value diameter --size 5 --rules WE1,WE4
    casparian chart spc rings.csv --value diameter --size 5 --baseline 6-25 --out rings.svg
    casparian chart spc cans.csv --value leaking --size-column inspected --kind p
    casparian chart spc --kind u                             what the lake counts
    casparian chart spc --kind u --part P-100 --feature "all defects"
""")
@file_argument
@click.option("--part", metavar="NUMBER", help="Part number in the lake.")
@click.option("--feature", metavar="NAME", help="Feature of the part.")
@click.option("--machine", metavar="ID", help="Machine that made it.")
@click.option("--format", "source", metavar="NAME", help="cmm, qif, aqdef, defects or production.")
@click.option("--value", metavar="COLUMN", help="Column of a FILE with the measurements or counts.")
@click.option("--subgroup", metavar="COLUMN", help="Column that says which values belong together.")
@click.option("--size", type=click.IntRange(min=1), help="So many values in a row are a subgroup.")
@click.option("--size-column", metavar="COLUMN", help="Column with what was inspected, for counts.")
@click.option(
    "--kind", type=click.Choice(KINDS), help="Which chart.  [default: by the size of subgroups]"
)
@click.option(
    "--rules", metavar="RULES", default="western-electric", show_default=True, callback=_rules,
    help="western-electric, nelson, both, none, or some by name, as WE1,WE4,N3.",
)  # fmt: skip
@click.option(
    "--baseline", metavar="N|FROM-TO", callback=_baseline,
    help="Limits from the first N subgroups, or from FROM to TO.  "
    "[default: 20 from the lake, all from a FILE]",
)  # fmt: skip
@out_options
def spc(
    desk: Desk, file: Path | None, part: str | None, feature: str | None, machine: str | None,
    source: str | None, out: Path | None, show: bool, **asked: Any,
) -> None:  # fmt: skip
    """Draw a control chart: X-bar and R, X-bar and S, individuals, p, np, c, u, EWMA, CUSUM.

    Limits, zones and the points that break a rule are marked; a lane below shows where each rule
    is broken. From a FILE, values stand in the order in which they were taken.
    """
    from casparian.cli.chart.measured import Wanted, at_hand
    from casparian.kpi.spc import BASELINE

    columns = {name: asked[name] for name in ("value", "subgroup", "size_column")}
    needs_file(file, columns)
    asked["baseline"] = asked["baseline"] or (BASELINE if file is None else None)
    wanted = Wanted(part, feature, machine, source)
    if asked["kind"] in OF_COUNTS and not any(columns.values()):
        landed = _of_counts(desk, file, wanted, asked, out, show)
    else:
        landed, found = at_hand(desk, file, wanted, columns)
        if found is not None:
            written(desk, lambda: _of_lake(found, asked), "spc", out, show)
    if file is not None and not landed:
        written(desk, lambda: _of_file(file, asked), "spc", out, show)


def _of_counts(
    desk: Desk, file: Path | None, wanted: Wanted, asked: dict[str, Any], out: Path | None,
    show: bool,
) -> bool:  # fmt: skip
    """Draw counts of the lake, or of a FILE of a system that counts; False where it is none."""
    from casparian.charts.counts import count_chart
    from casparian.cli.chart.counted import ATTRIBUTES, DEFECTS, counted
    from casparian.cli.chart.landed import source

    with source(desk, file, ATTRIBUTES, DEFECTS) as read:
        found = None if read is None else counted(read, wanted)
    if found is None:
        return read is not None

    def drawn() -> Chart:
        return count_chart(
            found.counts, found.sizes(asked["kind"]), asked["kind"], asked["rules"],
            asked["baseline"], found.names, asked["title"] or found.title,
        )  # fmt: skip

    written(desk, drawn, "spc", out, show)
    return True


def _of_lake(found: Any, asked: dict[str, Any]) -> Chart:
    from casparian.charts.spc import spc_chart

    size = asked["size"]
    return spc_chart(
        found.values, None if size else found.subgroup, size, asked["kind"], asked["rules"],
        asked["baseline"], asked["title"] or found.title, asked["unit"] or found.unit,
        {} if size else found.times,
    )  # fmt: skip


def _of_file(path: Path, asked: dict[str, Any]) -> Chart:
    from casparian.charts.counts import count_chart
    from casparian.charts.spc import spc_chart
    from casparian.cli.chart.file import read, sortable

    columns = read(path)
    value = columns.find(asked["value"] or columns.only_number(), "value")
    values = columns.numbers(value, "value")
    title = asked["title"] or f"{value} of {path.stem}"
    labels = columns.labels(asked["subgroup"], "subgroup") if asked["subgroup"] else None
    kind, rules, baseline = asked["kind"], asked["rules"], asked["baseline"]
    if kind in OF_COUNTS or asked["size_column"]:
        column = asked["size_column"]
        sizes = columns.numbers(column, "size-column") if column else asked["size"] or 1
        if kind in ("p", "np", "laney-p", None) and not column and not asked["size"]:
            raise ValueError("a share needs what was inspected: give --size-column or --size")
        return count_chart(values, sizes, kind, rules, baseline, labels, title)
    groups = names = None
    if labels is not None:
        groups = sortable(labels)
        names = dict(zip(groups.tolist(), labels, strict=True))
    return spc_chart(
        values, groups, asked["size"], kind, rules, baseline, title, asked["unit"], names=names
    )
