"""A lake built anew from its originals and its chronicle alone.

The chronicle is gone through in its order: what was found goes to the ledger, what was committed
together is landed together again, at the time of then. So the tables get the same rows, and of two
records with one key the same one counts. Formats and contracts are those of today.

Safe to run again: what is done is left, and a rebuild that was cut short goes on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from casparian.formats import all_formats
from casparian.lake.landed import Landed
from casparian.lake.ledger import DONE, SCHEMA, Ledger
from casparian.lake.originals import Entry, Originals, chronicles, keep_in, originals_of
from casparian.lake.process import Watch, contracts_of, land_group, until_settled
from casparian.lake.store import LEDGER, Lake, LakeError

EMPTY: dict[str, Any] = dict.fromkeys(SCHEMA.names) | {
    "records_read": 0,
    "records_valid": 0,
    "records_quarantined": 0,
    "records_duplicate": 0,
    "notes": "[]",
}


@dataclass
class Rebuilt:
    """landed: ledger rows written, each with its books. known: files that were there already.
    waiting: files that had never landed and still wait. unread: path and format of files that had
    landed, whose format nobody knows here."""

    landed: list[dict[str, Any]] = field(default_factory=list)
    known: int = 0
    waiting: int = 0
    unread: list[tuple[str, str]] = field(default_factory=list)


def rebuild(
    lake: Lake,
    landing: str,
    of: str | None = None,
    *,
    contracts: tuple[Path, ...] = (),
    watch: Watch = lambda progress: None,
) -> Rebuilt:
    """Build the lake from the landing.

    of: the lake whose chronicle it is, as it was called (`s3://lake/demo`); needed where several
    have one. Raises LakeError where there is none, or the lake holds anything else.
    """
    source = _chronicle(lake, landing, of)
    _empty_or_begun(lake, source)
    keep_in(lake, source.uri)
    work = _Work(lake, source, contracts, watch)
    for entry in source.chronicle():
        work.take(entry)
    rows = Ledger(lake).rows()
    work.done.waiting = sum(row["status"] not in (*DONE, "unknown", "replaced") for row in rows)
    work.done.waiting -= len(work.done.unread)
    return work.done


def _chronicle(lake: Lake, landing: str, of: str | None) -> Originals:
    names = chronicles(landing)
    if not names:
        raise LakeError(f"There is no chronicle in {landing}: nothing can be rebuilt from it.")
    name = of or (lake.uri if lake.uri in names else None)
    if name is None and len(names) > 1:
        several = " or ".join(names)
        raise LakeError(f"{landing} has the exports of several lakes: say --of {several}.")
    return Originals.of(landing, _one(name, names))


def _one(name: str | None, names: Sequence[str]) -> str:
    if name is None:
        return names[0]
    found = {name, Lake.at(name).uri} & set(names)
    if not found:
        raise LakeError(f"No lake '{name}' is told of there, only {', '.join(names)}.")
    return found.pop()


def _empty_or_begun(lake: Lake, source: Originals) -> None:
    """Only a lake that keeps its originals in the same place may hold tables already."""
    keeps = originals_of(lake)
    if lake.delta(LEDGER) is not None and (keeps is None or keeps.uri != source.uri):
        raise LakeError(f"{lake.uri} is a lake already: rebuild into a new one.")


class _Work:
    """The chronicle's entries, one after another."""

    def __init__(self, lake: Lake, source: Originals, contracts: tuple[Path, ...], watch: Watch):
        self.lake, self.source, self.contracts, self.watch = lake, source, contracts, watch
        own = originals_of(lake)
        self.elsewhere = own if own and own.lake != source.lake else None
        self.formats = all_formats()
        self.known = Ledger(lake).known()
        self.done = Rebuilt()

    def take(self, entry: Entry) -> None:
        if entry.event == "found":
            self._found(entry.rows)
        else:
            self._landed(entry.sources, entry.at)

    def _found(self, rows: Sequence[dict[str, Any]]) -> None:
        """Put them into the ledger; of a file that has landed by now only the names change."""
        fresh = []
        for row in rows:
            before = self.known.get(row["source_hash"], EMPTY)
            if before["status"] in DONE:
                row = {name: row[name] for name in ("modified_ns", "other_paths")}
            fresh.append(before | row | {"landing": self.source.uri})
        changed = [row for row in fresh if row != self.known.get(row["source_hash"])]
        if self.elsewhere:
            self.elsewhere.found(changed, Ledger(self.lake).written())
        Ledger(self.lake).write(changed)
        self.known |= {row["source_hash"]: row for row in changed}

    def _landed(self, sources: Sequence[str], at: datetime) -> None:
        rows = [self.known[source] for source in sources if source in self.known]
        waiting = [row for row in rows if row["status"] not in DONE]
        self.done.known += len(rows) - len(waiting)
        strange = [row for row in waiting if row["format"] not in self.formats]
        self.done.unread += [(row["source_path"], row["format"]) for row in strange]
        ready = [row for row in waiting if row["format"] in self.formats]
        if ready:
            self._land(ready, at)

    def _land(self, rows: list[dict[str, Any]], at: datetime) -> None:
        def land(group: list[dict[str, Any]]) -> Landed:
            return land_group(self.lake, group, self.formats, at, self.contracts, self.watch)

        tables = contracts_of([self.formats[row["format"]] for row in rows], self.contracts)
        closed = until_settled(self.lake, rows, land, tables, "laptop", at)
        self.done.landed += closed
        self.known |= {row["source_hash"]: row for row in closed}
