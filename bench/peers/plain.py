"""What an engineer would write by hand to get an export into Parquet: plain.py KIND FILE OUT.

No verdicts, no books, no lineage: reading, a table, a file.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd


def leaves(value: Any, known: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every innermost object of a JSON value, with the plain fields of those around it."""
    if isinstance(value, list):
        for each in value:
            yield from leaves(each, known)
    elif isinstance(value, dict):
        plain = {k: v for k, v in value.items() if not isinstance(v, dict | list)}
        inner = [v for v in value.values() if isinstance(v, dict | list)]
        for each in inner:
            yield from leaves(each, known | plain)
        if not inner:
            yield known | plain


def from_json(path: Path) -> pd.DataFrame:
    return pd.DataFrame(leaves(json.loads(path.read_text("utf-8")), {}))


def from_lines_of_json(path: Path) -> pd.DataFrame:
    with path.open(encoding="utf-8") as stream:
        return pd.DataFrame(row for line in stream for row in leaves(json.loads(line), {}))


def from_xml(path: Path) -> pd.DataFrame:
    """An lxml loop: every element with text, with its parent's attributes."""
    from lxml import etree

    rows = []
    for _, element in etree.iterparse(str(path)):
        if element.text and element.text.strip():
            parent = element.getparent()
            rows.append((etree.QName(element).localname, element.text, parent.get("id")))
        elif len(element) > 3:
            element.clear()
    return pd.DataFrame(rows, columns=["name", "text", "id"])


def from_lines(path: Path) -> pd.DataFrame:
    with path.open(encoding="utf-8") as stream:
        return pd.DataFrame(csv.reader(stream, delimiter="|")).astype("string")


READ: dict[str, Callable[[Path], pd.DataFrame]] = {
    "csv": pd.read_csv,
    "parquet": pd.read_parquet,
    "excel": pd.read_excel,
    "json": from_json,
    "jsonl": from_lines_of_json,
    "xml": from_xml,
    "lines": from_lines,
}

if __name__ == "__main__":
    kind, source, out = sys.argv[1:4]
    frame = READ[kind](Path(source))
    mixed = frame.select_dtypes("object").columns
    frame[mixed] = frame[mixed].astype("string")
    frame.to_parquet(Path(out) / "rows.parquet")
    print(len(frame), "rows")
