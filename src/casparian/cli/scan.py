"""`casparian scan`: what lies in a folder, what it is, and what the lake knows of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from casparian.cli.desk import Desk, command
from casparian.cli.show import many, say, short, size, table
from casparian.cli.watch import bar

if TYPE_CHECKING:
    from casparian.lake.scan import Scan

MANY_KNOWN = 50  # known files; more are counted and not listed, for what is new would drown


@command("""
    casparian scan exports --tag plant                 every file below exports
    casparian scan "//server/share/pi" --tag pi        a Windows share
    casparian scan exports --tag plant --timezone Europe/Berlin
    casparian scan exports --tag plant --landing s3://landing    keep each file's bytes
    casparian scan s3://inbox/plant --tag plant --landing s3://landing    exports in a bucket
""")
@click.argument("path", metavar="PATH|s3://…")
@click.option(
    "--tag",
    metavar="TAG",
    help="Name for these files, to process them by.  [default: the folder's name]",
)
@click.option(
    "--timezone", metavar="ZONE", help="IANA zone of times without offset, as Europe/Berlin."
)
@click.option(
    "--landing",
    metavar="DIR|s3://…",
    envvar="CASPARIAN_LANDING",
    help="Folder or bucket that keeps the originals of this lake from now on, under their hash "
    "(or $CASPARIAN_LANDING).",
)
def scan(desk: Desk, path: str, tag: str | None, timezone: str | None, landing: str | None) -> None:
    """Look what files there are, and note them.

    Enters the files of a folder or bucket into the ledger and shows each file's format (with how
    sure that is), size, hash, and whether it is new or known. Nothing is landed: that is
    `casparian process`.
    """
    from casparian.lake.scan import scan as look

    tag = tag or Path(path).absolute().name or "exports"
    with bar("scanning") as progress:
        found = look(
            desk.lake, path, tag, timezone=timezone, landing=landing, progress=progress.step
        )
    desk.answer(_data(found, tag), lambda: _show(found, tag))
    if found.problems:
        raise click.exceptions.Exit(1)


def _states(found: Scan) -> list[str]:
    """Of each row: new, known or unknown."""
    return [
        "unknown" if row["status"] == "unknown"
        else "new" if row["source_hash"] in found.fresh
        else "known"
        for row in found.rows
    ]  # fmt: skip


def _counts(found: Scan, states: Sequence[str]) -> dict[str, int]:
    counts = {state: states.count(state) for state in ("new", "known", "unknown")}
    return counts | {"problem": len(found.problems)}


def _data(found: Scan, tag: str) -> dict[str, Any]:
    names = (
        "source_path",
        "source_hash",
        "format",
        "confidence",
        "why",
        "size_bytes",
        "timezone",
        "status",
    )
    states = _states(found)
    files = [
        {"state": state} | {name: row[name] for name in names}
        for state, row in zip(states, found.rows, strict=True)
    ]
    problems = [{"source_path": path, "problem": why} for path, why in found.problems]
    return {"tag": tag, "files": files, "problems": problems, "counts": _counts(found, states)}


def _show(found: Scan, tag: str) -> None:
    states = _states(found)
    counted = _counts(found, states)
    hidden = "known" if counted["known"] > MANY_KNOWN else ""
    rows = [_line(*each) for each in zip(states, found.rows, strict=True) if each[0] != hidden]
    rows += [("problem", path, why, "", "", "") for path, why in found.problems]
    if rows:
        table(
            ("", "file", "format", "sure", "size", "hash"),
            rows,
            right=(
                "sure",
                "size",
            ),
        )
    total = sum(row["size_bytes"] for row in found.rows)
    counts = ", ".join(f"{count:,} {state}" for state, count in counted.items() if count)
    say(f"{many(len(found.rows), 'file')}, {size(total)}: {counts or 'nothing'} (tag {tag}).")
    if hidden:
        say("Known files are not listed, they are so many; with --json they are.")
    if any(row["status"] in ("new", "failed") for row in found.rows):
        say(f"Next: casparian process --tag {tag}")
    tables = [row for row in found.rows if row["status"] == "unknown" and "columns" in row["why"]]
    if tables:
        say(f"A contract for what no format knows: casparian infer {tables[0]['full_path']}")


def _line(state: str, row: dict[str, Any]) -> tuple[str, ...]:
    what = row["format"] or row["why"] or ""
    sure = f"{row['confidence']:.0%}" if row["format"] and row["confidence"] is not None else ""
    return (
        state,
        row["source_path"],
        what,
        sure,
        size(row["size_bytes"]),
        short(row["source_hash"]),
    )
