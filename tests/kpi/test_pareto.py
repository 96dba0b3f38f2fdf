import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casparian.kpi.pareto import ranked

findings = st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 99)), max_size=30)


def test_ties_are_ordered_by_name() -> None:
    assert ranked(["b", "a"], [5, 5]).label == ("a", "b")


def test_nothing_found_and_nothing_weighed() -> None:
    assert ranked([], []).label == ()
    assert ranked(["a"], [0]).share_ratio.tolist() == [0.0]
    assert ranked(["a"], [0]).cumulative_ratio.tolist() == [0.0]


@pytest.mark.parametrize("weight", [-1.0, np.nan])
def test_impossible_weights_are_refused(weight: float) -> None:
    with pytest.raises(ValueError, match="zero or more"):
        ranked(["a"], [weight])


def test_unequal_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match="label"):
        ranked(["a", "b"], [1])


@given(findings, findings)
def test_counts_add_over_logs(one: list[tuple[str, int]], other: list[tuple[str, int]]) -> None:
    def weights(rows: list[tuple[str, int]]) -> dict[str, float]:
        found = ranked([r[0] for r in rows], [r[1] for r in rows])
        assert (np.diff(found.weight) <= 0).all()
        return dict(zip(found.label, found.weight.tolist(), strict=True))

    both, first, second = weights(one + other), weights(one), weights(other)
    assert both == {k: first.get(k, 0) + second.get(k, 0) for k in both}


@given(findings, st.integers(1, 1000))
def test_shares_do_not_depend_on_the_scale(rows: list[tuple[str, int]], factor: int) -> None:
    labels, weights = [r[0] for r in rows], [r[1] for r in rows]
    one, many = ranked(labels, weights), ranked(labels, [factor * w for w in weights])
    assert one.label == many.label
    np.testing.assert_allclose(one.cumulative_ratio, many.cumulative_ratio, rtol=1e-14)
