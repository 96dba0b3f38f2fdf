"""`casparian rebuild`: a lake anew, from the originals that it kept."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from casparian.cli import books
from casparian.cli.desk import Desk, command
from casparian.cli.show import many, say
from casparian.cli.watch import bar

if TYPE_CHECKING:
    from casparian.lake.rebuild import Rebuilt


@command("""
    casparian rebuild --landing s3://landing --lake s3://lake/anew
    casparian rebuild --landing originals --lake anew            folders do as well
    casparian rebuild --landing s3://landing --of s3://lake/demo --lake anew
""")
@click.option(
    "--landing",
    metavar="DIR|s3://…",
    envvar="CASPARIAN_LANDING",
    required=True,
    help="Folder or bucket with the originals (or $CASPARIAN_LANDING).",
)
@click.option(
    "--of",
    metavar="DIR|s3://…",
    help="The lake that kept them, where several did: as it was called.",
)
@click.option(
    "--contracts",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    multiple=True,
    help="Folder of contracts that come before the shipped ones.",
)
def rebuild(desk: Desk, landing: str, of: str | None, contracts: tuple[Path, ...]) -> None:
    """Build a lake anew from its originals.

    Lands every file that had landed, in the same order and together with the same files, so that
    bronze, silver, quarantine and books get the rows that they had. Formats and contracts are those
    of today. The lake must be new; to run again goes on where a run was cut short.
    """
    from casparian.lake.rebuild import rebuild as build

    with bar("rebuilding") as progress:
        rebuilt = build(desk.lake, landing, of, contracts=contracts, watch=progress.event)
    data = _data(rebuilt)
    desk.answer(data, lambda: _show(data))
    if data["unread"] or data["failed"] or not data["books_closed"]:
        raise click.exceptions.Exit(1)


def _data(rebuilt: Rebuilt) -> dict[str, Any]:
    own = {"known": rebuilt.known, "waiting": rebuilt.waiting, "unread": rebuilt.unread}
    return books.summary(rebuilt.landed) | own


def _show(data: dict[str, Any]) -> None:
    books.show(data)
    for path, parser in data["unread"]:
        say(f"not rebuilt: {path}: no format is called '{parser}' here.", "red")
    if data["known"]:
        say(f"{many(data['known'], 'file')} had been rebuilt before.")
    if data["waiting"]:
        say(f"{many(data['waiting'], 'file')} had never landed: casparian process lands them.")
