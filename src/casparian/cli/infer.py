"""`casparian infer`: a contract drafted from a file that no format knows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from casparian.cli.desk import Desk, command
from casparian.cli.show import many, say, table

if TYPE_CHECKING:
    from casparian.contracts.draft import Draft


@command("""
    casparian infer torque.csv                          what is in it
    casparian infer torque.csv --out torque.odcs.yaml   write the contract
    casparian run torque.odcs.yaml torque.csv           land files with it
    casparian infer meter.xml --table meter_readings --domain production --yaml
""")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="Write <name>.odcs.yaml."
)
@click.option("--yaml", "as_yaml", is_flag=True, help="Print the contract.")
@click.option("--words", is_flag=True, help="Print the header words, for a format of your own.")
@click.option("--table", "name", metavar="NAME", help="Name of the table.  [default: the file's]")
@click.option(
    "--domain",
    type=click.Choice(["production", "quality", "equipment", "materials"]),
    default="equipment",
    show_default=True,
)
@click.option("--sample", type=click.IntRange(min=1), help="Look at so many records only.")
@click.option("--force", is_flag=True, help="Write over a contract that is there.")
def infer(
    desk: Desk, file: Path, out: Path | None, as_yaml: bool, words: bool, name: str | None,
    domain: str, sample: int | None, force: bool,
) -> None:  # fmt: skip
    """Draft a contract from a file that no format knows.

    CSV of any dialect, Excel, JSON, XML with an element that repeats, Parquet. Columns, types,
    units, limits, allowed values and a key, each with the evidence it rests on. Nothing is landed.
    """
    from casparian.contracts.draft import draft
    from casparian.reading.base import Source

    if out and not out.name.endswith(".odcs.yaml"):
        raise click.BadParameter("give a name that ends in .odcs.yaml", param_hint="--out")
    if out and out.exists() and not force:
        desk.fail(f"{out} is there already: --force writes over it.")
    found = draft(
        Source(file.absolute().as_posix(), file.name), table=name, domain=domain, sample=sample
    )
    if out:
        out.write_text(found.yaml(), "utf-8")
    if as_yaml:
        click.echo(found.yaml(), nl=False)
        return
    if words:
        click.echo(_words(found))
        return
    desk.answer(_data(found, out), lambda: _show(found, file, out))


def _words(found: Draft) -> str:
    """The declaration of a table format, as formats/<family>/__init__.py has it."""
    lines = [f"    {c.name!r}: ({c.header!r},)," for c in found.columns]
    kinds = {c.name: c.kind for c in found.columns}
    named = {
        "required": tuple(c.name for c in found.columns if c.required),
        "times": tuple(name for name, kind in kinds.items() if kind == "timestamp"),
        "numbers": tuple(name for name, kind in kinds.items() if kind in ("number", "integer")),
    }
    tail = [f"{name}={value!r}," for name, value in named.items()]
    return "\n".join(["header={", *lines, "},", *tail])


def _data(found: Draft, out: Path | None) -> dict[str, Any]:
    return {
        "carrier": found.found.carrier, "how": found.found.how, "records": found.records,
        "damaged": found.damaged, "sampled": found.sampled, "table": found.table,
        "key": list(found.key), "notes": found.notes, "out": str(out) if out else None,
        "contract": found.document(),
    }  # fmt: skip


def _show(found: Draft, file: Path, out: Path | None) -> None:
    say(f"{file}: {found.found.how}.")
    rows = [
        (c.header, c.name, c.kind, c.unit, "key" if c.name in found.key else "", c.confidence,
         "; ".join(c.evidence))
        for c in found.columns
    ]  # fmt: skip
    table(("header", "column", "type", "unit", "", "sure", "because"), rows)
    damaged = f", {found.damaged:,} damaged" if found.damaged else ""
    part = " of a sample" if found.sampled else ""
    say(f"{many(found.records, 'record')}{part}{damaged}. Key: {found.key_evidence}.")
    for note in found.notes:
        say(f"note: {note}", "yellow")
    if out:
        say(f"Correct {out}, then: casparian run {out} {file}")
    else:
        say(f"Next: casparian infer {file} --out {found.table}.odcs.yaml")
