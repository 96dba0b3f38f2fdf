"""A format's sample and what must come of it: two lines of test for a new format."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from casparian.contracts.model import load
from casparian.contracts.verdict import Judge
from casparian.formats import HEAD_BYTES, all_formats, sniff
from casparian.formats.base import Damage, Source


def verdicts(format_name: str, sample: Path, timezone: str | None = None) -> dict[str, Any]:
    """{table: {"valid": [row …], "quarantined": [[record number, reason] …]}} of a sample."""
    chosen = all_formats()[format_name]
    contract = load(chosen.contract)
    found: dict[str, Any] = {name: {"valid": [], "quarantined": []} for name in chosen.tables}
    for part in chosen.read(Source(str(sample), sample.name, timezone)):
        if isinstance(part, Damage):
            found[part.table]["quarantined"].append([part.row, part.rule])
            continue
        verdict = Judge(contract.tables[part.table]).judge(part)
        for number, code, row in zip(
            part.rows.to_pylist(), verdict.codes, verdict.fields.to_pylist(), strict=True
        ):
            if code:
                found[part.table]["quarantined"].append([number, verdict.reasons[code - 1][1]])
            else:
                found[part.table]["valid"].append(row)
    return json.loads(json.dumps(found, default=str))  # type: ignore[no-any-return]


def recognised(sample: Path) -> str | None:
    """The name of the format that is surest of this file."""
    chosen, _ = sniff(sample.read_bytes()[:HEAD_BYTES], sample.name)
    return chosen.name if chosen else None
