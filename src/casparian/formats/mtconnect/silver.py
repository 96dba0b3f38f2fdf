"""The silver columns of samples, events and conditions, out of the bronze ones.

An observation without a value (UNAVAILABLE) has a null value and quality Bad.

Source: MTConnect Standard Part 2.0; `quality` (2.x) VALID, UNVERIFIABLE and INVALID are Good,
Uncertain and Bad.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from casparian.formats.mtconnect.observations import TEXT, Observations

_LISTS = re.compile("(TimeSeries|DataSet|Table)$")  # elements that hold more than one value
_QUALITY = {"UNVERIFIABLE": "Uncertain", "INVALID": "Bad"}


def _quality(raw: dict[str, pa.Array], unavailable: pa.Array) -> pa.Array:
    given = raw["quality"]
    if given.null_count == len(given):
        index = unavailable.cast(pa.int32())
        return pa.DictionaryArray.from_arrays(index, pa.array(["Good", "Bad"]))
    words = [_QUALITY.get(word, "Good") for word in given.dictionary.to_pylist()]
    said = pc.fill_null(pa.array(words, TEXT).take(given.indices), "Good")
    return pc.if_else(unavailable, "Bad", said).dictionary_encode()


def _samples(raw: dict[str, pa.Array], found: Observations) -> dict[str, pa.Array]:
    text = pc.utf8_trim_whitespace(raw["text"])
    unavailable = pc.equal(text, "UNAVAILABLE")
    many = pc.or_(_has_space(text), _of_dictionary(raw["element"], _LISTS.search))
    single = pc.if_else(pc.or_(_without_value(text), many), None, text)
    listed = pc.if_else(pc.and_not(many, unavailable), text, None)
    return {
        "type": raw["element"],
        "composition_id": raw["compositionId"],
        "sub_type": raw["subType"],
        "name": raw["name"],
        "statistic": raw["statistic"],
        "duration_s": raw["duration"],
        "sample_rate_hz": raw["sampleRate"],
        "sample_count": _either(raw["sampleCount"], raw["count"]),
        "reset_triggered": raw["resetTriggered"],
        "value": single,
        "value_text": listed if found.entries is None else pc.coalesce(found.entries, listed),
        "quality": _quality(raw, unavailable),
    }


def _either(first: pa.DictionaryArray, other: pa.DictionaryArray) -> pa.Array:
    """The first where it says something, else the other."""
    if other.null_count == len(other):
        return first
    return pc.coalesce(first.cast(TEXT), other.cast(TEXT))


def _of_dictionary(column: pa.DictionaryArray, test: Callable[[str], object]) -> pa.Array:
    """bool an element: whether its text passes, asked once for each distinct text."""
    answers = [bool(test(text)) for text in column.dictionary.to_pylist()]
    return pa.array(answers, pa.bool_()).take(column.indices)


def _has_space(text: pa.Array) -> pa.Array:
    """Where text is a list of numbers (a 3-D position, a time series)."""
    data = np.frombuffer(text.buffers()[2] or b"", dtype=np.uint8)
    if not (data <= ord(" ")).any():
        return pa.repeat(False, len(text))
    return pc.match_substring_regex(text, r"\s")


def _without_value(text: pa.Array) -> pa.Array:
    """Where nothing was observed, or an empty text."""
    return pc.is_in(text, pa.array(["UNAVAILABLE", ""]))


def _events(raw: dict[str, pa.Array], found: Observations) -> dict[str, pa.Array]:
    text = pc.utf8_trim_whitespace(raw["text"])
    unavailable = pc.equal(text, "UNAVAILABLE")
    value = pc.if_else(_without_value(text), None, raw["text"])
    return {
        "type": raw["element"],
        "composition_id": raw["compositionId"],
        "sub_type": raw["subType"],
        "name": raw["name"],
        "value": value if found.entries is None else pc.coalesce(found.entries, value),
        "entry_count": raw["count"],
        "native_code": raw["nativeCode"],
        "asset_type": raw["assetType"],
        "hash": raw["hash"],
        "reset_triggered": raw["resetTriggered"],
        "quality": _quality(raw, unavailable),
    }


def _conditions(raw: dict[str, pa.Array], found: Observations) -> dict[str, pa.Array]:
    element = raw["element"]
    states = pc.utf8_upper(element.dictionary)
    return {
        "type": raw["type"],
        "composition_id": raw["compositionId"],
        "sub_type": raw["subType"],
        "name": raw["name"],
        "state": pa.DictionaryArray.from_arrays(element.indices, states),
        "native_code": raw["nativeCode"],
        "condition_id": raw["conditionId"],
        "native_severity": raw["nativeSeverity"],
        "qualifier": raw["qualifier"],
        "statistic": raw["statistic"],
        "message": pc.if_else(pc.equal(raw["text"], ""), None, raw["text"]),
        "quality": _quality(raw, _of_dictionary(element, "Unavailable".__eq__)),
    }


FIELDS = {"Samples": _samples, "Events": _events, "Condition": _conditions}
