"""The verdict: each record of a batch is valid, or breaks one named rule.

Rules are asked in a fixed order and the first that a record breaks gives the reason: unreadable
time, missing key or required column, Bad quality, missing value, not a number, limits, allowed
values, the contract's own row rules. What needs the whole file (an offline sensor, a clock that
went back) follows in `readings`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from casparian.contracts.model import Column, RowRule, TableContract
from casparian.reading.base import Batch
from casparian.reading.times import in_calendar

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

NUMBER = r"^\s*[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?\s*$"
_COMPARISON = re.compile(r"(\w+)\s*(<=|>=|<|>)\s*(\w+)")
_COMPARE = {"<=": pc.less_equal, ">=": pc.greater_equal, "<": pc.less, ">": pc.greater}
TRUE = ("true", "1", "yes", "y", "t", "ja", "oui")
FALSE = ("false", "0", "no", "n", "f", "nein", "non")


@dataclass
class Verdict:
    """The outcome for one batch of n records.

    fields: the silver columns, typed. Rows that break a rule may hold nulls.
    codes: int32[n], 0 where valid, else 1 + the place of (rule, reason) in `reasons`; negative
        where it is settled elsewhere (held back, or a duplicate).
    tag_codes: int32[n] for readings, else empty. behind: bool[n], readings not later than their
        tag's latest one, else empty.
    """

    batch: Batch
    fields: pa.RecordBatch
    codes: np.ndarray
    reasons: list[tuple[str, str]] = field(default_factory=list)
    tag_codes: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=np.int32))
    behind: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=np.bool_))

    def blame(self, rule: str, reason: str, mask: np.ndarray) -> None:
        """Give the rule to the records in `mask` that broke none before."""
        if not mask.any():
            return
        if (rule, reason) not in self.reasons:
            self.reasons.append((rule, reason))
        self.codes[mask & (self.codes == 0)] = 1 + self.reasons.index((rule, reason))

    def take(self, places: np.ndarray) -> Verdict:
        """These records alone, with their own codes."""
        index = pa.array(places)
        batch = Batch(
            self.batch.table,
            self.batch.rows.take(index),
            self.batch.raw.take(index),
            self.batch.fields.take(index),
            self.batch.derived,
        )
        tags = self.tag_codes[places] if len(self.tag_codes) else self.tag_codes
        behind = self.behind[places] if len(self.behind) else self.behind
        return Verdict(
            batch, self.fields.take(index), self.codes[places], list(self.reasons), tags, behind
        )

    @property
    def valid(self) -> np.ndarray:
        """bool[n]: no rule broken so far."""
        whole: np.ndarray = self.codes == 0
        return whole


class Judge:
    """Applies one table's contract to batches. Holds no state between batches."""

    def __init__(self, contract: TableContract):
        self.contract = contract

    @cached_property
    def _connection(self) -> DuckDBPyConnection:
        """Evaluates row rules; opening one costs more than asking it."""
        import duckdb

        connection = duckdb.connect()
        connection.execute("SET threads TO 1; SET TimeZone = 'UTC'")
        return connection

    @cached_property
    def _has_quality(self) -> bool:
        """A number called quality (as in an undocumented export) says nothing of Good or Bad."""
        schema = self.contract.schema
        return "quality" in schema.names and pa.types.is_string(schema.field("quality").type)

    def judge(self, batch: Batch) -> Verdict:
        """The verdict on every record of the batch; never raises for a bad record."""
        verdict, broken = self._typed(batch)
        first, others = self._in_order()
        for column in first:
            self._check(verdict, column, broken.get(column.name))
        if self._has_quality and not self.contract.keep_bad:
            bad = equals(verdict.fields["quality"], "Bad")
            verdict.blame("bad_quality", "Quality Bad", bad)
        for column in others:
            self._check(verdict, column, broken.get(column.name))
        for column in self.contract.columns:
            self._check_limits(verdict, column)
        self._check_rows(verdict)
        return verdict

    def _typed(self, batch: Batch) -> tuple[Verdict, dict[str, np.ndarray]]:
        arrays, broken = [], {}
        for column in self.contract.columns:
            array, unread = cast(given(batch.fields, column.name), column.type)
            arrays.append(array)
            if unread is not None:
                broken[column.name] = unread
        fields = pa.RecordBatch.from_arrays(arrays, names=self.contract.schema.names)
        self._unread_times(batch, fields, broken)
        return Verdict(batch, fields, np.zeros(len(batch.rows), dtype=np.int32)), broken

    def _unread_times(
        self, batch: Batch, fields: pa.RecordBatch, broken: dict[str, np.ndarray]
    ) -> None:
        """A time that the format left null although text stood there was not readable."""
        for column in self.contract.columns:
            raw = column.name if column.name in batch.raw.schema.names else None
            if pa.types.is_timestamp(column.type) and raw and fields[column.name].null_count:
                lost = pc.and_(fields[column.name].is_null(), batch.raw[raw].is_valid())
                broken[column.name] = broken.get(column.name, False) | mask(lost)

    def _in_order(self) -> tuple[list[Column], list[Column]]:
        """Times, then the rest of the key; and the other columns, which come after Bad quality."""
        keys = self.contract.primary_key
        times = [c for c in self.contract.columns if pa.types.is_timestamp(c.type)]
        named = [c for c in self.contract.columns if c.name in keys and c not in times]
        return times + named, [c for c in self.contract.columns if c not in times + named]

    def _check(self, verdict: Verdict, column: Column, broken: np.ndarray | None) -> None:
        if broken is not None:
            number = pa.types.is_floating(column.type) or pa.types.is_integer(column.type)
            rule = (
                ("not_a_number", "Not a number")
                if number
                else (f"bad_{column.name}", f"Bad {column.name}")
            )
            verdict.blame(*rule, broken)
        if column.required and verdict.fields[column.name].null_count:
            missing = mask(verdict.fields[column.name].is_null())
            verdict.blame("missing", f"Missing {column.name}", missing)

    def _check_limits(self, verdict: Verdict, column: Column) -> None:
        array = verdict.fields[column.name]
        if column.minimum is not None:
            verdict.blame("below_min", below(column.minimum), mask(pc.less(array, column.minimum)))
        if column.maximum is not None:
            verdict.blame(
                "above_max", above(column.maximum), mask(pc.greater(array, column.maximum))
            )
        if column.allowed:
            words = array.dictionary if pa.types.is_dictionary(array.type) else pc.unique(array)
            for value in sorted(
                {str(word) for word in words.to_pylist() if word is not None} - set(column.allowed)
            ):
                verdict.blame(
                    "not_allowed", f"Not allowed ({value})", equals(array.cast(pa.string()), value)
                )

    def _check_rows(self, verdict: Verdict) -> None:
        asked = []
        for rule in self.contract.rules:
            kept = _compared(rule.condition, verdict.fields)
            if kept is None:
                asked.append(rule)
            else:
                verdict.blame(rule.name, rule.reason, ~kept)
        if asked:
            self._ask(verdict, asked)

    def _ask(self, verdict: Verdict, rules: list[RowRule]) -> None:
        """Rules that are more than a comparison of two columns, by DuckDB."""
        conditions = ", ".join(f"coalesce({rule.condition}, true)" for rule in rules)
        self._connection.register("rows", pa.Table.from_batches([verdict.fields]))
        answer = self._connection.sql(f"SELECT {conditions} FROM rows").to_arrow_table()
        self._connection.unregister("rows")
        for place, rule in enumerate(rules):
            kept = answer.column(place).combine_chunks().to_numpy(zero_copy_only=False).astype(bool)
            verdict.blame(rule.name, rule.reason, ~kept)


def _compared(condition: str, fields: pa.RecordBatch) -> np.ndarray | None:
    """bool[n] of `column <= column`, null passing; None where the condition is anything else.

    Nearly every row rule is one, and this spares the start of a SQL engine.
    """
    found = _COMPARISON.fullmatch(condition.strip())
    if found is None or not {found[1], found[3]} <= set(fields.schema.names):
        return None
    left, right = fields[found[1]], fields[found[3]]
    if left.type != right.type or pa.types.is_dictionary(left.type):
        return None
    held: np.ndarray = pc.fill_null(_COMPARE[found[2]](left, right), True).to_numpy(
        zero_copy_only=False
    )
    return held


def below(limit: float) -> str:
    """The reason for a value under its lower limit."""
    return f"Below min ({limit:g})"


def above(limit: float) -> str:
    """The reason for a value over its upper limit."""
    return f"Above max ({limit:g})"


def given(fields: pa.RecordBatch, name: str) -> pa.Array:
    """A column of the batch, or nulls where the format has none."""
    return fields[name] if name in fields.schema.names else pa.nulls(fields.num_rows)


def mask(array: pa.Array | pa.ChunkedArray) -> np.ndarray:
    return pc.fill_null(array, False).to_numpy(zero_copy_only=False).astype(bool)  # type: ignore[no-any-return]


def equals(array: pa.Array, value: str) -> np.ndarray:
    """bool[n]: the (dictionary-coded or plain) text is `value`; null is not."""
    if not pa.types.is_dictionary(array.type):
        return mask(pc.equal(array, value))
    same = mask(pc.equal(array.dictionary, value))
    if not same.any():
        return np.zeros(len(array), dtype=bool)
    return same[array.indices.fill_null(0).to_numpy()] & ~mask(array.is_null())  # type: ignore[no-any-return]


def cast(array: pa.Array, kind: pa.DataType) -> tuple[pa.Array, np.ndarray | None]:
    """The array as `kind`, null where it will not go, and which texts would not.

    None instead of those: all went.
    """
    if pa.types.is_null(array.type):
        return array.cast(kind), None
    if array.type == kind and pa.types.is_timestamp(kind):
        held = in_calendar(array)
        lost = None if held is array else mask(pc.and_(array.is_valid(), held.is_null()))
        return held, lost
    if array.type == kind and not pa.types.is_floating(kind):
        return array, None
    if pa.types.is_dictionary(array.type) and pa.types.is_string(kind):
        return array, None  # stays coded: text columns of few values are written as they are
    if pa.types.is_boolean(kind):
        return _cast_boolean(array)
    try:
        typed = pc.cast(array, kind)
    except pa.ArrowInvalid:
        return _cast_some(array, kind)
    if pa.types.is_integer(kind) and pa.types.is_string(array.type) and _hexadecimal(array):
        return _cast_some(array, kind)
    if pa.types.is_floating(kind) and not pc.all(pc.is_finite(typed), min_count=0).as_py():
        return _cast_some(array, kind)  # NaN and Infinity are spelled, but are no values
    return typed, None


def _hexadecimal(text: pa.Array) -> bool:
    """Arrow reads 0x10 as 16 where all the rest are whole numbers too; a record means one thing."""
    return bool(pc.any(pc.match_substring(text, "x", ignore_case=True)).as_py())


def _cast_boolean(array: pa.Array) -> tuple[pa.Array, np.ndarray | None]:
    text = pc.utf8_lower(array.cast(pa.string()))
    true, false = pc.is_in(text, pa.array(TRUE)), pc.is_in(text, pa.array(FALSE))
    known = pc.or_(true, false)
    lost = mask(pc.and_(text.is_valid(), pc.invert(known)))
    return pc.if_else(known, true, pa.scalar(None, pa.bool_())), lost if lost.any() else None


def _cast_some(array: pa.Array, kind: pa.DataType) -> tuple[pa.Array, np.ndarray]:
    """Cast what has the right form; the rest one by one, since a form can still not be a value."""
    text = array.cast(pa.string()) if not pa.types.is_floating(array.type) else array
    if pa.types.is_floating(array.type):
        return pc.if_else(pc.is_finite(array), array, None).cast(kind), mask(
            pc.invert(pc.is_finite(array))
        )
    if pa.types.is_floating(kind) or pa.types.is_integer(kind):
        numbers = _floats(text) if pa.types.is_floating(kind) else _integers(text)
        return numbers, mask(pc.and_(text.is_valid(), numbers.is_null()))
    coded = text.dictionary_encode()
    values = pa.array([_one(value, kind) for value in coded.dictionary.to_pylist()], kind)
    typed = values.take(coded.indices)
    return typed, mask(pc.and_(text.is_valid(), typed.is_null()))


def _integers(text: pa.Array) -> pa.Array:
    """Whole numbers however they are written; plain digits without a detour over floats."""
    plain = pc.match_substring_regex(text, r"^\s*-?[0-9]{1,18}\s*$")
    exact = pc.cast(pc.utf8_trim_whitespace(pc.if_else(plain, text, None)), pa.int64())
    return pc.coalesce(exact, _whole(_floats(text)))


def _floats(text: pa.Array) -> pa.Array:
    fits = pc.match_substring_regex(text, NUMBER)
    numbers = pc.cast(pc.utf8_trim_whitespace(pc.if_else(fits, text, None)), pa.float64())
    return pc.if_else(pc.is_finite(numbers), numbers, None)


def _whole(numbers: pa.Array) -> pa.Array:
    fits = pc.and_(pc.equal(numbers, pc.floor(numbers)), pc.less(pc.abs(numbers), 2.0**63))
    return pc.if_else(fits, numbers, None).cast(pa.int64())


def _one(value: str, kind: pa.DataType) -> object:
    try:
        return pa.scalar(value).cast(kind).as_py()
    except pa.ArrowInvalid:
        return None
