"""`casparian plant`: exports of a fictional plant, to try everything with."""

from __future__ import annotations

from pathlib import Path

import click

from casparian.cli.desk import Desk, command
from casparian.cli.show import many, say, size
from casparian.cli.watch import bar


@command("""
    casparian plant --out plant                        thirty days
    casparian plant --days 4 --scale 0.1 --out plant   small, and still every fault
""")
@click.option(
    "--days",
    type=click.IntRange(min=1),
    default=30,
    show_default=True,
    help="Days from 2025-10-25 on.",
)
@click.option("--seed", type=int, default=7, show_default=True, help="Same seed, same bytes.")
@click.option(
    "--scale",
    type=float,
    default=1.0,
    show_default=True,
    help="Readings: 1 is about 28,000 a line and day.",
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="Folder to write to.",
)
def plant(desk: Desk, days: int, seed: int, scale: float, out: Path) -> None:
    """Make exports of a fictional plant.

    Writes them to OUT/exports, and what is true of them to OUT/truth.json: two sites of three lines
    each, with known faults.
    """
    from casparian.plant import write_plant

    if not scale > 0:
        raise click.BadParameter("give a number above 0", param_hint="--scale")
    with bar("making exports") as progress:
        try:
            made = write_plant(
                out, days, seed, scale, lambda what, done, total: progress.step(done, total, what)
            )
        except ValueError as error:
            desk.fail(f"{error}.")
    data = {
        "out": str(made.out), "files": made.files, "size_bytes": made.size_bytes,
        "records": made.records, "faults": made.faults,
    }  # fmt: skip
    text = f"{many(made.files, 'file')}, {many(made.records, 'record')}, {size(made.size_bytes)}"
    desk.answer(data, lambda: say(f"{text}, {many(made.faults, 'fault')} in {out / 'exports'}."))
