"""The formats: one folder an export family. `all_formats()` finds them, `sniff()` picks one."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterable
from functools import cache
from importlib import import_module

from casparian.reading.base import Format, Sniff
from casparian.reading.peek import Peek
from casparian.reading.table import TableFormat
from casparian.reading.text import HEAD_BYTES

__all__ = ["HEAD_BYTES", "LEAST_CONFIDENCE", "Peek", "all_formats", "families", "sniff"]

LEAST_CONFIDENCE = 0.3
LEAST_KNOWN, MOST_MISSING = 3, 2  # columns of a file that a format nearly reads


@cache
def all_formats() -> dict[str, Format]:
    """Every format by name, in the order of their names."""
    found = {form.name: form for forms in families().values() for form in forms}
    return dict(sorted(found.items()))


@cache
def families() -> dict[str, tuple[Format, ...]]:
    """The formats of each family, which is a folder here."""
    found = {}
    for module in pkgutil.iter_modules(__path__):
        if module.ispkg:
            package = import_module(f"{__name__}.{module.name}")
            found[module.name] = tuple(getattr(package, "FORMATS", None) or (package.FORMAT,))
    return found


def sniff(peek: Peek) -> tuple[Format | None, Sniff]:
    """The format that is surest of this file, or None and why nobody is.

    Of two that are equally sure the first by name wins.
    """
    if not peek.head:
        return None, Sniff(0.0, "the file is empty")
    answers = [(each.sniff(peek), each) for each in all_formats().values()]
    best, choice = max(answers, key=lambda answer: answer[0].confidence)
    if best.confidence < LEAST_CONFIDENCE:
        return None, Sniff(best.confidence, _stranger(peek))
    return choice, best


def _stranger(peek: Peek) -> str:
    """What a file looks like that no format knows, so that a person sees why."""
    if peek.sheets:
        sheets = _some(sheet.name for sheet in peek.sheets)
        return f"a workbook of the sheets {sheets}, which no format knows{_nearly(peek)}"
    if peek.head.startswith(b"PK"):
        return "a zip archive or workbook that no format knows"
    if peek.root:
        return f"XML of <{peek.root.name}>, which no format reads"
    if peek.json_paths:
        return f"JSON of {_some(sorted(peek.json_paths))}, which no format reads"
    if peek.table:
        columns = _some(column for column in peek.table.columns if column)
        return f"a table with the columns {columns}, which no format knows{_nearly(peek)}"
    return "binary data that no format knows" if b"\0" in peek.head else "text that is no table"


def _nearly(peek: Peek) -> str:
    """The table format that knows most of the columns and lacks one or two others."""
    near = []
    for form in all_formats().values():
        if isinstance(form, TableFormat):
            known, missing = form.missing(peek)
            if known >= LEAST_KNOWN and 0 < len(missing) <= MOST_MISSING:
                near.append((known - len(missing), form.name, missing))
    if not near:
        return ""
    _, name, missing = max(near, key=lambda each: each[0])
    return f" ('{name}' would, with {' and '.join(missing)})"


def _some(names: Iterable[str]) -> str:
    return ", ".join(list(names)[:5])
