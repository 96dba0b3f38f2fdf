from __future__ import annotations

import io
from dataclasses import replace

from rich.console import Console

from casparian.report.data import ReportData
from casparian.report.screen import print_summary
from tests.report.made_up import plant


def printed(data: ReportData, width: int = 100) -> list[str]:
    console = Console(file=io.StringIO(), width=width, color_system=None)
    print_summary(data, console)
    return console.file.getvalue().splitlines()  # type: ignore[attr-defined]


def test_the_summary_fits_on_a_screen() -> None:
    lines = printed(plant())
    assert len(lines) < 40
    assert max(map(len, lines)) <= 100


def test_a_narrow_screen_keeps_the_figures() -> None:
    text = "\n".join(printed(plant(), 80))
    for figure in ("83.3 %", "3,300", "2,211", "9,956"):
        assert figure in text


def test_a_screen_without_unicode_gets_plain_characters() -> None:
    raw = io.BytesIO()
    with io.TextIOWrapper(raw, encoding="cp1252") as simple:
        print_summary(plant(), Console(file=simple, width=100, color_system=None))
        simple.flush()
        assert b"####" in raw.getvalue()


def test_it_says_what_matters() -> None:
    text = "\n".join(printed(plant()))
    for words in (
        "HAM-MC1",
        "AUS-PK1",
        "WE1",
        "Clock went back",
        "Books closed",
        "unknown_dump.bin",
    ):
        assert words in text


def test_open_books_are_called_open() -> None:
    data = plant(3, 21)
    short = replace(data.books[0], valid=data.books[0].valid - 1)
    assert "Books open" in "\n".join(printed(replace(data, books=(short, *data.books[1:]))))


def test_an_empty_lake_has_a_summary() -> None:
    text = "\n".join(printed(ReportData()))
    assert "no line has figures yet" in text
    assert "Quarantine: empty." in text
