"""`casparian tags`: what tags are called and what they measure: list, suggest, apply."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import click

from casparian.cli.desk import Desk, command
from casparian.cli.show import many, say, table

EXAMPLES = """\b
Examples:
  casparian tags list
  casparian tags suggest --out tags.csv       look at it, correct it
  casparian tags apply tags.csv
"""
SURE = 0.7


@click.group(epilog=EXAMPLES)
def tags() -> None:
    """Name the tags of a historian: alias, quantity, unit and asset.

    Suggestions come from names, descriptions and units, by the letters of ISA-5.1; a person
    corrects them, and the list is landed as any export is.
    """


@command("""
    casparian tags list                     every tag with its alias, unit and asset
    casparian tags list --unnamed           tags with readings that nobody has named
""")
@click.option("--unnamed", is_flag=True, help="Only tags without an alias.")
def list_(desk: Desk, unnamed: bool) -> None:
    """Show the tags of the lake."""
    from casparian.lake.tag_list import of_lake

    wanted = ("tag_name", "tag_alias", "units", "asset_id", "description", "read")
    rows = [
        {name: row.get(name) for name in wanted}
        for row in of_lake(desk.lake)
        if not (unnamed and row.get("tag_alias"))
    ]

    def show() -> None:
        if rows:
            head = ("tag", "alias", "unit", "asset", "description", "has readings")
            table(head, [tuple(row.values()) for row in rows])
        say(f"{many(len(rows), 'tag')}.")

    desk.answer(rows, show)


@command("""
    casparian tags suggest --out tags.csv                 for every tag of the lake
    casparian tags suggest points.csv --out tags.csv      for the tags of a list
    casparian tags suggest --letters din --out tags.csv
    casparian tags suggest --with "python ask_model.py" --out tags.csv
""")
@click.argument(
    "file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="Write a CSV to be edited."
)
@click.option(
    "--letters",
    type=click.Choice(["isa", "din"]),
    default="isa",
    show_default=True,
    help="What letters mean: ISA-5.1, or EN 62424 (DIN 19227).",
)
@click.option(
    "--with", "program", metavar="COMMAND", envvar="CASPARIAN_TAG_SUGGESTER",
    help="Ask this program too; JSON lines in and out.  [default: $CASPARIAN_TAG_SUGGESTER]",
)  # fmt: skip
def suggest(
    desk: Desk, file: Path | None, out: Path | None, letters: str, program: str | None
) -> None:
    """Suggest alias, quantity, unit and asset of tags.

    Each suggestion has a confidence and its reason. What the tag list says already stays as it is.
    Nothing is asked of any network or model, unless --with names a program that does so.
    """
    from casparian.lake.tag_list import of_file, of_lake, suggestions, write
    from casparian.tags import Rules
    from casparian.tags.program import Program, ProgramFailed

    rows = of_file(file) if file else of_lake(desk.lake)
    if not rows:
        desk.fail("The lake has no tag yet: land readings first, or give a list of tags.")
    asked = [Program(tuple(shlex.split(program)))] if program else []
    try:
        found = suggestions(rows, *asked, rules=Rules(letters))
    except ProgramFailed as error:
        desk.fail(str(error))
        return
    if out:
        write(found, out)
    desk.answer(found, lambda: _show(found, out))


def _show(found: list[dict[str, Any]], out: Path | None) -> None:
    if not out:
        head = ("tag", "alias", "quantity", "unit", "asset", "sure", "because")
        names = ("tag_name", "tag_alias", "quantity", "units", "asset_id", "confidence", "reason")
        table(head, [tuple(row[name] for name in names) for row in found])
    known = sum(row["quantity"] is not None for row in found)
    sure = sum(row["confidence"] >= SURE for row in found)
    say(
        f"{many(len(found), 'tag')}: a quantity for {known:,}, "
        f"{sure:,} of them at {SURE:.0%} or surer."
    )
    if out:
        say(f"Correct {out}, then: casparian tags apply {out}")


@command("""
    casparian tags apply tags.csv
    casparian tags apply tags.csv --dry-run         only look for errors
""")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only look for errors.")
@click.option(
    "--replace", is_flag=True, help="Let go what the lake knows of a tag and the list does not."
)
def apply(desk: Desk, file: Path, dry_run: bool, replace: bool) -> None:
    """Land an edited tag list or an alias map.

    It is checked first: tags and aliases must be unique, and no limit that the lake knows may get
    lost. Then it is landed as any export: with books, quarantine and lineage.
    """
    from casparian.lake.tag_list import apply as land
    from casparian.lake.tag_list import check

    checked = check(desk.lake, file, replace=replace)
    if checked.errors:
        shown = "; ".join(checked.errors[:5])
        more = f"; and {len(checked.errors) - 5} more" if len(checked.errors) > 5 else ""
        desk.fail(f"{file.name} was not landed: {shown}{more}.")
    rows = [] if dry_run else land(desk.lake, file, checked)
    counts = ("records_read", "records_valid", "records_quarantined", "records_duplicate")
    data = {
        "file": str(file), "format": checked.form.name, "tags": len(checked.rows),
        "warnings": checked.warnings, "dry_run": dry_run,
        "landed": [{name: row[name] for name in counts} for row in rows],
    }  # fmt: skip
    desk.answer(data, lambda: _say_applied(data))


def _say_applied(data: dict[str, Any]) -> None:
    for warning in data["warnings"]:
        say(f"note: {warning}", "yellow")
    if data["dry_run"]:
        say(f"{data['file']}: {many(data['tags'], 'tag')}, no error.")
    elif not data["landed"]:
        say(f"{data['file']} is known already: nothing changed.")
    else:
        (row,) = data["landed"]
        say(
            f"{data['file']} landed as {data['format']}: {row['records_read']:,} read = "
            f"{row['records_valid']:,} valid + {row['records_quarantined']:,} quarantined + "
            f"{row['records_duplicate']:,} duplicate."
        )
        say("Readings landed from now on carry the new aliases and are judged by the new limits.")


tags.add_command(list_, "list")
tags.add_command(suggest, "suggest")
tags.add_command(apply, "apply")
