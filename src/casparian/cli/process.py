"""`casparian process`: land what waits, on this machine, and close the books."""

from __future__ import annotations

from pathlib import Path

import click

from casparian.cli import books
from casparian.cli.desk import Desk, command
from casparian.cli.show import say
from casparian.cli.watch import bar


@command("""
    casparian process --tag plant                  what `scan` noted under that tag
    casparian process                              everything that waits
    casparian process --tag plant --contracts my_contracts
""")
@click.option("--tag", metavar="TAG", help="Only files scanned under this tag.")
@click.option(
    "--contracts",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    multiple=True,
    help="Folder of contracts that come before the shipped ones.",
)
@click.option(
    "--schemas",
    metavar="DIR",
    type=click.Path(exists=True, file_okay=False),
    help="Folder of XML schemas (MTConnectStreams_2.0.xsd): documents are checked against them.",
)
def process(desk: Desk, tag: str | None, contracts: tuple[Path, ...], schemas: str | None) -> None:
    """Land the files that wait; close the books.

    Parses and checks them, and writes bronze, silver and quarantine. Every record read is valid,
    quarantined with a reason, or a duplicate. A file is landed once, by its hash: to run again is
    safe and goes on where a run was cut short.
    """
    from casparian.lake.process import process as land

    with bar("landing") as progress:
        rows = land(desk.lake, tag, contracts=contracts, schemas=schemas, watch=progress.event)
    data = books.summary(rows)
    desk.answer(
        data, lambda: books.show(data) if rows else say("Nothing waits: scan a folder first.")
    )
    if data["failed"] or not data["books_closed"]:
        raise click.exceptions.Exit(1)
