"""The books: every record of every file, and files that need a look."""

from __future__ import annotations

from collections.abc import Sequence

from casparian.charts.markup import Heading, card, table, tag
from casparian.charts.scale import NONE, count
from casparian.charts.svg import Markup
from casparian.report.data import BooksRow, OpenFile, ReportData

FILES_SHOWN = 20


def books(data: ReportData) -> list[Markup]:
    total = data.total
    if not data.books:
        return [card(tag("p", "No file has been landed yet.", class_="empty"))]
    all_there = "Every record of every file is accounted for"
    words = all_there if total.closed else "Records are missing"
    head = tag("div", tag("h3", words), _closed(total.closed), class_="head")
    return [card(head, _sum_line(data), _books_table(data)), *_open_files(data.open_files)]


def _closed(closed: bool) -> Markup:
    return tag("span", "closed" if closed else "open", class_=f"pill {'ok' if closed else 'no'}")


def _sum_line(data: ReportData) -> Markup:
    total = data.total
    terms = (
        ("", total.read, "records read"), ("=", total.valid, "valid"),
        ("+", total.quarantined, "quarantined"), ("+", total.duplicate, "duplicate"),
    )  # fmt: skip
    shown = [
        part
        for sign, number, words in terms
        for part in (
            *([tag("i", sign)] if sign else []),
            tag("span", tag("strong", count(number)), tag("small", words)),
        )
    ]
    return tag("div", *shown, class_="sum-line")


def _books_table(data: ReportData) -> Markup:
    columns = (
        Heading("Format", keep=True), Heading("Files", True), Heading("Read", True),
        Heading("Valid", True), Heading("Quarantined", True), Heading("Duplicate", True),
        Heading("Books"),
    )  # fmt: skip
    rows = [*data.books, data.total]
    return table(columns, [_cells(row, row is rows[-1]) for row in rows], total=True)


def _cells(row: BooksRow, total: bool) -> list[str | Markup]:
    return [
        "All formats" if total else tag("b", row.format),
        *map(count, (row.files, row.read, row.valid, row.quarantined, row.duplicate)),
        _closed(row.closed),
    ]


def _open_files(rows: Sequence[OpenFile]) -> list[Markup]:
    if not rows:
        return []
    columns = (Heading("File", wide=True), Heading("State", keep=True), Heading("Why", wide=True))
    cells: list[list[str | Markup]] = [
        [tag("code", r.source_path), r.status, r.note or NONE] for r in rows[:FILES_SHOWN]
    ]
    rest = len(rows) - FILES_SHOWN
    said = [tag("figcaption", f"And {rest} more: casparian files lists them.")] if rest > 0 else []
    return [card(tag("h3", "Files to look at"), table(columns, cells), *said)]
