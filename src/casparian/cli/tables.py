"""`casparian tables`: what the lake holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from casparian.cli.desk import Desk, command
from casparian.cli.show import many, say, size, table


@command("""
    casparian tables                                      every table with its rows
    casparian tables silver_equipment.historian_values    its columns, units and meaning
""")
@click.argument("address", required=False)
@click.option(
    "--contracts",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    multiple=True,
    help="Folder of contracts that come before the shipped ones.",
)
def tables(desk: Desk, address: str | None, contracts: tuple[Path, ...]) -> None:
    """List the tables, or describe one.

    Without ADDRESS, every table of the lake with its rows, files and size; with it, the columns
    with types, units, limits and meaning.
    """
    from casparian.lake import catalog

    if address:
        about = catalog.columns(desk.lake, address, contracts)
        desk.answer(about, lambda: _describe(about))
        return
    rows = catalog.tables(desk.lake)
    desk.answer(rows, lambda: _show(desk, rows))


def _show(desk: Desk, rows: list[dict[str, Any]]) -> None:
    if not rows:
        say(
            f"There is no table in {desk.lake.uri}: "
            "give --lake, or scan and process a folder first."
        )
        return
    lines = [
        (r["address"], r["rows"], r["files"], size(r["size_bytes"]), r["last_commit"]) for r in rows
    ]
    table(
        ("table", "rows", "files", "size", "last commit"),
        lines,
        right=(
            "rows",
            "files",
            "size",
        ),
    )


def _describe(about: dict[str, Any]) -> None:
    rows = "" if about["rows"] is None else f", {many(about['rows'], 'row')}"
    say(f"{about['address']}{rows}, {size(about['size_bytes'])}")
    if about.get("description"):
        say(f"{about['description']} (contract {about['contract_version']})")
    names = ("name", "type", "key", "unit", "limits", "description")
    shown = [
        [c["name"], c["type"], "key" if c["key"] else "", c["unit"], c["limits"], c["description"]]
        for c in about["columns"]
    ]
    table(names, shown)
