"""SVG as text: elements, and nothing that needs a library.

Colours and fonts come from the classes of `theme`, so one drawing serves light and dark pages.
All text is escaped here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape


@dataclass(frozen=True)
class Markup:
    """Text that is markup already and must not be escaped again."""

    text: str


Child = str | Markup
Value = str | float | int


def element(name: str, *children: Child, **attributes: Value) -> Markup:
    """One element. `class_` and `font_size` are written `class` and `font-size`."""
    written = "".join(f' {_name(key)}="{_value(value)}"' for key, value in attributes.items())
    inner = "".join(
        child.text if isinstance(child, Markup) else escape(child) for child in children
    )
    return Markup(f"<{name}{written}>{inner}</{name}>" if inner else f"<{name}{written}/>")


def joined(parts: Iterable[Markup]) -> Markup:
    """Several pieces of markup as one."""
    return Markup("".join(part.text for part in parts))


def _name(key: str) -> str:
    return key.rstrip("_").replace("__", ":").replace("_", "-")


def _value(value: Value) -> str:
    if isinstance(value, float):
        written = f"{value:.1f}"
        return written[:-2] if written.endswith(".0") else written
    return escape(str(value), quote=True)


@dataclass(frozen=True)
class Drawing(Markup):
    """A whole drawing. inner: what stands in it, for drawings that hold others."""

    width: float = 0.0
    height: float = 0.0
    label: str = ""
    inner: Markup = Markup("")


def drawing(width: float, height: float, label: str, *parts: Markup) -> Drawing:
    """A whole drawing that scales to its place, described by `label` to those who cannot see it."""
    inner = joined(parts)
    whole = element(
        "svg",
        element("title", label),
        inner,
        xmlns="http://www.w3.org/2000/svg",
        class_="chart",
        viewBox=f"0 0 {width:g} {height:g}",
        role="img",
        aria_label=label,
    )
    return Drawing(whole.text, width, height, label, inner)


def placed(x: float, y: float, *parts: Markup) -> Markup:
    """Markup moved to another place."""
    return group(*parts, transform=f"translate({x:g} {y:g})")


def group(*parts: Markup, **attributes: Value) -> Markup:
    return element("g", *parts, **attributes)


def tip(text: str) -> Markup:
    """What a pointer that rests on the parent shows."""
    return element("title", text)


def text(x: float, y: float, content: str, class_: str = "label", **attributes: Value) -> Markup:
    return element("text", content, x=x, y=y, class_=class_, **attributes)


def line(x1: float, y1: float, x2: float, y2: float, class_: str) -> Markup:
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=class_)


def box(
    x: float, y: float, width: float, height: float, class_: str, hint: str = "", round_: float = 0
) -> Markup:
    inside = (tip(hint),) if hint else ()
    corner = {"rx": round_} if round_ else {}
    return element(
        "rect", *inside, x=x, y=y, width=max(width, 0.0), height=max(height, 0.0), class_=class_,
        **corner,
    )  # fmt: skip


def polyline(points: Iterable[tuple[float, float]], class_: str) -> Markup:
    return element("polyline", points=points_of(points), class_=class_)


def points_of(places: Iterable[tuple[float, float]]) -> str:
    """Places as the attribute `points` of a line or an area."""
    return " ".join(f"{_value(float(x))},{_value(float(y))}" for x, y in places)


def ticks(across: Iterable[float], y: float, tall: float, class_: str, wide: float) -> Markup:
    """Any number of upright marks at one height as one stroke."""
    down = f",{_value(y)}v{_value(tall)}"
    path = "".join(f"M{_value(float(x))}{down}" for x in across)
    return element("path", d=path, class_=class_, stroke_width=wide)


def specks(places: Iterable[tuple[float, float]], class_: str) -> Markup:
    """Any number of small marks as one stroke with round ends."""
    path = "".join(f"M{_value(float(x))},{_value(float(y))}h0" for x, y in places)
    return element("path", d=path, class_=class_)


def dot(x: float, y: float, radius: float, class_: str, hint: str = "") -> Markup:
    inside = (tip(hint),) if hint else ()
    return element("circle", *inside, cx=x, cy=y, r=radius, class_=class_)
