"""Plain values, gathered so that thousands of them become columns at a stroke."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from casparian.formats.opcua.marks import MIN_VALUE, instant, status
from casparian.formats.opcua.tables import COLUMNS, VALUES, value_record
from casparian.formats.opcua.variants import EXACT, type_name
from casparian.reading.bulk import ROWS, Bulk, plain_times, same
from casparian.reading.records import Record

_SMALLEST = 50  # values that are worth the making of columns
_VARIANT = {"Type", "Body"}
_TIMES = ("source_timestamp", "server_timestamp")
About = Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class _Value:
    """A number with its type, status code and times; value, held and type_ as they were given."""

    about: About
    number: float | int
    type: Any
    code: int | None
    source: str | None
    server: str | None
    value: Any
    held: Mapping[str, Any]
    type_: Any


class Runs:
    """Values on their way to records: plain ones are gathered, others come at once, in order."""

    def __init__(self) -> None:
        self._values: list[_Value] = []

    def told(
        self,
        about: About,
        value: Any,
        held: Mapping[str, Any],
        type_: Any = None,
        extra: About | None = None,
    ) -> Iterator[Record | Bulk]:
        """A value, as `value_record` takes it."""
        plain = None if extra else _plain(about, value, held, type_)
        if plain is not None:
            self._values.append(plain)
        if plain is None or len(self._values) >= ROWS:
            yield from self.ready()
        if plain is None:
            yield value_record(about, value, held, type_, extra)

    def ready(self) -> Iterator[Record | Bulk]:
        """What has been gathered so far, and begins anew."""
        values, self._values = self._values, []

        def records() -> Iterator[Record]:
            return (value_record(v.about, v.value, v.held, v.type_) for v in values)

        if len(values) < _SMALLEST:
            yield from records()
        else:
            yield Bulk(VALUES, len(values), lambda: _columns(values), records)


def _plain(about: About, value: Any, held: Mapping[str, Any], type_: Any) -> _Value | None:
    number, kind = value, type_
    if type(value) is dict:
        if value.keys() != _VARIANT or type(value["Type"]) is not int:
            return None
        number, kind = value["Body"], value["Type"] or type_
    if type(number) is float:
        if not -1.8e308 < number < 1.8e308:  # also what is no number
            return None
    elif type(number) is not int or not -EXACT < number < EXACT:
        return None
    code = held.get("StatusCode", held.get("Status", held.get("Quality")))
    source, server = held.get("SourceTimestamp"), held.get("ServerTimestamp")
    if (code is not None and type(code) is not int) or not (_is_time(source) and _is_time(server)):
        return None
    return _Value(about, number, kind, code, source, server, value, held, type_)


def _is_time(text: Any) -> bool:
    if text is None:
        return True
    return type(text) is str and text.endswith("Z") and not text.startswith(MIN_VALUE)


def _columns(values: list[_Value]) -> tuple[pa.RecordBatch, pa.RecordBatch] | None:
    """Bronze and silver; None where a time cannot be read."""
    about = _about(values)
    written = [each.source for each in values], [each.server for each in values]
    message = about["message_timestamp"].to_pylist()
    try:
        times = [plain_times(map(instant, each)) for each in (*written, message)]
    except pa.ArrowInvalid:
        return None
    codes = [each.code for each in values]
    meanings = {code: status(code) for code in set(codes)}
    numbers = [str(each.number) for each in values]
    made = {
        **about,
        "data_type": same([type_name(each.type) for each in values]),
    }
    raw = made | {
        "value": pa.array(map(_written, values, numbers), pa.string()),
        "status_code": same([meanings[code][0] for code in codes]),
        **{name: same(texts) for name, texts in zip(_TIMES, written, strict=True)},
        "_extra": pa.nulls(len(values), pa.string()),
    }
    fields = made | {
        "timestamp": pc.coalesce(*times),
        "source_timestamp": times[0],
        "server_timestamp": times[1],
        "value": pa.array(numbers, pa.string()),
        "value_text": pa.nulls(len(values), pa.string()),
        "quality": same([meanings[code][1] for code in codes]),
        "status_code": raw["status_code"],
    }
    columns = COLUMNS[VALUES]
    return (
        pa.record_batch({name: raw[name] for name in (*columns.raw, "_extra")}),
        pa.record_batch({name: fields[name] for name in columns.fields}),
    )


def _about(values: list[_Value]) -> dict[str, pa.Array]:
    """What is known of each value's node; mostly they are all of one, or few things differ."""
    names = {*COLUMNS[VALUES].raw, *COLUMNS[VALUES].fields}
    first = values[0].about
    if all(each.about is first for each in values):
        count = len(values)
        return {name: pa.repeat(pa.scalar(first.get(name), pa.string()), count) for name in names}
    told = names & set().union(*(each.about for each in values))
    found = {name: same([each.about.get(name) for each in values]) for name in told}
    empty = pa.nulls(len(values), pa.string())
    return {name: found.get(name, empty) for name in names}


def _written(each: _Value, number: str) -> str:
    """The value as bronze keeps it."""
    if type(each.value) is dict:
        return f'{{"Type": {each.value["Type"]}, "Body": {number}}}'
    return number
