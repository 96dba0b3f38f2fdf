"""Drawings read back: what is drawn must say what the figures say."""

from __future__ import annotations

from xml.etree import ElementTree

from casparian.charts.chart import Chart
from casparian.charts.svg import Markup

SVG = "{http://www.w3.org/2000/svg}"
Element = ElementTree.Element


def parsed(drawn: Markup | Chart) -> Element:
    return ElementTree.fromstring(drawn.svg() if isinstance(drawn, Chart) else drawn.text)


def of_class(root: Element, name: str) -> list[Element]:
    return [e for e in root.iter() if name in e.get("class", "").split()]


def hints(root: Element) -> list[str]:
    """What a pointer shows, without the title of the whole."""
    return [e.text or "" for e in root.iter(f"{SVG}title")][1:]


def words(root: Element) -> list[str]:
    return ["".join(e.itertext()) for e in root.iter(f"{SVG}text")]


def places(element: Element) -> list[tuple[float, float]]:
    """Points of a line."""
    pairs = (pair.split(",") for pair in element.get("points", "").split())
    return [(float(x), float(y)) for x, y in pairs]


def facts(root: Element) -> dict[str, str]:
    """The box of figures: name and figure."""
    texts = [e.text or "" for e in of_class(root, "facts")[0].iter(f"{SVG}text")]
    return dict(zip(texts[::2], texts[1::2], strict=True))
