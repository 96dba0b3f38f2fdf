"""How answers look to people: tables that fit, numbers with commas, times in UTC."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from rich.console import Console

UNITS = ("B", "kB", "MB", "GB", "TB", "PB")
WIDE = 100_000  # a pipe has no width: nothing is cut for it
LEAST, GAP = 14, 3  # letters of a folded text column, and between columns
COLOURS = {
    "new": "green", "landed": "green", "known": "default", "rejected": "yellow",
    "unknown": "yellow", "failed": "red", "problem": "red", "replaying": "red",
    "replaced": "default",
}  # fmt: skip


def console(*, err: bool = False) -> Console:
    """Made anew each time, so that it writes to whatever stdout is now."""
    from rich.console import Console

    stream = sys.stderr if err else sys.stdout
    return Console(file=stream, highlight=False, width=None if stream.isatty() else WIDE)


def say(text: str, style: str | None = None) -> None:
    """One line of plain text; square brackets mean themselves."""
    console().print(text, style=style, markup=False, soft_wrap=True)


def table(
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    title: str | None = None,
    right: Collection[str] = (),
) -> None:
    """Print rows under these headings, or one value a line where the terminal is too narrow.

    right: names of the columns of numbers.
    """
    texts = [[cell(value) for value in row] for row in rows]
    if _least_width(columns, texts, right) > console().width:
        _down(columns, texts, title)
    else:
        _across(columns, texts, title, right)


def _least_width(
    columns: Sequence[str], rows: Sequence[Sequence[str]], right: Collection[str]
) -> int:
    """What the table needs: numbers whole, texts folded to no fewer than LEAST letters."""
    total = 0
    for place, name in enumerate(columns):
        widest = max((len(row[place]) for row in rows), default=0)
        least = max(widest, len(name)) if name in right else min(widest, LEAST)
        total += max(least, 1) + GAP
    return total - GAP


def _down(columns: Sequence[str], rows: Iterable[Sequence[str]], title: str | None) -> None:
    if title:
        say(title, "bold")
    width = max(len(name) for name in columns)
    for place, row in enumerate(rows, 1):
        say(f"── {place:,}", "dim")
        for name, value in zip(columns, row, strict=True):
            say(f"{name:<{width}}  {value}")


def _across(
    columns: Sequence[str], rows: Iterable[Sequence[str]], title: str | None, right: Collection[str]
) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    grid = Table(
        box=SIMPLE_HEAD, show_edge=False, pad_edge=False, title=title, title_justify="left",
        title_style="bold",
    )  # fmt: skip
    for name in columns:
        number = name in right
        side: Literal["left", "right"] = "right" if number else "left"
        grid.add_column(name, justify=side, overflow="fold", no_wrap=number)
    for row in rows:
        grid.add_row(*(Text(text, style=COLOURS.get(text, "")) for text in row))
    console().print(grid)


def cell(value: Any) -> str:
    """A value as people read it: nothing for none, commas in whole numbers, UTC times with a Z."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:.10g}"
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, list | tuple):
        return ", ".join(cell(item) for item in value)
    return str(value)


def moment(value: datetime | None) -> str:
    """`2025-10-28 02:00:00Z`, with a fraction only where there is one."""
    if value is None:
        return ""
    text = value.strftime("%Y-%m-%d %H:%M:%S")
    fraction = f".{value.microsecond:06d}".rstrip("0") if value.microsecond else ""
    return f"{text}{fraction}{'Z' if value.tzinfo else ''}"


def size(count: int) -> str:
    """`12.3 MB`: powers of 1000."""
    amount = float(count)
    for unit in UNITS:
        if amount < 999.5 or unit == UNITS[-1]:
            break
        amount /= 1000
    return f"{count} B" if unit == "B" else f"{amount:.1f} {unit}"


def many(count: int, one: str, more: str | None = None) -> str:
    """`1 file`, `1,234 files`."""
    return f"{count:,} {one if count == 1 else more or one + 's'}"


@cache
def short(source_hash: str) -> str:
    """Enough of a hash to know it again."""
    return source_hash[:12]
