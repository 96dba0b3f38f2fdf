"""The formats: one folder an export family. `all_formats()` finds them, `sniff()` picks one."""

from __future__ import annotations

import pkgutil
import re
from functools import cache
from importlib import import_module

from casparian.formats.base import Format, Sniff, UnreadableFile
from casparian.formats.text import HEAD_BYTES, decode_head, read_table_head

__all__ = ["HEAD_BYTES", "LEAST_CONFIDENCE", "all_formats", "sniff"]

LEAST_CONFIDENCE = 0.3


@cache
def all_formats() -> dict[str, Format]:
    """Every format by name, in the order of their names."""
    found: dict[str, Format] = {}
    for module in pkgutil.iter_modules(__path__):
        if module.ispkg:
            package = import_module(f"{__name__}.{module.name}")
            found |= {
                item.name: item for item in getattr(package, "FORMATS", None) or (package.FORMAT,)
            }
    return dict(sorted(found.items()))


def sniff(head: bytes, name: str) -> tuple[Format | None, Sniff]:
    """The format that is surest of this file, or None and why nobody is.

    head: the first HEAD_BYTES of the file. Of two that are equally sure the first by name wins.
    """
    if not head:
        return None, Sniff(0.0, "the file is empty")
    answers = [(each.sniff(head, name), each) for each in all_formats().values()]
    best, choice = max(answers, key=lambda answer: answer[0].confidence)
    if best.confidence < LEAST_CONFIDENCE:
        return None, Sniff(best.confidence, _stranger(head))
    return choice, best


def _stranger(head: bytes) -> str:
    """What a file looks like that no format knows, so that a person sees why."""
    if head.startswith(b"PK"):
        return "a zip archive or workbook that no format knows"
    try:
        text = decode_head(head)
        if root := re.match(r"\s*(?:<[?!][^>]*>\s*)*<([\w:.-]+)", text):
            return f"XML of <{root[1]}>, which no format reads"
        columns = ", ".join(read_table_head(head).columns[:5])
        return f"a table with the columns {columns}, which no format knows"
    except UnreadableFile:
        return "binary data that no format knows" if b"\0" in head else "text that is no table"
