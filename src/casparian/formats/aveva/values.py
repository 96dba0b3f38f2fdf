"""Process values of AVEVA Historian: answers of its REST interface, rows of its History views.

Source: AVEVA Historian REST API, entity ProcessValues; AVEVA Historian Concepts: Quality,
QualityDetail and OPCQuality, tables History and Live.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from casparian.reading import quality
from casparian.reading.table import Fields, TableFormat

NUMBER = r"^\s*[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?\s*$"
_NULLS = pa.array(["(null)", "null", "NULL", "(NULL)", "Null"])
_NO_NUMBERS = pa.array(["NaN", "nan", "Infinity", "-Infinity", "inf", "-inf", "1.#QNAN"])
_CODES = ("quality_detail", "opc_quality", "quality")  # the most exact one first
_WORST = (quality.BAD, quality.UNCERTAIN, quality.GOOD)


class ProcessValues:
    """Silver columns of a reading: its number, its text where that says more, its quality."""

    def fields(self, found: Fields, units: Mapping[str, str]) -> Fields:
        """Value is the number, vValue or Text the state or string. `NULL` is no text."""
        read = {name: _nulled(column) for name, column in found.items() if name != "timestamp"}
        numeric = pc.fill_null(pc.match_substring_regex(read["value"], NUMBER), False)
        said = pc.coalesce(read["text"], read["variant"], pc.if_else(numeric, None, read["value"]))
        plain = pc.fill_null(pc.match_substring_regex(said, NUMBER), False)
        codes = [read[name] for name in _CODES]
        return {
            "timestamp": found["timestamp"],
            "tag_name": read["tag_name"],
            "value": pc.if_else(numeric, read["value"], None),
            "value_text": pc.if_else(pc.and_(plain, numeric), None, said),
            "quality": _quality(codes, said),
            "quality_code": pc.coalesce(*codes),
        }

    def derived(self, found: Fields) -> Iterable[tuple[pa.Array, Fields]]:
        return ()

    def notes(self) -> Iterable[str]:
        return ()


def _nulled(column: pa.Array) -> pa.Array:
    return pc.if_else(pc.is_in(column, _NULLS), None, column)


def _quality(codes: list[pa.Array], said: pa.Array) -> pa.Array:
    """The worst that any of the three codes says; no number is Bad, no code at all Uncertain."""
    names = [*codes, pc.if_else(pc.is_in(said, _NO_NUMBERS), said, None)]
    table = pa.StructArray.from_arrays(names, [*_CODES, "no_number"])
    rows = [tuple(row.values()) for row in table.to_pylist()]
    known = {row: _worst(*row) for row in set(rows)}
    return pa.array([known[row] for row in rows], pa.string()).dictionary_encode()


def _worst(detail: str | None, opc: str | None, code: str | None, no_number: str | None) -> str:
    said = [
        None if detail is None else _of_number(detail, quality.of_aveva_detail),
        None if opc is None else _of_number(opc, quality.of_opc_da),
        None if code is None else _of_quality(code),
        None if no_number is None else quality.BAD,
    ]
    return next((each for each in _WORST if each in said), quality.UNCERTAIN)


def _of_number(text: str, meaning: object) -> str:
    digits = text.strip().removesuffix(".0")
    if digits.isdecimal() and len(digits) < 10 and callable(meaning):
        return str(meaning(int(digits)))
    return quality.of_text(text)


def _of_quality(text: str) -> str:
    """Column Quality: 0 good, 1 bad, 16 doubtful, 133 good but the first of its query."""
    meanings = {"0": quality.GOOD, "1": quality.BAD, "16": quality.UNCERTAIN}
    meanings["133"] = quality.UNCERTAIN
    digits = text.strip().removesuffix(".0")
    return meanings.get(digits) or _of_number(text, quality.of_opc_da)


VALUES = TableFormat(
    name="aveva_historian",
    table="historian_values",
    summary="AVEVA Historian (Wonderware): ProcessValues JSON, CSV of the History and Live views",
    contract="historian",
    header={
        "timestamp": ("datetime", "date time"),
        "tag_name": ("fqn", "tagname"),
        "value": (),
        "variant": ("vvalue",),
        "text": (),
        "quality_detail": ("qualitydetail",),
        "opc_quality": ("opcquality",),
        "quality": (),
        "unit": ("engineering unit", "eu"),
        "retrieval_mode": ("wwretrievalmode", "interpolation type", "interpolationtype"),
    },
    required=(
        "timestamp",
        "tag_name",
        ("value", "variant", "text"),
        ("quality_detail", "opc_quality", "retrieval_mode", "variant"),
    ),
    times=("timestamp",),
    numbers=("value",),
    shaping=ProcessValues,
    vendor=(
        "datetime",
        ("fqn", "tagname"),
        (
            *("qualitydetail", "opcquality", "wwretrievalmode", "vvalue", "interpolationtype"),
            *("wwtagkey", "wwresolution"),
        ),
    ),
)
