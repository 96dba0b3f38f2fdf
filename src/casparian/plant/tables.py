"""Small CSV files, written row by row."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

from casparian.plant.truth import Books


def write_csv(
    exports: Path, path: str, header: Sequence[str], rows: Iterable[Sequence[object]],
    newline: str, books: Books,
) -> None:  # fmt: skip
    """Write rows as UTF-8, quoted where they must be, and book the file. None is empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator=newline)
    writer.writerow(header)
    kept = list(rows)
    writer.writerows(kept)
    target = exports / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(text.getvalue().encode("utf-8"))
    books.file(path, len(kept))
