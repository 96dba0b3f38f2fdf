"""Bars that lie flat, each with its name above it: readable at any width."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from casparian.charts import svg
from casparian.charts.frame import cut, nothing
from casparian.charts.scale import Scale, count, percent
from casparian.charts.svg import Markup

ROW = 42


@dataclass(frozen=True)
class Bar:
    """One bar. note: said beside the name, in a softer tone."""

    name: str
    value: float
    note: str = ""


def bars(
    rows: Sequence[Bar], what: str, width: float = 1080, columns: int = 2, empty: str = ""
) -> Markup:
    """Counts by name, largest first, in columns that read downwards. `what` names the whole."""
    if not rows:
        return nothing(empty or f"No {what}.")
    ordered = sorted(rows, key=lambda row: (-row.value, row.name, row.note))
    columns = min(columns, len(ordered))
    deep = -(-len(ordered) // columns)
    wide = (width - 44 * (columns - 1)) / columns
    total = sum(row.value for row in ordered)
    scale = Scale(0, ordered[0].value, 0, wide)
    parts = [
        _row(row, (i // deep) * (wide + 44), (i % deep) * ROW, wide, scale(row.value), total)
        for i, row in enumerate(ordered)
    ]
    return svg.drawing(width, deep * ROW - 6, _label(ordered, what, total), *parts)


def _row(row: Bar, x: float, y: float, wide: float, long: float, total: float) -> Markup:
    where = f" in {row.note}" if row.note else ""
    hint = f"{row.name}{where}: {count(row.value)}, {percent(row.value / total)}"
    room = int(wide / 6.4) - len(row.name) - 10
    name = svg.element(
        "text",
        svg.element("tspan", row.name, class_="name"),
        svg.element(
            "tspan", "  " + cut(row.note, room) if row.note and room > 6 else "", class_="small"
        ),
        x=x,
        y=y + 13,
        xml__space="preserve",
    )
    return svg.group(
        name,
        svg.text(x + wide, y + 13, count(row.value), "strong num end"),
        svg.box(x, y + 20, wide, 8, "lane", "", 4),
        svg.box(x, y + 20, max(long, 3), 8, "fill-orange", "", 4),
        svg.box(x, y, wide, ROW - 8, "hit", hint),
    )


def _label(rows: Sequence[Bar], what: str, total: float) -> str:
    listed = ", ".join(f"{row.name} {count(row.value)}" for row in rows[:5])
    return f"{count(total)} {what}: {listed}{' and more' if len(rows) > 5 else ''}."
