"""What a format's contract says of the records of a sample."""

from __future__ import annotations

from pathlib import Path

from casparian.contracts.model import load
from casparian.contracts.verdict import Judge
from casparian.reading.base import Damage, Format, Note
from tests.formats.golden import read


def reasons(form: Format, sample: Path, timezone: str | None = None) -> dict[int, str]:
    """Record number → reason (of damage: the rule), for every record that is not valid."""
    tables = load(form.contract).tables
    found = {}
    for part in read(form, sample, timezone):
        if isinstance(part, Damage):
            found[part.row] = part.rule
            continue
        if isinstance(part, Note):
            continue
        verdict = Judge(tables[part.table]).judge(part)
        for number, code in zip(part.rows.to_pylist(), verdict.codes.tolist(), strict=True):
            if code:
                found[number] = verdict.reasons[code - 1][1]
    return found
