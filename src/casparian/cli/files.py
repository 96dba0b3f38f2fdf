"""`casparian files`: the ledger, one row a file."""

from __future__ import annotations

import fnmatch
import json
from typing import Any

import click

from casparian.cli.books import COUNTS, last_note
from casparian.cli.desk import Desk, command
from casparian.cli.show import many, say, short, size, table

JSON_COLUMNS = ("tables", "reasons", "notes", "other_paths")


@command("""
    casparian files --tag plant                    every file of a tag, with its counts
    casparian files --status failed --status new
    casparian files --path "hamburg/historian/*"
    casparian files HAM-MC1_20251025.csv           all that is known of one file
    casparian files --check-books                  exit 1 unless every file's books close
""")
@click.argument("name", required=False)
@click.option("--tag", metavar="TAG", help="Only files scanned under this tag.")
@click.option(
    "--status",
    multiple=True,
    help="Only files of this status: new, landed, rejected, failed, unknown.",
)
@click.option(
    "--path", "pattern", metavar="GLOB", help="Only files whose path matches, as 'hamburg/*'."
)
@click.option(
    "--check-books", is_flag=True, help="Only check the books; exit 1 where they do not close."
)
def files(
    desk: Desk,
    name: str | None,
    tag: str | None,
    status: tuple[str, ...],
    pattern: str | None,
    check_books: bool,
) -> None:
    """Show the ledger, one row a file.

    Each file with its format, counts and reasons. NAME (a path, a file name, or the start of a
    hash) shows all that is known of one file.
    """
    from casparian.lake.ledger import Ledger

    rows = [
        row
        for row in Ledger(desk.lake).rows(tag, status)
        if fnmatch.fnmatch(row["source_path"], pattern or "*")
    ]
    if name:
        _one(desk, rows, name)
    elif check_books:
        _check(desk, rows)
    else:
        desk.answer([unpacked(row) for row in rows], lambda: _show(rows))


def unpacked(row: dict[str, Any]) -> dict[str, Any]:
    """The ledger row with its JSON columns as values."""
    return row | {name: json.loads(row[name]) if row[name] else None for name in JSON_COLUMNS}


def _one(desk: Desk, rows: list[dict[str, Any]], name: str) -> None:
    found = [row for row in rows if _is(row, name)]
    if not found:
        desk.fail(f"The ledger knows no file '{name}': `casparian files` lists what it knows.")
    if len(found) > 1:
        desk.fail(
            f"{len(found)} files are called '{name}': give the path or the start of the hash."
        )
    data = unpacked(found[0])
    desk.answer(
        data, lambda: table(("", ""), [(key, _detail(key, value)) for key, value in data.items()])
    )


def _is(row: dict[str, Any], name: str) -> bool:
    path = row["source_path"]
    by_hash = len(name) >= 6 and row["source_hash"].startswith(name)
    return by_hash or name.replace("\\", "/") in (path, path.rpartition("/")[2], row["full_path"])


def _detail(key: str, value: Any) -> Any:
    if key == "reasons" and value:
        return "\n".join(
            f"{count:,} × {reason} ({place}, {rule})" for place, rule, reason, count in value
        )
    if key == "tables" and value:
        return "\n".join(f"{address}: {count:,}" for address, count in value.items())
    return "\n".join(value) if isinstance(value, list) else value


def _check(desk: Desk, rows: list[dict[str, Any]]) -> None:
    from casparian.lake.ledger import not_closed

    wrong = [*not_closed(rows), *(row for row in rows if row["status"] == "replaying")]
    names = ("source_path", "status", *COUNTS)
    data = {
        "files": len(rows),
        "books_closed": not wrong,
        "open": [{n: row[n] for n in names} for row in wrong],
    }

    def show() -> None:
        for row in wrong:
            say(f"{row['source_path']}: {_why_open(row)}", "red")
        say(
            f"{many(len(rows), 'file')}: "
            + (f"books NOT closed for {len(wrong):,}." if wrong else "books closed.")
        )

    desk.answer(data, show)
    if wrong:
        raise click.exceptions.Exit(1)


def _why_open(row: dict[str, Any]) -> str:
    if row["status"] == "replaying":
        return "a replay was cut short; run `casparian quarantine replay` again"
    return (
        f"{row['records_read']:,} read, but {row['records_valid']:,} valid + "
        f"{row['records_quarantined']:,} quarantined + {row['records_duplicate']:,} duplicate"
    )


def _show(rows: list[dict[str, Any]]) -> None:
    if not rows:
        say("The ledger knows no such file: scan a folder first, or ask for less.")
        return
    head = (
        "status",
        "file",
        "format",
        "size",
        "read",
        "valid",
        "quarantined",
        "duplicate",
        "hash",
        "note",
    )
    table(
        head,
        [_line(row) for row in rows],
        right=(
            "size",
            "read",
            "valid",
            "quarantined",
            "duplicate",
        ),
    )
    total = "{:,} read = {:,} valid + {:,} quarantined + {:,} duplicate".format(
        *(sum(row[name] or 0 for row in rows) for name in COUNTS)
    )
    say(f"{many(len(rows), 'file')}: {total}.")


def _line(row: dict[str, Any]) -> tuple[Any, ...]:
    note = last_note(row) if row["status"] in ("rejected", "failed", "unknown") else ""
    counts = [row[name] if row["landed_at"] else None for name in COUNTS]
    return (
        row["status"], row["source_path"], row["format"], size(row["size_bytes"]), *counts,
        short(row["source_hash"]), note,
    )  # fmt: skip
