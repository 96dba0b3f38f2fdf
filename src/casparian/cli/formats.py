"""`casparian formats`: what can be read."""

from __future__ import annotations

from typing import Any

from casparian.cli.desk import Desk, command
from casparian.cli.show import table


@command("""
    casparian formats
    casparian formats --json
""")
def formats(desk: Desk) -> None:
    """List what can be read.

    Every format with its version, family, the tables that it fills and its contract.
    """
    from casparian.formats import all_formats

    rows = [_row(each) for each in all_formats().values()]
    shown = ("name", "version", "family", "tables", "summary")
    desk.answer(rows, lambda: table(shown, [[row[name] for name in shown] for row in rows]))


def _row(each: Any) -> dict[str, Any]:
    family = type(each).__module__.removeprefix("casparian.formats.").split(".")[0]
    names = ("name", "version", "contract", "summary")
    return {name: getattr(each, name) for name in names} | {
        "family": family,
        "tables": list(each.tables),
    }
