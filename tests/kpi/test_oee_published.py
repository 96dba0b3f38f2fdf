"""OEE and yield as others publish them."""

import numpy as np
import pytest

from casparian.kpi import oee
from casparian.kpi.yields import Quantities, defect_rates, rolled, yields


def array(*values: float) -> np.ndarray:
    return np.array(values, dtype=np.float64)


def test_the_shift_of_oee_com() -> None:
    """Vorne: 8 h less 60 min of breaks, 47 min down, ideal cycle 1.0 s, 19,271 made, 423 bad."""
    units = oee.Elements(
        array(420 * 60.0), array(373 * 60.0), array(19_271.0), array(19_271), array(18_848)
    )
    found = oee.ratios(units)
    got = [
        round(100 * float(r[0]), 2)
        for r in (found.availability, found.effectiveness, found.quality, found.oee)
    ]
    assert got == [88.81, 86.11, 97.80, 74.79]
    lost = oee.losses(units)
    assert [round(float(s[0]), 0) for s in vars(lost).values()] == [2820, 3109, 423, 18_848]
    times = oee.WorkTimes(array(480 * 60.0), array(3600.0), *[array(0.0)] * 2, array(47 * 60.0))
    whole_day = oee.indicators(times, found, array(86_400.0))
    assert whole_day.teep[0] == pytest.approx(18_848 / 86_400)


def test_elements_are_taken_as_lists() -> None:
    units = oee.Elements([100], [80], [60], [10], [9])  # type: ignore[arg-type]
    assert oee.ratios(units).oee[0] == pytest.approx(0.54)


def test_yield_of_sixsigma() -> None:
    """ss.ca.yield: defects 3, 5, 12, rework 1, 2, 4, each of 1915."""
    defects, rework, made = array(3, 5, 12), array(1, 2, 4), np.full(3, 1915.0)
    found = yields(Quantities.of(made, made - defects - rework, defects, rework))
    assert round(rolled(found.first_pass).rolled or 0, 7) == 0.9859563
    all_steps = defect_rates([20], [1915], [1])
    assert round(1 - float(all_steps.dpu[0]), 7) == 0.9895561
    assert round(float(all_steps.dpmo[0]), 2) == 10443.86


@pytest.mark.parametrize(
    ("sigma", "dpmo"),
    # the table that goes with the shift of 1.5
    [(6, 3.4), (5, 233), (4, 6210), (3, 66_807), (2, 308_538), (1, 691_462)],
)
def test_the_table_of_sigma_levels(sigma: float, dpmo: float) -> None:
    found = defect_rates([dpmo], [1e6], [1])
    assert found.sigma_short_term[0] == pytest.approx(sigma, abs=0.001)
