"""`casparian watch`: the exports of a share, as they are finished."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from casparian.cli.books import COUNTS, last_note
from casparian.cli.desk import Desk, command
from casparian.cli.show import many, say
from casparian.cli.ticker import SPAN, Ticker, ended_by_signals

if TYPE_CHECKING:
    from casparian.live.watch import Seen, Watch

STYLES = {
    "known": "dim", "unknown": "yellow", "problem": "red", "gone": "yellow", "offline": "red",
    "online": "green", "lake": "red",
}  # fmt: skip


@command("""
    casparian watch //server/share/pi --tag pi          until Ctrl-C
    casparian watch exports --tag plant --settle 1m     slow writers
    casparian watch exports --tag plant --once          what is finished now, then end
""")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--tag", metavar="TAG", help="Name for these files.  [default: the folder's name]")
@click.option("--every", type=SPAN, default="5s", show_default=True, help="Look so often.")
@click.option(
    "--settle",
    type=SPAN,
    default="10s",
    show_default=True,
    help="A file is finished when it has not changed for this time.",
)
@click.option("--once", is_flag=True, help="Land what is finished now, then end.")
@click.option(
    "--timezone", metavar="ZONE", help="IANA zone of times without offset, as Europe/Berlin."
)
@click.option(
    "--contracts",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    multiple=True,
    help="Folder of contracts that come before the shipped ones.",
)
def watch(desk: Desk, path: Path, tag: str | None, **given: Any) -> None:
    """Land the exports of a folder or share as they are finished.

    Looks at names, sizes and times again and again, so it serves network shares too. A file is
    taken when it has stopped changing; one that grows later is landed again, and what the lake has
    of it counts as duplicate. The ledger is the memory: end it and start it as you like.
    """
    from casparian.live.watch import Watch

    stop, ticker = threading.Event(), Ticker(desk.as_json)
    show = _Show(ticker, path)
    watching = Watch(
        desk.lake, path, tag or path.absolute().name or "exports", show.seen, stop=stop,
        every=given["every"], settle=given["settle"], timezone=given["timezone"],
        contracts=given["contracts"],
    )  # fmt: skip
    watching.idle = lambda: show.status(watching)
    try:
        with ended_by_signals(stop):
            watching.run(once=given["once"])
    finally:
        ticker.close()
    show.end(watching)
    if show.open_books or (given["once"] and show.problems):
        raise click.exceptions.Exit(1)


class _Show:
    """What watching tells, for people or as JSON lines."""

    def __init__(self, ticker: Ticker, path: Path):
        self.ticker, self.path = ticker, path
        self.files = self.records = self.problems = 0
        self.open_books = False

    def seen(self, seen: Seen) -> None:
        if seen.event == "landed" and seen.row is not None:
            self._landed(seen, seen.row)
            return
        self.problems += seen.event == "problem"
        words = {"problem": "problem: ", "unknown": "unknown: ", "known": "known: "}
        place = f"{seen.path}: " if seen.path else ""
        self.ticker.line(
            f"{words.get(seen.event, '')}{place}{seen.text}", STYLES.get(seen.event),
            event=seen.event, path=seen.path, text=seen.text,
        )  # fmt: skip

    def _landed(self, seen: Seen, row: dict[str, Any]) -> None:
        from casparian.lake.ledger import not_closed

        read, valid, quarantined, duplicate = (row[name] for name in COUNTS)
        self.files += 1
        self.records += read
        closed = not not_closed([row])
        self.open_books = self.open_books or not closed
        text = f"{seen.path} ({row['format']}): {read:,} read = {valid:,} valid"
        text += f" + {quarantined:,} quarantined + {duplicate:,} duplicate"
        style = None
        if row["status"] == "rejected":
            text, style = f"rejected: {seen.path}: {last_note(row)}", "yellow"
        names = ("source_hash", "format", "status", *COUNTS)
        self.ticker.line(
            text if closed else f"{text}; books NOT closed", style if closed else "red",
            event="landed", path=seen.path, books_closed=closed,
            **{name: row[name] for name in names},
            reasons=json.loads(row["reasons"] or "[]"), notes=json.loads(row["notes"] or "[]"),
        )  # fmt: skip

    def status(self, watching: Watch) -> None:
        waits = watching.waiting
        more = f", {many(len(waits), 'file')} not finished" if waits else ""
        away = " AWAY" if watching.offline else ""
        self.ticker.status(
            f"watching {self.path}{away}: {many(self.files, 'file')}, "
            f"{many(self.records, 'record')} landed{more} (Ctrl-C ends)"
        )

    def end(self, watching: Watch) -> None:
        if self.ticker.as_json:
            return
        for name, why in sorted(watching.waiting.items()):
            say(f"not landed yet: {name}: {why}", "yellow")
        closed = "Books NOT closed." if self.open_books else "Books closed."
        say(f"{many(self.files, 'file')}, {many(self.records, 'record')} landed. {closed}")
