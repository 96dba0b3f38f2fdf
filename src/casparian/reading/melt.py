"""Readings from tables that list their tags side by side, and the columns that all readings have.

One record is one reading: a cell with a value, or with a quality alone. Empty cells are no
readings. Records come line by line, within a line from left to right.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from casparian.reading.quality import BAD, GOOD, UNCERTAIN
from casparian.reading.reading_values import Marks, Values, read_values

READINGS_AT_ONCE = 1 << 18
NOT_EXPORTED = "\0"  # quality of a reading whose export has none: taken as Good, written as null


@dataclass(frozen=True)
class Melted:
    """lines, pens: int32[n], where each reading stood. text: its value as read.

    codes: its quality as read, coded; NOT_EXPORTED where its tag has no quality column.
    """

    lines: np.ndarray
    pens: np.ndarray
    text: pa.Array
    codes: pa.DictionaryArray


def melt(values: Sequence[pa.Array], codes: Sequence[pa.Array | None]) -> Melted:
    """One column of text a tag, null where nothing stands, and its quality where that is given."""
    filled = np.stack([_filled(value, code) for value, code in zip(values, codes, strict=True)], 1)
    places = np.flatnonzero(filled.ravel())
    lines, pens = np.divmod(places, len(values))
    index = pa.array(pens * len(values[0]) + lines)
    text = pa.concat_arrays(values).take(index)
    return Melted(lines.astype(np.int32), pens.astype(np.int32), text, _codes(codes, index, values))


def _filled(value: pa.Array, code: pa.Array | None) -> np.ndarray:
    known: np.ndarray = value.is_valid().to_numpy(zero_copy_only=False)
    return known if code is None else known | code.is_valid().to_numpy(zero_copy_only=False)


def _codes(
    codes: Sequence[pa.Array | None], index: pa.Array, values: Sequence[pa.Array]
) -> pa.DictionaryArray:
    if not any(codes):
        return constant(NOT_EXPORTED, len(index))
    none = pa.array([NOT_EXPORTED] * len(values[0]), pa.string())
    return (
        pa.concat_arrays([none if c is None else c for c in codes]).take(index).dictionary_encode()
    )


def constant(text: str | None, count: int) -> pa.DictionaryArray:
    """The same text, or null, on every record, at no cost."""
    if text is None:
        empty = pa.array([], pa.string())
        return pa.DictionaryArray.from_arrays(pa.nulls(count, pa.int32()), empty)
    words = pa.array([text], pa.string())
    return pa.DictionaryArray.from_arrays(np.zeros(count, dtype=np.int32), words)


def spread(words: pa.Array, places: np.ndarray) -> pa.DictionaryArray:
    """Words on the records that they belong to; a null among them is none of the dictionary's."""
    if not words.null_count:
        return pa.DictionaryArray.from_arrays(pa.array(places, pa.int32()), words)
    own = words.dictionary_encode()
    return pa.DictionaryArray.from_arrays(own.indices.take(pa.array(places)), own.dictionary)


def with_quality(
    text: pa.Array,
    codes: pa.DictionaryArray,
    marks: Marks,
    read: Callable[[str | None], str],
) -> dict[str, pa.Array]:
    """The silver columns value, value_text, quality and quality_code of readings as text.

    codes: NOT_EXPORTED where there is no quality: such a reading is taken as Good. A state of the
    historian itself is Bad, whatever stands beside it.
    """
    values = read_values(text, marks)
    fields = {"value": values.numbers}
    if values.states is not None:
        fields["value_text"] = values.states
    return {**fields, "quality": _quality(codes, values, read), "quality_code": _written(codes)}


def _written(codes: pa.DictionaryArray) -> pa.Array:
    """The codes, null for what was not exported."""
    words = codes.dictionary.to_pylist()
    if NOT_EXPORTED not in words:
        return codes
    if len(words) == 1:
        return constant(None, len(codes))
    indices = codes.indices.fill_null(-1).to_numpy()
    none = (indices < 0) | (indices == words.index(NOT_EXPORTED))
    return pa.DictionaryArray.from_arrays(pa.array(indices, mask=none), codes.dictionary)


def _quality(
    codes: pa.DictionaryArray, values: Values, read: Callable[[str | None], str]
) -> pa.DictionaryArray:
    """The enum beside the raw codes, coded with at most three entries."""
    written = codes.dictionary.to_pylist()
    words = [GOOD if code == NOT_EXPORTED else read(code) for code in written]
    small = pa.array([*words, UNCERTAIN, BAD]).dictionary_encode()
    index = codes.indices.fill_null(len(words)).to_numpy()
    if values.bad is not None and values.either is not None:
        vouched = [w == GOOD and c != NOT_EXPORTED for w, c in zip(words, written, strict=True)]
        bad = values.bad | (values.either & ~np.array([*vouched, False])[index])
        index = np.where(bad, len(words) + 1, index)
    return pa.DictionaryArray.from_arrays(small.indices.to_numpy()[index], small.dictionary)
