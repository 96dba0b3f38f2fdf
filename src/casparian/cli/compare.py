"""`casparian compare`: one run from two systems, value by value."""

from __future__ import annotations

from typing import Any

import click

from casparian.cli.desk import Desk, command
from casparian.cli.show import many, say, table

ON_SCREEN = 40
WHAT = ("measurements",)
SHOWN = {
    "different": ("differ", "only_left", "only_right"),
    "differ": ("differ",),
    "missing": ("only_left", "only_right"),
    "agree": ("agree",),
    "all": ("agree", "differ", "only_left", "only_right"),
}


@command("""
    casparian compare measurements qif cmm                         the same run in QIF and Excel
    casparian compare measurements Box.QIF Box.xlsx --tolerance 0.0005
    casparian compare measurements qif aqdef --show all --limit 0 --json
""")
@click.argument("what", type=click.Choice(WHAT))
@click.argument("left")
@click.argument("right")
@click.option("--part", help="Only measurements of this part number.")
@click.option(
    "--tolerance",
    type=click.FloatRange(min=0),
    default=1e-6,
    show_default=True,
    help="Largest difference at which two values agree.",
)
@click.option(
    "--show",
    "shown",
    type=click.Choice(tuple(SHOWN)),
    default="different",
    show_default=True,
    help="Which rows to list.",
)
@click.option(
    "--limit", type=click.IntRange(min=0), default=ON_SCREEN, help="Rows to list; 0 for all."
)
def compare(
    desk: Desk,
    what: str,
    left: str,
    right: str,
    part: str | None,
    tolerance: float,
    shown: str,
    limit: int,
) -> None:
    """Compare the measurements of two exports of one run.

    LEFT and RIGHT are formats (cmm, qif, aqdef) or pieces of file names. Measurements pair by
    feature and serial number; where a side has no serial number, by the part's place in the run.
    """
    from casparian.lake.compare import compare as compared

    found = compared(desk.lake, left, right, part=part, tolerance=tolerance)
    rows = [row for row in found.rows.to_pylist() if _wanted(row, shown)]
    listed = rows[:limit] if limit else rows
    data = {"left_side": left, "right_side": right, "tolerance": tolerance}
    data |= found.summary | {"rows": listed}
    desk.answer(data, lambda: _show(data, len(rows)))


def _wanted(row: dict[str, Any], shown: str) -> bool:
    """A verdict that differs is a difference, also where the values agree."""
    return row["status"] in SHOWN[shown] or (shown != "agree" and row["verdict"] == "differs")


def _show(data: dict[str, Any], count: int) -> None:
    if data["rows"]:
        columns = ("status", "feature", "serial", data["left_side"], data["right_side"],
                   "difference", "verdicts", "paired by")  # fmt: skip
        lines = [
            (r["status"].replace("_", " "), r["feature"], r["serial"] or f"#{r['sample']}",
             _number(r["left_actual"]), _number(r["right_actual"]), _number(r["difference"]),
             _verdicts(r), r["paired_by"])
            for r in data["rows"]
        ]  # fmt: skip
        table(columns, lines, right=columns[3:6])
    if count > len(data["rows"]):
        say(f"The first {len(data['rows'])} of {count:,} rows; --limit 0 lists all.")
    by = f"{data['paired_by_serial']:,} by serial, {data['paired_by_sample']:,} by place in the run"
    say(
        f"{many(data['pairs'], 'pair')} ({by}): {data['agree']:,} agree within "
        f"{data['tolerance']:g}, {data['differ']:,} differ."
    )
    say(
        f"Only in {data['left_side']}: {data['only_left']:,}; only in {data['right_side']}: "
        f"{data['only_right']:,}. Values that both hold, wherever: {data['values_in_common']:,}."
    )
    say(
        f"Verdicts that differ: {data['verdicts_differ']:,}. Stated against the file's own limits: "
        f"{data['left_against_limits']:,} in {data['left_side']}, "
        f"{data['right_against_limits']:,} in {data['right_side']}."
    )


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"


def _verdicts(row: dict[str, Any]) -> str:
    sides = (row[f"{side}_stated"] or _passed(row[f"{side}_pass"]) for side in ("left", "right"))
    left, right = sides
    return f"{left} / {right}" if row["verdict"] == "differs" else left if left == right else ""


def _passed(value: bool | None) -> str:
    return "" if value is None else "within limits" if value else "out of limits"
