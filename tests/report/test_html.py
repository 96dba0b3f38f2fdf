from __future__ import annotations

import math
import re
import time
from dataclasses import replace
from html.parser import HTMLParser

from casparian.report.data import BooksRow, OeeRow, ReportData
from casparian.report.html import html
from casparian.report.meaning import families
from tests.report.made_up import REJECTS, plant

VOID = {"meta"}


class Balance(HTMLParser):
    """Notes tags that are not closed in order, and what could reach out of the page."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text: list[str] = []
        self.outside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open += [tag] * (tag not in VOID)
        for name, value in attrs:
            if name in ("src", "href", "srcset", "data") and not (value or "").startswith("#"):
                self.outside.append(f"{tag} {name}={value}")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag not in ("div", "span", "td", "p", "i"), f"<{tag}/> is no end in HTML"

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def read(page: str) -> Balance:
    balance = Balance()
    balance.feed(page)
    assert balance.open == []
    return balance


def test_the_page_is_whole_and_asks_nobody_for_anything() -> None:
    page = html(plant())
    found = read(page)
    assert found.outside == []
    assert "<script" not in page
    assert "@import" not in page
    assert not re.search(r"url\(", page)
    addresses = set(re.findall(r"https?://[^\s\"'<]+", page))
    assert addresses == {"http://www.w3.org/2000/svg"}


def test_it_shows_every_line_every_reason_and_every_chart() -> None:
    data = plant()
    words = " ".join(read(html(data)).text)
    for row in data.oee_lines:
        assert row.line_id in words
    for _, _, reason, _, _ in REJECTS:
        assert reason in words
    for chart in data.spc:
        assert chart.title in words
    assert "closed" in words
    assert "casparian explain gold_production.fct_oee_shift" in words


def test_an_empty_lake_makes_a_page_that_says_what_is_not_there() -> None:
    words = " ".join(read(html(ReportData(absent=("There is no table ops.files yet.",)))).text)
    for sentence in (
        "No line has OEE figures yet.",
        "No downtime was logged.",
        "No feature has enough measurements for a control chart yet.",
        "No record was quarantined.",
        "No file has been landed yet.",
        "There is no table ops.files yet.",
    ):
        assert sentence in words


def test_a_missing_calendar_is_said_instead_of_a_number() -> None:
    lacking = OeeRow(
        "HAM-MC1", "HAM", None, math.nan, math.nan, 5.0, 10.0, 9.0, None, None, 0.9, None,
        "no shift calendar for line HAM-MC1",
    )  # fmt: skip
    page = html(ReportData(oee_lines=(lacking,)))
    words = " ".join(read(page).text)
    assert words.count("no shift calendar for line HAM-MC1") >= 2
    assert not re.search(r"\bnan\b", words, re.IGNORECASE)


def test_effectiveness_over_one_is_shown_and_named() -> None:
    row = replace(plant(days=3).oee_lines[0], effectiveness_ratio=1.08)
    words = " ".join(read(html(ReportData(oee_lines=(row,)))).text)
    assert "108.0" in words
    assert "ran faster than its ideal cycle" in words


def test_books_that_do_not_close_are_open_for_all_to_see() -> None:
    # two files whose mistakes cancel out in the sum are still not closed
    data = ReportData(books=(BooksRow("historian_csv", 2, 10, 8, 1, 1, unclosed=2),))
    words = " ".join(read(html(data)).text)
    assert "2 files with records missing" in words
    assert "Records are missing" in words


def test_names_from_files_are_escaped() -> None:
    data = plant(days=3, subgroups=21)
    hostile = replace(data.quarantine[0], example_path="a/<img src=x onerror=alert(1)>.csv")
    page = html(replace(data, quarantine=(hostile,)))
    assert "<img" not in page
    read(page)


def test_reasons_that_differ_in_their_limit_are_one_family() -> None:
    found = {(f.table.split(".")[1], f.name): f for f in families(plant(3, 21).quarantine)}
    below = found["historian_values_quarantine", "Below min"]
    assert below.count == 488 + 1301
    assert below.variants == ("0", "-40")
    assert sum(f.count for f in found.values()) == sum(row[3] for row in REJECTS)


def test_a_month_of_the_plant_is_drawn_quickly() -> None:
    data = plant()
    html(data)
    started = time.process_time()
    html(data)
    assert time.process_time() - started < 1.0
