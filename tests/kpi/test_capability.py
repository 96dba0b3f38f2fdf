import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casparian.kpi.capability import capability
from tests.kpi.piston_rings import PISTON_RINGS


def test_piston_rings_as_published() -> None:
    found = capability(PISTON_RINGS, lsl=73.95, usl=74.05)
    assert [round(i, 3) for i in (found.cp, found.cpk, found.pp, found.ppk)] == [  # type: ignore[arg-type]
        1.703,
        1.663,
        1.655,
        1.616,
    ]
    assert found.n == 125
    assert found.missing == ()


def test_one_sided_specification() -> None:
    found = capability(PISTON_RINGS, lsl=None, usl=74.05)
    both = capability(PISTON_RINGS, lsl=73.95, usl=74.05)
    assert found.cp is None
    assert found.cpk == both.cpk
    assert found.missing == ("no lower specification limit",)


def test_no_limits_and_no_spread_say_so() -> None:
    found = capability(np.full((3, 5), 7.0), lsl=None, usl=None)
    assert (found.cp, found.cpk, found.pp, found.ppk) == (None, None, None, None)
    assert "no spread within subgroups" in found.missing


def test_limits_the_wrong_way_round_are_refused() -> None:
    with pytest.raises(ValueError, match="above the lower"):
        capability(PISTON_RINGS, lsl=74.05, usl=73.95)


@given(st.floats(0.01, 100), st.floats(-1000, 1000))
def test_indices_have_no_unit(scale: float, shift: float) -> None:
    one = capability(PISTON_RINGS - 74.0, lsl=-0.05, usl=0.05)
    other = capability(
        (PISTON_RINGS - 74.0) * scale + shift, lsl=-0.05 * scale + shift, usl=0.05 * scale + shift
    )
    assert other.cpk == pytest.approx(one.cpk, rel=1e-6)
    assert other.ppk == pytest.approx(one.ppk, rel=1e-6)
