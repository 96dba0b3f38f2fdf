"""Typed Arrow columns as text, as bronze keeps them; null for NaN. Instants stay exact."""

from __future__ import annotations

import json

import pyarrow as pa
import pyarrow.compute as pc

from casparian.reading.errors import UnreadableFile

CODED = pa.dictionary(pa.int32(), pa.string())
UTC_US = pa.timestamp("us", tz="UTC")


def as_text(column: pa.Array) -> pa.Array:
    """string, or dictionary of string for a coded column. Binary that is no UTF-8 is in hex."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        words = as_text(column.dictionary)
        if words.null_count:  # such dictionaries cannot be joined later
            return words.take(column.indices).dictionary_encode()
        return pa.DictionaryArray.from_arrays(column.indices.cast(pa.int32()), words)
    if pa.types.is_floating(kind):
        column = column.cast(pa.float64()) if pa.types.is_float16(kind) else column
        column = pc.if_else(pc.is_nan(column), pa.scalar(None, column.type), column)
    elif pa.types.is_timestamp(kind) and kind.tz:
        column = column.cast(pa.timestamp(kind.unit, tz="UTC"))
    elif pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return _of_binary(column)
    elif pa.types.is_nested(kind) or pa.types.is_duration(kind):
        return _of_nested(column)
    elif pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return of_text(column)
    return column.cast(pa.string())


def of_text(column: pa.Array) -> pa.Array:
    """Text as it is, but values that are no UTF-8 in hex: Parquet takes its writer's word."""
    try:
        column.validate(full=True)
    except pa.ArrowInvalid:
        return pa.array(map(_word, column.cast(pa.large_binary()).to_pylist()), pa.string())
    return column.cast(pa.string())


def _word(value: bytes | None) -> str | None:
    if value is None:
        return None
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.hex()


def _of_nested(column: pa.Array) -> pa.Array:
    try:
        values = column.to_pylist()
    except UnicodeDecodeError as error:
        raise UnreadableFile("A nested column holds text that is no UTF-8.") from error
    return pa.array(
        [None if v is None else json.dumps(v, default=str) for v in values], pa.string()
    )


def coded(column: pa.Array) -> pa.DictionaryArray:
    """Text as a dictionary of 32 bits."""
    return column if pa.types.is_dictionary(column.type) else column.dictionary_encode()


def plain(column: pa.Array) -> pa.Array:
    """Text without a dictionary."""
    return column.cast(pa.string()) if pa.types.is_dictionary(column.type) else column


def instants(column: pa.Array) -> pa.Array | None:
    """timestamp[us, UTC] of a column that knows its zone, timestamp[us] of one that does not.

    None for all other columns. Nanoseconds are cut off.
    """
    kind = column.type
    if pa.types.is_dictionary(kind):
        column, kind = column.cast(kind.value_type), kind.value_type
    if pa.types.is_date(kind):
        return column.cast(pa.timestamp("us"), safe=False)
    if not pa.types.is_timestamp(kind):
        return None
    if kind.unit == "ns":
        column = (
            pc.floor_temporal(column, unit="microsecond")
            if column.null_count < len(column)
            else column
        )
    return column.cast(UTC_US if kind.tz else pa.timestamp("us"), safe=False)


def _of_binary(column: pa.Array) -> pa.Array:
    try:
        return column.cast(pa.string())
    except pa.ArrowInvalid:
        texts = [None if value is None else value.hex() for value in column.to_pylist()]
        return pa.array(texts, pa.string())
