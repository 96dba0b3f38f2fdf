"""A finished chart: what it shows, the figures behind it, and the forms it can be given.

In a notebook a chart shows itself: it is the last line of a cell. `save` writes a file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from casparian.charts.page import chart_page, standalone
from casparian.charts.svg import Drawing, Markup

SUFFIXES = (".svg", ".html", ".htm")


@dataclass(frozen=True)
class Chart:
    """A drawing and its figures: numbers, texts and lists that JSON has words for."""

    title: str
    drawing: Drawing
    figures: Mapping[str, Any] = field(default_factory=dict)

    def svg(self) -> str:
        """An SVG file of its own: colours inside, light, and dark where the reader's screen is."""
        return standalone(self.drawing)

    def html(self) -> str:
        """One HTML page that needs nothing else; pointing at a place shows its figures."""
        return chart_page(self.title, self.drawing, self.figures)

    def save(self, path: str | Path) -> Path:
        """Write it as .svg or .html, as the name ends. The folder is made if need be.

        Raises ValueError for another ending and OSError where nothing can be written.
        """
        out = Path(path)
        if out.suffix.lower() not in SUFFIXES:
            raise ValueError(f"{out.name}: give a name that ends in .svg or .html")
        out.parent.mkdir(parents=True, exist_ok=True)
        text = self.svg() if out.suffix.lower() == ".svg" else self.html()
        out.write_text(text, encoding="utf-8")
        return out

    def _repr_svg_(self) -> str:
        return self.svg()

    def _repr_html_(self) -> str:
        return f'<div style="max-width:{self.drawing.width + 40:g}px">{self.svg()}</div>'


def chart_of(title: str, drawing: Markup, figures: Mapping[str, Any]) -> Chart:
    """The chart of a drawing. Raises ValueError with its words where there was nothing to draw."""
    if not isinstance(drawing, Drawing):
        raise ValueError(re.sub("<[^>]*>", "", drawing.text))
    return Chart(title, drawing, figures)
