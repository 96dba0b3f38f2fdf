"""How closed books are shown, by `process` and `run` alike."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from casparian.cli.show import many, say, table

COUNTS = ("records_read", "records_valid", "records_quarantined", "records_duplicate")


def summary(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Totals, reasons and failures of ledger rows as one JSON-able answer."""
    from casparian.lake.ledger import not_closed

    done = [row for row in rows if row["status"] != "failed"]
    open_books = [row["source_path"] for row in not_closed(rows)]
    return {
        "files": len(rows),
        **{name: sum(row[name] or 0 for row in done) for name in COUNTS},
        "books_closed": not open_books,
        "open": open_books,
        "reasons": [
            [*key, count] for key, count in sorted(reasons(done).items(), key=lambda item: -item[1])
        ],
        "rejected": [
            [row["source_path"], last_note(row)] for row in rows if row["status"] == "rejected"
        ],
        "failed": [
            [row["source_path"], last_note(row)] for row in rows if row["status"] == "failed"
        ],
    }


def reasons(rows: list[dict[str, Any]]) -> Counter[tuple[str, str, str]]:
    """(table, rule, reason) → records, over these ledger rows."""
    found: Counter[tuple[str, str, str]] = Counter()
    for row in rows:
        for *key, count in json.loads(row["reasons"] or "[]"):
            found[(key[0], key[1], key[2])] += count
    return found


def last_note(row: dict[str, Any]) -> str:
    notes = json.loads(row["notes"] or "[]")
    return str(notes[-1]) if notes else row["why"] or ""


def show(data: dict[str, Any]) -> None:
    """The summary for people."""
    say(
        f"{many(data['files'], 'file')}: {many(data['records_read'], 'record')} read = "
        f"{data['records_valid']:,} valid + {data['records_quarantined']:,} quarantined + "
        f"{data['records_duplicate']:,} duplicate."
    )
    if data["reasons"]:
        rows = [(place, reason, count) for place, _, reason, count in data["reasons"]]
        table(("table", "quarantined because", "records"), rows, right=("records",))
    for word, paths in (("rejected", data["rejected"]), ("failed", data["failed"])):
        for path, why in paths:
            say(f"{word}: {path}: {why}", "yellow" if word == "rejected" else "red")
    if data["books_closed"]:
        say(
            "Books closed."
            if not data["failed"]
            else "Books closed; the files that failed wait for the next run."
        )
    else:
        say(f"Books NOT closed for {', '.join(data['open'])}.", "red")
