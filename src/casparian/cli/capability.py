"""`casparian capability`: how capable processes are, and whether files state it right."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from casparian.cli.desk import Desk, command
from casparian.cli.show import many, say, table

if TYPE_CHECKING:
    from casparian.lake.capability import Characteristic, Statement

ON_SCREEN = 40
SYSTEMS = ("cmm", "qif", "aqdef")
SIGMAS = (  # lake.capability.METHODS, which is slow to import
    "range", "s", "range_unweighted", "s_unweighted", "pooled", "pooled_unbiased", "moving_range",
    "median_moving_range", "mssd",
)  # fmt: skip
STATUSES = ("agrees", "rounding", "differs", "incomparable")
INDICES = ("cp", "cpk", "pp", "ppk", "cpm")


@command("""
    casparian capability                                  every measured characteristic
    casparian capability --feature bore --sigma pooled --json
    casparian capability --stated                         what files state that does not agree
    casparian capability --stated --show all --limit 0
""")
@click.option("--part", help="Only of this part number.")
@click.option("--feature", help="Only features whose name holds this.")
@click.option("--system", type=click.Choice(SYSTEMS), help="Only of this measuring system.")
@click.option(
    "--sigma", type=click.Choice(SIGMAS),
    help="How to take the sigma within.  [default: as the control chart does]",
)  # fmt: skip
@click.option(
    "--level", type=click.FloatRange(0, 1, min_open=True, max_open=True), default=0.95,
    show_default=True, help="Of the confidence intervals.",
)  # fmt: skip
@click.option(
    "--stated", is_flag=True, help="Compare what files state with what their values give."
)
@click.option(
    "--show", "shown", type=click.Choice(("different", "all", *STATUSES)), default="different",
    show_default=True, help="With --stated, which figures; different: differs or incomparable.",
)  # fmt: skip
@click.option(
    "--limit", type=click.IntRange(min=0), default=ON_SCREEN, help="Rows to list; 0 for all."
)
def capability(
    desk: Desk, part: str | None, feature: str | None, system: str | None, sigma: Any,
    level: float, stated: bool, shown: str, limit: int,
) -> None:  # fmt: skip
    """Capability of measured characteristics: Cp, Cpk, Pp, Ppk and whether the process was stable.

    With --stated: the indices that files declare, each beside its recomputation.
    """
    from casparian.lake import capability as judged

    asked = {"part": part, "feature": feature, "system": system}
    if stated:
        _answer_stated(desk, judged.statements(desk.lake, **asked), shown, limit)
        return
    found = list(judged.characteristics(desk.lake, **asked, method=sigma, level=level))
    listed = found[:limit] if limit else found
    data = {"count": len(found), "characteristics": [_plain(each) for each in listed]}
    desk.answer(data, lambda: _show(listed, len(found)))


def _plain(each: Characteristic) -> dict[str, Any]:
    """Flat: the figures of the study beside whose they are."""
    row = asdict(each)
    study: dict[str, Any] = row.pop("study")
    return row | study | {"stable": each.study.stable}


def _show(listed: list[Characteristic], count: int) -> None:
    if not count:
        say("No measurements match.")
        return
    columns = ("feature", "part", "machine", "system", "n", "sigma by", "Cp", "Cpk", "Pp", "Ppk",
               "Cpm", "ppm", "out", "stable", "normal p")  # fmt: skip
    table(
        columns, [_cells(each) for each in listed], right=(columns[4], *columns[6:13], columns[14])
    )
    if count > len(listed):
        say(f"The first {len(listed)} of {count:,} rows; --limit 0 lists all.")
    lost = Counter(said for each in listed for said in each.study.missing)
    for said, times in lost.most_common():
        say(f"{many(times, 'characteristic')}: {said}.", "dim")
    for each in listed:
        if each.out_of_limits is not None and each.failed != each.out_of_limits:
            say(
                f"{each.feature} ({each.source_format}): the file fails {each.failed:,}, "
                f"{each.out_of_limits:,} are out of limits."
            )


def _cells(each: Characteristic) -> tuple[Any, ...]:
    study = each.study
    stable = "" if study.stable is None else "yes" if study.stable else ", ".join(study.rules or ())
    return (
        each.feature, each.part_number, each.machine_id, each.source_format, study.n, study.method,
        *(_fixed(getattr(study, name)) for name in INDICES), _number(study.ppm_overall.total),
        each.out_of_limits, stable, _fixed(study.normality.p_value),
    )  # fmt: skip


def _fixed(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"


def _answer_stated(desk: Desk, found: list[Statement], shown: str, limit: int) -> None:
    rows = [
        {**asdict(figure), "feature": each.feature, "part_number": each.part_number,
         "source_format": each.source_format, "study": each.study, "source_path": each.source_path}
        for each in found
        for figure in each.figures
    ]  # fmt: skip
    counts = Counter(row["status"] for row in rows)
    wanted = {"different": ("differs", "incomparable"), "all": STATUSES}.get(shown, (shown,))
    chosen = [row for row in rows if row["status"] in wanted]
    listed = chosen[:limit] if limit else chosen
    data: dict[str, Any] = {"statements": len(found), "figures": len(rows)}
    data |= {status: counts[status] for status in STATUSES} | {"rows": listed}
    desk.answer(data, lambda: _show_stated(data, len(chosen)))


def _show_stated(data: dict[str, Any], count: int) -> None:
    if not data["statements"]:
        say("No file in this lake states capability.")
        return
    columns = ("status", "feature", "system", "figure", "stated", "recomputed", "because")
    if data["rows"]:
        lines = [
            (row["status"], row["feature"], row["source_format"], row["figure"],
             _exact(row["stated"]), _number(row["recomputed"]), row["reason"])
            for row in data["rows"]
        ]  # fmt: skip
        table(columns, lines, right=columns[4:6])
    if count > len(data["rows"]):
        say(f"The first {len(data['rows'])} of {count:,} rows; --limit 0 lists all.")
    say(
        f"{many(data['figures'], 'figure')} in {many(data['statements'], 'statement')}: "
        f"{data['agrees']:,} agree to the printed digits, {data['rounding']:,} within what "
        f"rounding does, {data['differs']:,} differ, {data['incomparable']:,} cannot be compared."
    )


def _exact(value: float) -> str:
    return f"{value:.10g}"
