"""One format over some files into one sink: what `casparian run` does.

Files are known by their hash in the sink's own ledger, so that a second run loads nothing twice.
Limits a tag come from the sink's tag list, or from that of the lake where the sink has none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from casparian.contracts.tags import Tags
from casparian.lake.landed import Landed
from casparian.lake.landing import Landing
from casparian.lake.ledger import DONE, Ledger
from casparian.lake.process import TAG_LIST, Progress, Watch, exports, land_rows, tags_of
from casparian.lake.scan import find
from casparian.lake.sinks import Sink
from casparian.lake.store import Lake
from casparian.reading.base import Format


@dataclass
class Chosen:
    """rows: ledger rows to land. known: rows of files that the sink has. other: paths of files in a
    folder that are of other formats. problems: path and why."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    known: list[dict[str, Any]] = field(default_factory=list)
    other: list[str] = field(default_factory=list)
    problems: list[tuple[str, str]] = field(default_factory=list)

    def take(self, row: dict[str, Any], sink: Sink, parser: Format) -> None:
        """The file is to be read by this parser, unless the sink has it."""
        before = sink.known.get(row["source_hash"])
        if before and before["status"] in DONE:
            self.known.append(before)
        else:
            self.rows.append(_fresh(row, parser))


def _fresh(row: dict[str, Any], parser: Format) -> dict[str, Any]:
    counts = dict.fromkeys(
        ("records_read", "records_valid", "records_quarantined", "records_duplicate"), 0
    )
    said = {
        "format": parser.name,
        "confidence": 1.0,
        "why": "said on the command line",
        "status": "new",
    }
    return row | said | counts | {"tables": None, "reasons": None, "notes": "[]", "landed_at": None}


def from_paths(
    sink: Sink,
    paths: Sequence[Path],
    tag: str,
    parser: Format,
    *,
    fits: Callable[[str], bool] | None = None,
    timezone: str | None = None,
) -> Chosen:
    """The files at these paths: of a folder those that `fits` chooses, or that look like the
    parser's own; a file that is named is taken. Raises LakeError where there is nothing.
    """
    chosen = Chosen()
    taken: set[str] = set()
    for path in paths:
        whole = path.is_dir()
        found = find(
            sink.known,
            path,
            tag,
            timezone=timezone,
            fits=fits if fits and whole else lambda name: True,
        )
        chosen.problems += found.problems
        for row in found.rows:
            if whole and not fits and row["format"] != parser.name:
                chosen.other.append(row["source_path"])
            elif row["source_hash"] not in taken:
                taken.add(row["source_hash"])
                chosen.take(row, sink, parser)
    return chosen


def from_ledger(
    lake: Lake,
    sink: Sink,
    tag: str | None,
    parser: Format,
    *,
    fits: Callable[[str], bool] | None = None,
) -> Chosen:
    """Files that the ledger knows: of the parser's own format, or those that `fits` chooses."""
    chosen = Chosen()
    for row in Ledger(lake).rows(tag):
        mine = fits(row["source_path"]) if fits else row["format"] == parser.name
        if mine and row["status"] != "replaced":
            chosen.take(row, sink, parser)
    return chosen


def land(
    lake: Lake,
    sink: Sink,
    rows: Sequence[dict[str, Any]],
    parser: Format,
    contracts: tuple[Path, ...] = (),
    watch: Watch = lambda progress: None,
    schemas: str | None = None,
) -> list[dict[str, Any]]:
    """Land the files in the sink and close their books; the ledger rows written."""
    if not rows:
        return []
    formats, started = {parser.name: parser}, 0

    def engine(group: list[dict[str, Any]], at: datetime) -> Landed:
        nonlocal started
        landing = Landing(
            sink.lake,
            formats,
            _tags(lake, sink),
            at,
            contracts=contracts,
            schemas=schemas,
            on_rows=lambda n: watch(Progress("rows", n)),
        )
        for each in exports(lake, group, formats):
            started += 1
            watch(Progress("file", started, len(rows), each.name))
            landing.add(each)
        watch(Progress("commit", len(group)))
        return landing.finish()

    written = land_rows(sink.lake, rows, formats, engine, "laptop", contracts)
    sink.finish(written)
    return written


def _tags(lake: Lake, sink: Sink) -> Tags:
    return tags_of(sink.lake if sink.lake.delta(TAG_LIST) is not None else lake)
