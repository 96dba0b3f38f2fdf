"""Plain values of one stream, gathered so that thousands of them become columns at a stroke."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from casparian.formats.pi.stream import Stream
from casparian.formats.pi.tables import COLUMNS, VALUES, microseconds
from casparian.formats.pi.values import reading
from casparian.reading.bulk import ROWS, Bulk, plain_times, same
from casparian.reading.records import Record

_FLAGS = ("Good", "Questionable", "Substituted", "Annotated")
_PLAIN = frozenset((*_FLAGS, "Timestamp", "Value", "UnitsAbbreviation"))
_WORDS = {True: "true", False: "false", None: None}
_SMALLEST = 50  # values that are worth the making of columns


def is_plain(value: Any) -> bool:
    """A number at an instant, with flags and nothing else."""
    if type(value) is not dict or not value.keys() <= _PLAIN:
        return False
    time = value.get("Timestamp")
    return type(value.get("Value")) in (float, int) and type(time) is str and time.endswith("Z")


class Runs:
    """What has been gathered. single: makes the record of one value, where columns will not do."""

    def __init__(self, single: Callable[[dict[str, Any], Stream], Record]):
        self.single = single
        self.values: list[dict[str, Any]] = []
        self.stream = Stream()

    def takes(self, value: Any, stream: Stream | None) -> bool:
        """Whether the value is plain and has been gathered; ask for `ready` before the next."""
        if not is_plain(value) or stream is None or not stream.named:
            return False
        if self.values and stream is not self.stream:
            return False
        self.stream = stream
        self.values.append(value)
        return True

    @property
    def full(self) -> bool:
        return len(self.values) >= ROWS

    def ready(self) -> Iterator[Bulk | Record]:
        """What has been gathered so far, and begins anew."""
        values, stream, self.values = self.values, self.stream, []

        def records() -> Iterator[Record]:
            return (self.single(value, stream) for value in values)

        if len(values) < _SMALLEST:
            yield from records()
        else:
            yield Bulk(VALUES, len(values), lambda: _columns(values, stream), records)


def _columns(
    values: list[dict[str, Any]], stream: Stream
) -> tuple[pa.RecordBatch, pa.RecordBatch] | None:
    """Bronze and silver; None where a flag is no boolean or a time cannot be read."""
    written = [value["Timestamp"] for value in values]
    try:
        flags = [tuple(map(value.get, _FLAGS)) for value in values]
        said = {each: _meaning(*each) for each in set(flags)}
        times = plain_times(map(microseconds, written))
        numbers = pa.array([value["Value"] for value in values], pa.float64())
        words = [same([_WORDS[each[place]] for each in flags]) for place in range(4)]
    except (TypeError, KeyError, OverflowError, pa.ArrowInvalid):
        return None
    units = [value.get("UnitsAbbreviation") or stream.get("units") for value in values]
    texts = all(type(unit) is str or unit is None for unit in units)
    if not texts or not pc.all(pc.is_finite(numbers)).as_py():
        return None
    made = {
        "value": pa.array([str(value["Value"]) for value in values], pa.string()),
        "units": same(units),
        "kind": _all("value", len(values)),
        **{name: _all(stream.get(name), len(values)) for name in ("tag_name", "path", "web_id")},
        "annotated": words[3],
    }
    raw = made | {
        "timestamp": pa.array(written, pa.string()),
        "good": words[0],
        "questionable": words[1],
        "substituted": words[2],
        "_extra": pa.nulls(len(values), pa.string()),
    }
    fields = made | {
        "timestamp": times,
        "path": _all(stream.get("path") or stream.get("tag_name"), len(values)),
        "quality": same([said[each][0] for each in flags]),
        "quality_code": same([said[each][1] for each in flags]),
        "value_text": pa.nulls(len(values), pa.string()),
        "state_code": pa.nulls(len(values), pa.string()),
    }
    columns = COLUMNS[VALUES]
    return (
        pa.record_batch({name: raw[name] for name in (*columns.raw, "_extra")}),
        pa.record_batch({name: fields[name] for name in columns.fields}),
    )


def _meaning(good: Any, questionable: Any, substituted: Any, _: Any) -> tuple[str, str | None]:
    found = reading(0, good, questionable, substituted)
    return found.quality, found.code


def _all(text: str | None, count: int) -> pa.Array:
    return pa.repeat(pa.scalar(text, pa.string()), count)
