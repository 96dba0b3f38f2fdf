"""Charts as files: self-contained, escaped, in plain colours, and shown by notebooks."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from casparian.charts.spc import spc_chart
from casparian.charts.theme import DARK, LIGHT

CHART = spc_chart([5.0, 5.2, 4.9, 5.1, 5.0, 7.0], title="Viscosity & co", unit="mPa·s")
GOLDEN = Path(__file__).parent / "golden" / "individuals.svg"


def test_the_svg_needs_nothing_and_has_plain_colours_light_and_dark() -> None:
    text = CHART.svg()
    assert "var(--" not in text
    assert LIGHT["blue"] in text
    assert DARK["blue"] in text
    assert "prefers-color-scheme:dark" in text
    assert not re.findall(r'(?:href|src)="|url\(|@import', text)
    assert ElementTree.fromstring(text).get("width")


def test_the_page_needs_nothing_but_itself() -> None:
    text = CHART.html()
    assert not re.findall(r'(?:href|src)="|url\(|@import|fetch\(', text)
    assert text.startswith("<!doctype html>")
    assert "Viscosity &amp; co" in text
    assert text.count("<script>") == 1


def test_whoever_cannot_see_it_is_told() -> None:
    root = ElementTree.fromstring(CHART.svg())
    assert root.get("role") == "img"
    assert "Rules broken: WE1 at 1 points" in root.get("aria-label", "") or "centre" in root.get(
        "aria-label", ""
    )


def test_notebooks_show_charts() -> None:
    assert CHART._repr_svg_() == CHART.svg()
    assert CHART.svg() in CHART._repr_html_()


def test_the_name_says_what_is_written(tmp_path: Path) -> None:
    assert CHART.save(tmp_path / "deep" / "a.svg").read_text("utf-8") == CHART.svg()
    assert CHART.save(tmp_path / "a.html").read_text("utf-8") == CHART.html()
    with pytest.raises(ValueError, match=r"\.svg or \.html"):
        CHART.save(tmp_path / "a.png")


def test_a_small_chart_is_drawn_as_it_always_was() -> None:
    """The drawing without its style; `python -m tests.charts.test_files` writes it anew."""
    assert CHART.drawing.text + "\n" == GOLDEN.read_text("utf-8")


if __name__ == "__main__":
    GOLDEN.parent.mkdir(exist_ok=True)
    GOLDEN.write_text(CHART.drawing.text + "\n", "utf-8")
