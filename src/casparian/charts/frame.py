"""What charts share: the place between the axes, axes with their grid, and the empty chart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from casparian.charts import svg
from casparian.charts.scale import Scale, decimals_for, fixed, step_for
from casparian.charts.svg import Markup


@dataclass(frozen=True)
class Frame:
    """The rectangle in which data is drawn, in pixels of the drawing."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return self.right - self.left

    def across(self, low: float, high: float) -> Scale:
        return Scale(low, high, self.left, self.right)

    def up(self, low: float, high: float) -> Scale:
        return Scale(low, high, self.bottom, self.top)

    def slot(self, index: int, count: int) -> float:
        """Middle of one of `count` equal columns."""
        return self.left + (index + 0.5) * self.width / count


def nothing(sentence: str) -> Markup:
    """What stands in a chart's place when there is nothing to draw."""
    return svg.element("p", sentence, class_="empty")


def grid(
    frame: Frame, scale: Scale, values: Sequence[float], write: Callable[[float], str]
) -> Markup:
    """Level lines with their figures on the left; of long ones their ends, by which they differ."""
    parts = []
    for value in values:
        y, written = scale(value), cut_front(write(value), max(int(frame.left / 5.6), 8))
        parts.append(svg.line(frame.left, y, frame.right, y, "grid"))
        parts.append(svg.text(frame.left - 8, y + 4, written, "label small num end"))
    return svg.joined(parts)


def floor(frame: Frame) -> Markup:
    return svg.line(frame.left, frame.bottom, frame.right, frame.bottom, "axis")


def axis_title(frame: Frame, words: str, right: bool = False) -> Markup:
    """What an axis counts, above its upper end."""
    if right:
        return svg.text(frame.right + 34, frame.top - 12, words, "label tiny end")
    return svg.text(0, frame.top - 12, words, "label tiny")


def wrapped(words: str, width: int, lines: int) -> list[str]:
    """Words in at most so many lines of about `width` characters, the last cut with an ellipsis."""
    rows: list[str] = [""]
    for word in words.split():
        if rows[-1] and len(rows[-1]) + 1 + len(word) > width:
            rows.append(word)
        else:
            rows[-1] = f"{rows[-1]} {word}".strip()
    if len(rows) > lines:
        rows = [*rows[: lines - 1], cut(" ".join(rows[lines - 1 :]), width)]
    return [cut(row, width + 2) for row in rows]


def cut(words: str, width: int) -> str:
    return words if len(words) <= width else words[: width - 1].rstrip() + "…"


def cut_inside(words: str, width: int, tail: int = 5) -> str:
    """Cut so that the end stays, by which long names often differ."""
    if len(words) <= width or width <= tail + 2:
        return cut(words, width)
    return f"{words[: width - tail - 1].rstrip()}…{words[-tail:].lstrip()}"


def cut_front(words: str, width: int) -> str:
    """Cut so that only the end stays."""
    return words if len(words) <= width else "…" + words[1 - width :].lstrip()


TITLE_HEIGHT = 46
FACTS_HEIGHT = 46


def title_of(words: str, below: str = "", x: float = 0, y: float = 0) -> Markup:
    """What a drawing shows, and in a softer line what kind of chart it is."""
    return svg.group(svg.text(x, y + 15, words, "title"), svg.text(x, y + 33, below, "label"))


def fact_strip(
    facts: Sequence[tuple[str, str]], top: float, width: float, left: float = 0
) -> Markup:
    """A box of figures side by side, each under its name."""
    if not facts:
        return svg.joined([])
    needs = [max(len(name) * 5.6, len(figure) * 6.8) for name, figure in facts]
    spare = max(width - 20 - sum(needs), 0) / len(facts)
    parts, x = [svg.box(left, top, width, FACTS_HEIGHT - 8, "panel", "", 6)], left + 12
    for (name, figure), need in zip(facts, needs, strict=True):
        parts.append(svg.text(x, top + 14, name, "label tiny"))
        parts.append(svg.text(x, top + 30, figure, "strong num"))
        x += need + spare
    return svg.group(*parts, class_="facts")


def figures_below(frame: Frame, x: Scale) -> Markup:
    """Figures of the axis that lies at the floor."""
    about = max(round(frame.width / 90), 3)
    decimals = decimals_for(step_for(x.high - x.low, about))
    return svg.joined(
        svg.text(x(v), frame.bottom + 17, fixed(v, decimals), "label small num mid")
        for v in x.ticks(about)
    )


@dataclass(frozen=True)
class Cell:
    """What stands in a table, and how it is written."""

    words: str
    class_: str = "label num end"


def table(
    left: float, top: float, widths: Sequence[float], heads: Sequence[str],
    rows: Sequence[Sequence[Cell]], row: float = 20,
) -> Markup:  # fmt: skip
    """A small table: the first column starts at its left, the others end at their right."""
    ends = [left + sum(widths[: i + 1]) for i in range(len(widths))]
    parts = [
        _cell(left, ends, i, top, Cell(head, "label tiny" + (" end" if i else "")))
        for i, head in enumerate(heads)
    ]
    for place, cells in enumerate(rows):
        y = top + (place + 1) * row
        parts.append(svg.line(left, y - 13, ends[-1], y - 13, "grid"))
        parts += [_cell(left, ends, i, y + 2, cell) for i, cell in enumerate(cells)]
    return svg.group(*parts, class_="table")


def _cell(left: float, ends: Sequence[float], column: int, y: float, cell: Cell) -> Markup:
    return svg.text(ends[column] if column else left, y, cell.words, cell.class_)
