"""How answers look to people: tables that fit, numbers with commas, times in UTC."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

UNITS = ("B", "kB", "MB", "GB", "TB", "PB")
WIDE = 100_000  # a pipe has no width: nothing is cut for it
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
    console().print(text, style=style, markup=False)


def table(
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    title: str | None = None,
    right: str = "",
) -> None:
    """Print rows under these headings. right: names of the columns of numbers, space-separated."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    grid = Table(
        box=SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        title=title,
        title_justify="left",
        title_style="bold",
    )
    numbers = right.split()
    for name in columns:
        grid.add_column(
            name,
            justify="right" if name in numbers else "left",
            overflow="fold",
            no_wrap=name in numbers,
        )
    for row in rows:
        grid.add_row(*(Text(cell(value), style=_colour(value)) for value in row))
    console().print(grid)


def _colour(value: Any) -> str:
    return COLOURS.get(value, "") if isinstance(value, str) and value in COLOURS else ""


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
