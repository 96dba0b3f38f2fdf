"""Golden pairs: an input file and beside it, as JSON, all that its format reads from it.

`CASPARIAN_WRITE_GOLDEN=1 pytest tests/formats` writes the expected files anew: read the difference
before you commit it.
"""

from __future__ import annotations

import json
import os
from datetime import date, datetime
from pathlib import Path
from typing import Any

from casparian.reading.base import Batch, Damage, Format, Note, Source


def read(form: Format, path: Path, timezone: str | None = None) -> list[Batch | Damage | Note]:
    """Everything the format reads from a file."""
    return list(form.read(Source(str(path), path.name, timezone)))


def as_json(parts: list[Batch | Damage | Note]) -> list[dict[str, Any]]:
    """Batches, damage and notes as plain values; columns null throughout are left out."""
    return [_part(part) for part in parts]


def _part(part: Batch | Damage | Note) -> dict[str, Any]:
    if isinstance(part, Note):
        return {"note": part.sentence}
    return _damage(part) if isinstance(part, Damage) else _batch(part)


def _damage(damage: Damage) -> dict[str, Any]:
    return {"damage": damage.rule, "table": damage.table, "row": damage.row, "raw": damage.raw}


def _batch(batch: Batch) -> dict[str, Any]:
    shown = {
        "table": batch.table,
        "derived": batch.derived,
        "rows": batch.rows.to_pylist(),
        "raw": [_filled(row) for row in batch.raw.to_pylist()],
        "fields": [_filled(row) for row in batch.fields.to_pylist()],
    }
    return json.loads(json.dumps(shown, default=_plain))


def _filled(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if value is not None}


def _plain(value: object) -> str:
    assert isinstance(value, datetime | date)
    return value.isoformat()


def check(form: Format, path: Path, timezone: str | None = None) -> None:
    """Read `path` and compare with `<its stem>.expected.json`."""
    expected = path.with_suffix(".expected.json")
    found = as_json(read(form, path, timezone))
    if os.environ.get("CASPARIAN_WRITE_GOLDEN"):
        expected.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", "utf-8")
    assert found == json.loads(expected.read_text("utf-8"))
