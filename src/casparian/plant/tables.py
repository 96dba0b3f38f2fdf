"""Small CSV files, written row by row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from casparian.plant.truth import Books


def write_csv(
    exports: Path, path: str, header: Sequence[str], rows: Iterable[Sequence[object]],
    newline: str, books: Books,
) -> None:  # fmt: skip
    """Write rows (no value holds a comma or a quote) as UTF-8 and book the file. None is empty."""
    lines = [",".join(header)]
    lines += [",".join("" if value is None else str(value) for value in row) for row in rows]
    target = exports / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes("".join(line + newline for line in lines).encode("utf-8"))
    books.file(path, len(lines) - 1)
