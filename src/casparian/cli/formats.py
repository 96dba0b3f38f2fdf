"""`casparian formats`: what can be read."""

from __future__ import annotations

from typing import Any

import click

from casparian.cli.desk import Desk, command
from casparian.cli.show import table

SHOWN_TABLES = 2


@command("""
    casparian formats
    casparian formats --json
    casparian formats --markdown > docs/formats/README.md
""")
@click.option("--markdown", is_flag=True, help="Print the page that links each family's own page.")
def formats(desk: Desk, markdown: bool) -> None:
    """List what can be read.

    Every format with its family, version, the tables that it fills and its contract.
    """
    from casparian.formats import families

    rows = [_row(family, each) for family, forms in families().items() for each in forms]
    if markdown:
        click.echo(page(rows), nl=False)
        return
    shown = [(row["family"], row["name"], row["summary"], _some(row["tables"])) for row in rows]
    desk.answer(rows, lambda: table(("family", "format", "reads", "tables"), shown))


def _row(family: str, each: Any) -> dict[str, Any]:
    names = ("name", "version", "contract", "summary")
    return {"family": family, "tables": list(each.tables)} | {n: getattr(each, n) for n in names}


def _some(tables: list[str]) -> str:
    more = len(tables) - SHOWN_TABLES
    return ", ".join(tables[:SHOWN_TABLES]) + (f" +{more}" if more > 0 else "")


def page(rows: list[dict[str, Any]]) -> str:
    """The table of all formats as a page of the documents."""
    lines = [
        "# What can be read",
        "",
        "Made by `casparian formats --markdown`. `casparian scan FOLDER` says which of these each "
        "file is, by its content; `.gz` files and the files of zip archives are read as they lie.",
        "",
        "| family | format | reads | fills | contract |",
        "|---|---|---|---|---|",
    ]
    for row in rows:
        tables = ", ".join(f"`{name}`" for name in row["tables"])
        family = f"[{row['family']}]({row['family']}.md)"
        contract = f"[{row['contract']}](../../schemas/contracts/{row['contract']}.odcs.yaml)"
        cells = (family, f"`{row['name']}` {row['version']}", row["summary"], tables, contract)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"
