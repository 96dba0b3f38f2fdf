"""HTML as text. Everything is escaped unless it is markup already."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from casparian.charts.svg import Child, Markup, Value, joined

TIMES = "\N{MULTIPLICATION SIGN}"


def tag(name: str, *children: Child, **attributes: Value) -> Markup:
    """One element with its end tag (an empty element without one means something else in HTML)."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(str(value), quote=True)}"'
        for key, value in attributes.items()
    )
    inner = "".join(
        child.text if isinstance(child, Markup) else escape(child) for child in children
    )
    return Markup(f"<{name}{written}>{inner}</{name}>")


@dataclass(frozen=True)
class Heading:
    """A column of a table; figures stand on the right. keep: not broken; wide: never squeezed."""

    words: str
    number: bool = False
    keep: bool = False
    wide: bool = False


def table(
    columns: Sequence[Heading], rows: Iterable[Sequence[Child]], total: bool = False
) -> Markup:
    """A table that scrolls sideways where it must. total: the last row is a sum."""
    listed = list(rows)
    kinds = [_kind(column) for column in columns]
    head = [tag("th", c.words, scope="col", **kind) for c, kind in zip(columns, kinds, strict=True)]
    body = [
        tag(
            "tr",
            *(tag("td", cell, **kind) for cell, kind in zip(row, kinds, strict=True)),
            **({"class_": "sum"} if total and i == len(listed) - 1 else {}),
        )
        for i, row in enumerate(listed)
    ]
    inner = tag("table", tag("thead", tag("tr", *head)), tag("tbody", *body))
    return tag("div", inner, class_="scroll")


def _kind(column: Heading) -> dict[str, str]:
    names = {"n": column.number, "keep": column.keep, "broad": column.wide}
    chosen = " ".join(name for name, wanted in names.items() if wanted)
    return {"class_": chosen} if chosen else {}


def card(*children: Child) -> Markup:
    return tag("div", *children, class_="card")


def figure(wide: Markup, narrow: Markup | None = None, caption: str = "") -> Markup:
    """A drawing, with another for narrow screens, and what to see in it."""
    drawings = (
        [wide]
        if narrow is None
        else [tag("div", wide, class_="wide"), tag("div", narrow, class_="narrow")]
    )
    words = [tag("figcaption", caption)] if caption else []
    return tag("figure", *drawings, *words)


def more(words: str, *children: Child) -> Markup:
    """What is there but folded away."""
    return tag("details", tag("summary", words), *children)


def sub(main: Child, below: str) -> Markup:
    """A cell with a softer second line."""
    return joined(
        [main if isinstance(main, Markup) else tag("span", main), tag("span", below, class_="sub")]
    )


def page(title: str, style: str, body: Iterable[Markup]) -> str:
    """A whole HTML document."""
    head = joined(
        [
            Markup('<meta charset="utf-8">'),
            Markup('<meta name="viewport" content="width=device-width,initial-scale=1">'),
            tag("title", title),
            tag("style", Markup(style)),
        ]
    )
    inner = joined([tag("head", head), tag("body", *body)])
    return f"<!doctype html>\n{tag('html', inner, lang='en').text}\n"
