"""Row rules: a plain comparison and the same rule in SQL give the same verdicts."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casparian.contracts.model import Column, RowRule
from casparian.contracts.verdict import Judge
from tests.contracts.batches import batch, contract, reasons

NUMBERS = st.one_of(st.none(), st.integers(-3, 3).map(str))


@pytest.mark.parametrize("sign", ["<=", "<", ">=", ">"])
@given(pairs=st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=20))
def test_comparison_equals_sql(sign: str, pairs: list[tuple[str | None, str | None]]) -> None:
    columns = (Column("low", pa.float64()), Column("high", pa.float64()))
    one, two = ([pair[i] for pair in pairs] for i in (0, 1))
    verdicts = []
    for condition in (f"low {sign} high", f"(low) {sign} (high)"):
        rule = RowRule("upside_down", condition, "Upside down")
        judged = Judge(contract(*columns, rules=(rule,))).judge(batch(low=one, high=two))
        verdicts.append(reasons(judged))
    assert verdicts[0] == verdicts[1]


def test_null_passes_and_the_first_rule_gives_the_reason() -> None:
    columns = (Column("good", pa.float64()), Column("total", pa.float64()))
    rules = (
        RowRule("above", "good <= total", "Good above total"),
        RowRule("negative", "good >= 0", "Negative"),
    )
    judged = Judge(contract(*columns, rules=rules)).judge(
        batch(good=["1", "3", "-1", None], total=["2", "2", "-2", "1"])
    )
    assert reasons(judged) == [None, "Good above total", "Good above total", None]
