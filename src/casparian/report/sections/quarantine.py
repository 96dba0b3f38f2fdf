"""Quarantine: which records were kept out, why, and what that means."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from casparian import charts
from casparian.charts.markup import Heading, card, figure, more, sub, table, tag
from casparian.charts.scale import NONE, count
from casparian.charts.svg import Markup
from casparian.report.data import ReportData
from casparian.report.meaning import Family, families
from casparian.report.words import bare

BARS_SHOWN = 16


def quarantine(data: ReportData) -> list[Markup]:
    found = families(data.quarantine)
    if not found:
        return [card(tag("p", "No record was quarantined.", class_="empty"))]
    rows = _bars(found)
    wide = charts.bars(rows, "quarantined records", columns=2)
    narrow = charts.bars(rows, "quarantined records", 360, columns=1)
    return [
        tag(
            "p",
            "Records that break a rule of their contract are kept whole, with the reason, and "
            "can be replayed once the contract or the export is put right.",
            class_="soft",
        ),
        card(figure(wide, narrow)),
        card(_quarantine_table(found), more("Every reason as written", _every_reason(data))),
    ]


def _bars(found: Sequence[Family]) -> list[charts.Bar]:
    rows = [charts.Bar(family.name, family.count, bare(family.table)) for family in found]
    if len(rows) <= BARS_SHOWN:
        return rows
    rest = rows[BARS_SHOWN - 1 :]
    return [
        *rows[: BARS_SHOWN - 1],
        charts.Bar(f"{len(rest)} other reasons", sum(r.value for r in rest)),
    ]


def _quarantine_table(found: Iterable[Family]) -> Markup:
    columns = (
        Heading("Reason and what it means", wide=True), Heading("Table", keep=True),
        Heading("Records", True),
        Heading("For example", wide=True),
    )  # fmt: skip
    return table(
        columns,
        [
            [
                sub(tag("b", family.name + _variants(family)), family.meaning),
                bare(family.table),
                count(family.count),
                _example(family),
            ]
            for family in found
        ],
    )


def _variants(family: Family) -> str:
    unique = list(dict.fromkeys(family.variants))
    if not unique:
        return ""
    shown = ", ".join(unique[:3])
    return f" ({shown}{f' and {len(unique) - 3} more' if len(unique) > 3 else ''})"


def _example(family: Family) -> str | Markup:
    row = family.example
    if not row.example_path:
        return NONE
    folder, _, name = row.example_path.rpartition("/")
    where = f"record {count(row.example_row)}" if row.example_row is not None else ""
    return sub(tag("code", name), ", ".join(part for part in (where, f"in {folder}") if part))


def _every_reason(data: ReportData) -> Markup:
    columns = (
        Heading("Reason"), Heading("Rule"), Heading("Table"), Heading("Records", True),
        Heading("Files", True),
    )  # fmt: skip
    return table(
        columns,
        [
            [
                row.reason,
                tag("code", row.rule),
                bare(row.table),
                count(row.count),
                count(row.files),
            ]
            for row in sorted(data.quarantine, key=lambda r: -r.count)
        ],
    )
