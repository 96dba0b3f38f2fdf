import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casparian.kpi.material import (
    NO_MATERIAL,
    NO_OPENING,
    NOT_COUNTED,
    Flows,
    balance,
    between_counts,
    genealogy,
)

NAN = float("nan")
quantities = st.integers(0, 10_000)


def test_every_flow_has_its_side() -> None:
    stock = Flows.of(
        [100], received=[50], produced=[30], moved_in=[20], issued=[60], scrapped=[5],
        shipped=[25], moved_out=[10],
    )  # fmt: skip
    found = balance(stock, [96], tolerance=0.02)
    assert (found.expected[0], found.loss[0], found.loss_ratio[0]) == (100.0, 4.0, 0.02)
    assert found.within[0]
    assert found.missing == ("",)


def test_more_counted_than_expected_is_a_loss_below_zero() -> None:
    found = balance(Flows.of([100]), [103], tolerance=0.02)
    assert (found.loss[0], found.loss_ratio[0], found.within[0]) == (-3.0, -0.03, False)


def test_a_loss_beyond_all_there_was_is_not_clipped() -> None:
    found = balance(Flows.of([10], issued=[-20]), [0])
    assert found.loss_ratio[0] == 3.0


@pytest.mark.parametrize(
    ("opening", "received", "counted", "missing"),
    [
        (NAN, 5, 7, NO_OPENING),
        (2, NAN, 7, "received quantity unknown"),
        (2, 5, NAN, NOT_COUNTED),
        (NAN, 5, NAN, f"{NO_OPENING}; {NOT_COUNTED}"),
        (0, 0, 7, NO_MATERIAL),
    ],
)
def test_what_cannot_be_balanced_says_why(
    opening: float, received: float, counted: float, missing: str
) -> None:
    found = balance(Flows.of([opening], received=[received]), [counted], tolerance=1.0)
    assert found.missing == (missing,)
    assert np.isnan(found.loss_ratio[0])
    assert not found.within[0]


def test_units_that_differ_are_named_and_never_added() -> None:
    found = balance(
        Flows.of([10, 10], received=[5, 5]), [15, 15], units=[("kg", "pcs", "kg"), ("kg", "kg")]
    )
    assert found.missing == ("units differ: kg, pcs", "")
    assert np.isnan([found.expected[0], found.loss[0], found.loss_ratio[0]]).all()
    assert found.loss[1] == 0.0


def test_no_balances_and_unequal_sizes() -> None:
    assert balance(Flows.of([]), []).missing == ()
    with pytest.raises(ValueError, match="same length"):
        Flows.of([1, 2], received=[1])
    with pytest.raises(ValueError, match="each balance"):
        balance(Flows.of([1]), [1, 2])
    with pytest.raises(ValueError, match="tolerance"):
        balance(Flows.of([1]), [1], tolerance=-0.1)


def test_periods_lie_between_counts() -> None:
    found = between_counts(np.array([5, 10, 15, 25]), np.array([20, 10]), [7.0, 3.0])
    assert found.place.tolist() == [0, 1, 1, 2], "what moves as it is counted moves after it"
    np.testing.assert_array_equal(found.opening, [NAN, 3.0, 7.0])
    np.testing.assert_array_equal(found.counted, [3.0, 7.0, NAN])
    nobody = between_counts(np.array([5]), np.array([], dtype=np.int64), [])
    assert (nobody.place.tolist(), len(nobody.opening)) == ([0], 1)
    with pytest.raises(ValueError, match="instant of its own"):
        between_counts(np.array([5]), np.array([1, 1]), [1.0, 2.0])


def test_lots_are_joined_by_their_order_and_never_by_a_gap() -> None:
    found = genealogy(
        ["O1", "O1", "O2", "", "O4"], ["R2", "R1", "R3", "R4", ""],
        ["O1", "O1", "O3", "", "O4"], ["F1", "F1", "F3", "F4", "F5"],
    )  # fmt: skip
    assert found.order == ("O1", "O1")
    assert (found.lot_in, found.lot_out) == (("R1", "R2"), ("F1", "F1"))
    assert genealogy([], [], [], []).order == ()


@given(st.lists(st.tuples(quantities, quantities), min_size=1, max_size=12), quantities)
def test_a_stock_that_is_counted_as_expected_loses_nothing(
    moves: list[tuple[int, int]], opening: int
) -> None:
    """Periods in a row: each starts with what the one before should hold."""
    came, went = np.array(moves, dtype=float).T
    closing = opening + np.cumsum(came - went)
    flows = Flows.of(np.append(opening, closing[:-1]), received=came, issued=went)
    found = balance(flows, closing)
    assert not found.loss.any()
    whole = balance(Flows.of([opening], received=[came.sum()], issued=[went.sum()]), closing[-1:])
    assert whole.expected[0] == closing[-1]


@given(st.lists(st.tuples(quantities, quantities, quantities), min_size=2, max_size=12))
def test_losses_of_disjoint_stocks_add_up(rows: list[tuple[int, int, int]]) -> None:
    opening, went, counted = np.array(rows, dtype=float).T
    each = balance(Flows.of(opening, issued=went), counted)
    sums = balance(Flows.of([opening.sum()], issued=[went.sum()]), [counted.sum()])
    assert each.loss.sum() == sums.loss[0]


@given(quantities, quantities, quantities, st.sampled_from([0.5, 2.0, 1024.0]))
def test_the_ratio_does_not_depend_on_the_unit(
    opening: int, came: int, counted: int, factor: float
) -> None:
    one = balance(Flows.of([opening], received=[came]), [counted])
    other = balance(Flows.of([opening * factor], received=[came * factor]), [counted * factor])
    np.testing.assert_array_equal(one.loss_ratio, other.loss_ratio)
    np.testing.assert_array_equal(one.loss * factor, other.loss)
