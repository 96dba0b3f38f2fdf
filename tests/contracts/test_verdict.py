"""The verdict: one reason a record, the first in the order that the plan of the road fixes."""

from __future__ import annotations

from datetime import date
from typing import Any

import pyarrow as pa
import pytest

from casparian.contracts.model import Column, RowRule
from casparian.contracts.verdict import Judge, cast
from tests.contracts.batches import batch, contract, reasons

F, N, S, B, T = pa.float64(), pa.int64(), pa.string(), pa.bool_(), pa.timestamp("us", tz="UTC")


def judge_one(text: str | None, column: Column) -> tuple[str | None, Any]:
    verdict = Judge(contract(column)).judge(batch(x=[text]))
    return reasons(verdict)[0], verdict.fields["x"][0].as_py()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5", 5.0),
        ("-5.25", -5.25),
        ("+5", 5.0),
        ("5.", 5.0),
        (".5", 0.5),
        (" 5 ", 5.0),
        ("1e3", 1000.0),
        ("-0", 0.0),
    ],
)
def test_numbers(text: str, value: float) -> None:
    assert judge_one(text, Column("x", F)) == (None, value)


@pytest.mark.parametrize(
    "text",
    [
        "nan",
        "NaN",
        "inf",
        "-Infinity",
        "1e999",
        "abc",
        "5,5",
        "0x10",
        "1_000",
        "--5",
        "",
        "#N/A",
        "Pt Created",
        "٣",
    ],
)
@pytest.mark.parametrize("kind", [F, N])
def test_what_is_no_number(text: str, kind: pa.DataType) -> None:
    assert judge_one(text, Column("x", kind)) == ("Not a number", None)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5", 5),
        ("-5", -5),
        ("5.0", 5),
        ("1e3", 1000),
        ("+7", 7),
        (" 8 ", 8),
        ("9007199254740993", 9007199254740993),
    ],
)
def test_integers(text: str, value: int) -> None:
    assert judge_one(text, Column("x", N)) == (None, value)
    both = Judge(contract(Column("x", N))).judge(batch(x=[text, "rubbish"]))
    assert both.fields["x"].to_pylist() == [value, None], "the same beside a text that is none"


@pytest.mark.parametrize("text", ["5.5", "1e30", "9223372036854775808", "1e19"])
def test_no_integer(text: str) -> None:
    assert judge_one(text, Column("x", N)) == ("Not a number", None)


@pytest.mark.parametrize(
    ("text", "value"), [("true", True), ("FALSE", False), ("1", True), ("nein", False), ("Y", True)]
)
def test_booleans(text: str, value: bool) -> None:
    assert judge_one(text, Column("x", B)) == (None, value)


def test_no_boolean() -> None:
    assert judge_one("perhaps", Column("x", B)) == ("Bad x", None)


def test_dates() -> None:
    day = Column("x", pa.date32())
    assert judge_one("2025-10-25", day) == (None, date(2025, 10, 25))
    assert judge_one("2025-10-32", day) == ("Bad x", None)


def test_missing_optional_is_fine_and_required_is_not() -> None:
    assert judge_one(None, Column("x", F)) == (None, None)
    assert judge_one(None, Column("x", F, required=True)) == ("Missing x", None)


def test_a_column_that_the_export_lacks() -> None:
    verdict = Judge(contract(Column("x", F), Column("y", S, required=True))).judge(
        batch(x=["1", "2"])
    )
    assert reasons(verdict) == ["Missing y"] * 2
    assert verdict.fields["y"].to_pylist() == [None, None]


@pytest.mark.parametrize(
    ("low", "high", "text", "reason"),
    [
        (-40, 150, "-40", None),
        (-40, 150, "150", None),
        (-40, 150, "-40.001", "Below min (-40)"),
        (-40, 150, "151", "Above max (150)"),
        (0.5, None, "0.25", "Below min (0.5)"),
        (None, 1e6, "1000001", "Above max (1e+06)"),
        (-40, 150, "nan", "Not a number"),
    ],
)
def test_limits(low: float | None, high: float | None, text: str, reason: str | None) -> None:
    assert judge_one(text, Column("x", F, minimum=low, maximum=high))[0] == reason


def test_allowed_values_name_the_strange_one() -> None:
    column = Column("x", S, allowed=("Good", "Bad"))
    assert judge_one("Good", column)[0] is None
    assert judge_one(None, column)[0] is None
    assert judge_one("good", column)[0] == "Not allowed (good)"


def test_row_rules_pass_null_and_give_their_own_sentence() -> None:
    rule = RowRule("end_before_start", "ends >= starts", "End before start")
    judge = Judge(contract(Column("starts", F), Column("ends", F), rules=(rule,)))
    verdict = judge.judge(batch(starts=["1", "1", None, "2"], ends=["2", "0", "0", None]))
    assert reasons(verdict) == [None, "End before start", None, None]
    assert verdict.reasons == [("end_before_start", "End before start")]


def test_the_first_broken_rule_gives_the_reason() -> None:
    """Unreadable time, key, quality, missing, number, limits, allowed, row rule: in this order."""
    judge = Judge(
        contract(
            Column("value", F, required=True, minimum=0, maximum=10),
            Column("state", S, allowed=("on", "off")),
            Column("quality", S),
            Column("at", T, required=True),
            Column("tag", S, required=True),
            key=("at", "tag"),
            rules=(RowRule("odd", "value <> 5", "Value is five"),),
        )
    )
    worst: dict[str, str | None] = {
        "at": None, "tag": None, "quality": "Bad", "value": None, "state": "maybe",
    }  # fmt: skip
    mended = [
        ({}, "Bad at"),
        ({"at": "2025-01-01"}, "Missing tag"),
        ({"tag": "T"}, "Quality Bad"),
        ({"quality": "Uncertain"}, "Missing value"),
        ({"value": "x"}, "Not a number"),
        ({"value": "-1"}, "Below min (0)"),
        ({"value": "11"}, "Above max (10)"),
        ({"value": "5"}, "Not allowed (maybe)"),
        ({"state": "on"}, "Value is five"),
        ({"value": "6"}, None),
    ]
    for step, expected in mended:
        worst |= step
        columns: dict[str, Any] = {name: [text] for name, text in worst.items()}
        stamp = pa.array([worst["at"]], pa.string()).cast(pa.timestamp("us")).cast(T)
        one = batch(**columns | {"at": stamp})
        raw = one.raw.set_column(
            one.raw.schema.get_field_index("at"), "at", pa.array([worst["at"] or "rubbish"])
        )
        verdict = judge.judge(type(one)(one.table, one.rows, raw, one.fields))
        assert reasons(verdict) == [expected]


def test_missing_time_is_not_an_unreadable_one() -> None:
    judge = Judge(contract(Column("at", T, required=True)))
    verdict = judge.judge(batch(at=pa.nulls(1, T)))
    assert reasons(verdict) == ["Missing at"]


def test_a_contract_may_keep_bad_readings() -> None:
    columns = (Column("quality", S), Column("value", F))
    rows = batch(quality=["Bad", "Good"], value=["1", "2"])
    assert reasons(Judge(contract(*columns)).judge(rows)) == ["Quality Bad", None]
    assert reasons(Judge(contract(*columns, keep_bad=True)).judge(rows)) == [None, None]


def test_empty_batch() -> None:
    rule = RowRule("r", "x > 0", "No")
    judge = Judge(
        contract(Column("x", F, minimum=0), Column("s", S, allowed=("a",)), rules=(rule,))
    )
    verdict = judge.judge(batch(x=[], s=[]))
    assert verdict.codes.tolist() == []


def test_cast_keeps_coded_text_and_takes_columns_without_type() -> None:
    coded = pa.array(["a", "b", "a"]).dictionary_encode()
    assert cast(coded, S)[0] is coded
    typed, unread = cast(pa.nulls(2), F)
    assert typed.type == F
    assert unread is None


def test_typed_values_that_nobody_could_read_are_lost_like_text() -> None:
    """A Parquet export may hold NaN and times beyond the year 9999."""
    times, lost = cast(pa.array([0, 2**60, None], pa.int64()).cast(T), T)
    assert lost is not None and lost.tolist() == [False, True, False]
    assert times.is_valid().to_pylist() == [True, False, False]
    numbers, strange = cast(pa.array([1.0, float("nan"), None]), F)
    assert strange is not None and strange.tolist() == [False, True, False]
    assert numbers.to_pylist() == [1.0, None, None]
