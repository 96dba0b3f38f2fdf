"""Batches made by hand, and a naive judge of historian readings to compare with."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa

from casparian.contracts.model import Column, RowRule, TableContract, load
from casparian.contracts.tags import Tags
from casparian.contracts.verdict import Verdict
from casparian.reading.base import Batch

READINGS = load("historian").tables["historian_values"]
UTC_US = pa.timestamp("us", tz="UTC")


def contract(
    *columns: Column, key: tuple[str, ...] = (), rules: tuple[RowRule, ...] = (), **more: Any
) -> TableContract:
    return TableContract("things", "quality", "1.0.0", columns, key, rules, **more)


def batch(**columns: list[Any] | pa.Array) -> Batch:
    """Text columns as a format would hand them over; raw and fields are the same."""
    arrays = {
        name: values if isinstance(values, pa.Array) else pa.array(values, pa.string())
        for name, values in columns.items()
    }
    fields = pa.RecordBatch.from_pydict(arrays)
    texts = {
        name: array if pa.types.is_string(array.type) else array.cast(pa.string())
        for name, array in arrays.items()
    }
    rows = pa.array(range(1, fields.num_rows + 1), pa.int64())
    return Batch("things", rows, pa.RecordBatch.from_pydict(texts), fields)


def reasons(verdict: Verdict) -> list[str | None]:
    return [None if code == 0 else verdict.reasons[code - 1][1] for code in verdict.codes]


def readings(rows: list[tuple[int, str | None, str | None, str]], first: int = 1) -> Batch:
    """(microseconds, tag, value text, quality) as the historian format gives them."""
    times, tags, values, quality = ([row[i] for row in rows] for i in range(4))
    fields = pa.RecordBatch.from_pydict(
        {
            "timestamp": pa.array(times, pa.int64()).cast(UTC_US),
            "tag_name": pa.array(tags, pa.string()).dictionary_encode(),
            "value": pa.array(values, pa.string()),
            "quality": pa.array(quality, pa.string()).dictionary_encode(),
            "quality_code": pa.array(quality, pa.string()).dictionary_encode(),
        }
    )
    raw = pa.RecordBatch.from_pydict(
        {
            "timestamp": [str(t) for t in times],
            "tag_name": fields["tag_name"],
            "value": fields["value"],
            "quality": fields["quality"],
        }
    )
    numbers = pa.array(np.arange(first, first + len(rows)), pa.int64())
    return Batch("historian_values", numbers, raw, fields)


def tags(**facts: tuple[float, float, bool, bool]) -> Tags:
    """name=(low, high, zero allowed, text)"""
    return Tags({name: (None, *fact) for name, fact in facts.items()})


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)
