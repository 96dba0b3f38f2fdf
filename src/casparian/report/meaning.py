"""What rules of the verdict mean, in the words of a plant.

Reasons that a contract words itself ("End before start") need no entry: they explain themselves.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from casparian.report.data import QuarantineRow

BY_RULE = {
    "damaged_record": "The line does not have the columns that its header promises.",
    "damaged_file": "The file ends early or cannot be decoded from there on; the unreadable rest "
    "counts as one record.",
    "bad_quality": "The source itself marked the value as not to be trusted.",
    "not_a_number": "A figure was expected and something else was written.",
    "below_min": "The value lies below the range of the tag list or the contract.",
    "above_max": "The value lies above the range of the tag list or the contract.",
    "not_allowed": "The value is none of those that the contract lists.",
    "sensor_offline": "The sensor logged exact zeros for ten minutes or more where zero is not "
    "possible: it was off, whatever its quality flag says.",
    "clock_back": "The logger's clock went back: the reading is older than one already read.",
    "conflict": "The lake holds an earlier record with the same key and other content.",
}
BY_BEGINNING = {
    "missing": "A field is empty that the contract requires.",
    "bad_": "The field cannot be read as what the contract says it is.",
}
ITS_OWN_WORDS = "A rule of the contract is broken, in the contract's own words."


@dataclass(frozen=True)
class Family:
    """Reasons that differ only in their limit ("Below min (-40)", "Below min (0)"), in one table.

    variants: what stood in brackets, most frequent first. example: the largest of its rows.
    """

    table: str
    rule: str
    name: str
    count: int
    files: int
    variants: tuple[str, ...]
    example: QuarantineRow

    @property
    def meaning(self) -> str:
        return meaning_of(self.rule)


def meaning_of(rule: str) -> str:
    """What a rule of the verdict means."""
    beginnings = (text for start, text in BY_BEGINNING.items() if rule.startswith(start))
    return BY_RULE.get(rule) or next(beginnings, ITS_OWN_WORDS)


def families(rows: Iterable[QuarantineRow]) -> list[Family]:
    """Rows of quarantine by table and kind of reason, largest first."""
    found: dict[tuple[str, str, str], list[QuarantineRow]] = {}
    for row in sorted(rows, key=lambda r: -r.count):
        found.setdefault((row.table, row.rule, row.reason.split(" (")[0]), []).append(row)
    grouped = [
        Family(
            table,
            rule,
            name,
            sum(row.count for row in members),
            max(row.files for row in members),
            tuple(
                row.reason.split(" (", 1)[1].rstrip(")") for row in members if " (" in row.reason
            ),
            members[0],
        )
        for (table, rule, name), members in found.items()
    ]
    return sorted(grouped, key=lambda family: (-family.count, family.table, family.name))
