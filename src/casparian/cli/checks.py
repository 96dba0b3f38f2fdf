"""`casparian checks`: what the last check of every table found, what failed first."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from casparian.cli.desk import Desk, command
from casparian.cli.show import many, moment, say, table

if TYPE_CHECKING:
    from casparian.lake.checks import Check

SHOWN = 3  # odd values of an expectation


@command("""
    casparian checks                                 what failed, table by table
    casparian checks silver_equipment.alarms --every all that was asked of one table
    casparian query "FROM ops.expectations WHERE NOT success"    its whole history
""")
@click.argument("tables", nargs=-1)
@click.option("--every", is_flag=True, help="Also what holds, or could not be asked.")
def checks(desk: Desk, tables: tuple[str, ...], every: bool) -> None:
    """Show what the last check of each table found.

    Checks are run by `python -m spark_jobs.check_tables`, before the marts are built and after.
    """
    from casparian.lake.checks import last_checks
    from casparian.lake.explain import resolve

    found = last_checks(desk.lake, [resolve(desk.lake, name) for name in tables])
    shown = [each for each in found if every or each.success is False]
    desk.answer(_data(found, shown), lambda: _show(found, shown))


def _data(found: list[Check], shown: list[Check]) -> dict[str, Any]:
    return {
        "tables": len({each.address for each in found}),
        "expectations": len(found),
        "critical": sum(each.stops for each in found),
        "warnings": sum(each.success is False and not each.stops for each in found),
        "not_asked": sum(each.success is None for each in found),
        "data_docs": _pages(found),
        "results": [asdict(each) for each in shown],
    }


def _pages(found: list[Check]) -> str | None:
    """Where the pages of the newest check lie."""
    newest = max(found, key=lambda each: each.checked_at, default=None)
    return f"{Path(newest.data_docs) / 'index.html'}" if newest and newest.data_docs else None


def _show(found: list[Check], shown: list[Check]) -> None:
    if not found:
        say("No table was checked yet: python -m spark_jobs.check_tables --layer silver does.")
        return
    if shown:
        heads = ("table", "expectation", "of", "severity", "rows", "found", "checked")
        table(heads, [_line(each) for each in shown], right=("rows",))
    for each in shown:
        if each.unexpected and each.first_row:
            say(f"{each.meaning}", "italic")
            say(f'  casparian explain {each.address} --where "{each.first_row}"')
    say(_sum(found))
    if pages := _pages(found):
        say(f"Data docs: {pages}")


def _line(each: Check) -> tuple[Any, ...]:
    state = each.severity if each.success is False else "holds" if each.success else "not asked"
    of = each.columns if each.expectation != "columns" else ""
    rows = f"{each.unexpected:,} of {each.evaluated:,}" if each.unexpected is not None else ""
    at = moment(each.checked_at.replace(microsecond=0))
    return each.address, each.expectation, of, state, rows, _some(each.found), at


def _some(found: str | None) -> str:
    """The first of the odd values; --json has all that were kept."""
    values = (found or "").split(", ")
    more = f" and {len(values) - SHOWN} more" if len(values) > SHOWN else ""
    return ", ".join(value[:40] for value in values[:SHOWN]) + more


def _sum(found: list[Check]) -> str:
    data = _data(found, [])
    told = f"{many(data['expectations'], 'expectation')} of {many(data['tables'], 'table')}"
    words = f"{told}: {data['critical']:,} critical failed, {many(data['warnings'], 'warning')}"
    return f"{words}, {data['not_asked']:,} not asked." if data["not_asked"] else f"{words}."
