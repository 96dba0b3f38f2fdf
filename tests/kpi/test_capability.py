import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casparian.kpi import capability as package
from casparian.kpi.capability import capability, index, intervals
from casparian.kpi.capability.many import many
from tests.kpi.piston_rings import PISTON_RINGS

LSL, USL = 73.95, 74.05


def test_piston_rings_as_published() -> None:
    found = capability(PISTON_RINGS, lsl=LSL, usl=USL)
    assert [round(i, 3) for i in (found.cp, found.cpk, found.pp, found.ppk)] == [  # type: ignore[arg-type]
        1.703,
        1.663,
        1.655,
        1.616,
    ]
    assert found.n == 125
    assert found.missing == ()
    assert (found.subgroups, found.method, found.rules, found.stable) == (25, "range", (), True)


def rounded(pair: tuple[float, float]) -> list[float]:
    return [round(end, 3) for end in pair]


def test_intervals_of_piston_rings_as_qcc_prints_them() -> None:
    """R, qcc::process.capability(target = 74): it gives sigma within n - 1 degrees of freedom."""
    found = capability(PISTON_RINGS, LSL, USL)
    cp, cpk = found.cp, found.cpk
    assert cp is not None
    assert cpk is not None
    assert rounded(intervals.spread_interval(cp, 124)) == [1.491, 1.915]
    assert rounded(intervals.nearest_interval(cpk, 125, 124)) == [1.448, 1.878]
    sigma = found.sigma_within
    about = float(index.cpm(found.mean, sigma, LSL, USL, 74.0))  # type: ignore[arg-type]
    assert round(about, 3) == 1.691


def test_montgomery_8_3() -> None:
    """Two processes of the same Cpk, told apart by Cpm (LSL 35, USL 65, target 50)."""
    found = index.cpm(np.array([50.0, 57.5]), np.array([5.0, 2.5]), 35.0, 65.0, 50.0)
    assert found.round(2).tolist() == [1.0, 0.63]
    both = index.indices(np.array([50.0, 57.5]), np.array([5.0, 2.5]), 35.0, 65.0)
    assert both.nearest.tolist() == [1.0, 1.0]
    assert both.both.tolist() == [1.0, 2.0]


def test_bottles_of_montgomery() -> None:
    """Bursting strength, example 8.3: mean 264.06, mean range 77.3 of 5, lower limit 200."""
    found = index.indices(264.06, 77.3 / 2.326, 200.0, np.nan)
    assert round(float(found.lower), 2) == 0.64
    assert round(float(found.ppm_below) / 1e6, 3) == 0.027
    assert np.isnan(found.both)


def test_expected_ppm_of_the_handbook() -> None:
    """NIST/SEMATECH 6.1.6: Cp of 1.00, 4/3, 5/3 and 2 of a centred process."""
    cp = np.array([1.0, 4 / 3, 5 / 3, 2.0])
    found = index.indices(0.0, 1.0, -3 * cp, 3 * cp)
    assert found.ppm_total == pytest.approx([2699.796, 63.34248, 0.573303, 0.001973175], rel=1e-6)


def test_a_limit_far_away_still_has_its_z() -> None:
    found = index.indices(0.0, 1.0, np.array([-60.0, np.nan, -3.0]), np.array([60.0, 60.0, np.nan]))
    assert found.z_bench[1:] == pytest.approx([60.0, 3.0], rel=1e-12)
    assert 59.9 < found.z_bench[0] < 60.0


def test_one_sided_specification() -> None:
    found = capability(PISTON_RINGS, lsl=None, usl=USL, target=74.0)
    both = capability(PISTON_RINGS, lsl=LSL, usl=USL)
    assert (found.cp, found.pp, found.cpm) == (None, None, None)
    assert found.cpk == both.cpk == both.cpu
    assert found.missing == ("no lower specification limit",)
    assert found.ppm_within.below is None
    assert found.ppm_within.total == found.ppm_within.above
    assert found.intervals["cpk"] == found.intervals["cpu"]


def test_a_natural_bound_is_no_specification() -> None:
    flatness = np.abs(PISTON_RINGS - 74.0)
    found = capability(flatness, lsl=0.0, usl=0.05, bounds=(0.0, None))
    open_side = capability(flatness, lsl=None, usl=0.05)
    assert found.missing == ("the lower limit is a natural bound",)
    assert (found.cp, found.cpk, found.ppm_overall) == (None, open_side.cpk, open_side.ppm_overall)
    upper = capability(np.array([97.0, 98.0, 99.5]), 90.0, 100.0, bounds=(None, 100.0))
    assert upper.cpk == upper.cpl
    inside = capability(flatness, lsl=0.001, usl=0.05, bounds=(0.0, None))
    assert inside.missing == ()


def test_no_limits_and_no_spread_say_so() -> None:
    found = capability(np.full((3, 5), 7.1), lsl=None, usl=None)
    assert (found.cp, found.cpk, found.pp, found.ppk) == (None, None, None, None)
    assert (found.sigma_within, found.sigma_overall) == (0.0, 0.0)
    assert "no spread within subgroups" in found.missing
    assert found.normality.missing == "no spread"
    assert found.intervals == {}


@pytest.mark.parametrize(
    ("values", "n", "left_out", "said"),
    [
        (np.empty((0, 5)), 0, 0, "no values"),
        (np.empty(0), 0, 0, "no values"),
        (np.array([10.0]), 1, 0, "one value has no spread"),
        (np.array([np.nan, 10.0]), 1, 1, "one value has no spread"),
        (np.full((2, 2), np.nan), 0, 4, "no values"),
    ],
)
def test_too_little_to_judge(values: np.ndarray, n: int, left_out: int, said: str) -> None:
    found = capability(values, lsl=9.0, usl=11.0)
    assert (found.n, found.left_out, found.missing) == (n, left_out, (said,))
    assert (found.cp, found.ppk, found.rules, found.stable) == (None, None, None, None)


def test_subgroups_of_one_value_are_individuals() -> None:
    values, labels = np.array([1.0, 4.0, 2.0]), np.array([1, 3, 2])
    found = capability(values, 0.0, 5.0, labels=labels)
    alone = capability(np.sort(values), 0.0, 5.0)
    assert (found.method, found.cpk, found.rules) == (alone.method, alone.cpk, alone.rules)
    assert found.method == "moving_range"
    ranges = capability(values, 0.0, 5.0, labels=labels, method="range")
    assert (ranges.cp, ranges.missing) == (None, ("no spread within subgroups",))
    assert ranges.pp is not None


def test_a_missing_value_is_left_out_of_its_subgroup() -> None:
    values = PISTON_RINGS.copy()
    values[3, 2] = np.nan
    found = capability(values, LSL, USL)
    kept = ~np.isnan(values.ravel())
    labels = np.repeat(np.arange(25), 5)[kept]
    assert (found.n, found.left_out) == (124, 1)
    other = capability(values.ravel()[kept], LSL, USL, labels=labels)
    assert (found.cpk, found.ppk, found.rules) == (other.cpk, other.ppk, other.rules)


def test_individuals_by_moving_ranges() -> None:
    """Montgomery 6.4: viscosity of aircraft primer paint, mean 33.52, moving range 0.48."""
    viscosity = np.array(
        [33.75, 33.05, 34.00, 33.81, 33.46, 34.02, 33.68, 33.27, 33.49, 33.20, 33.62, 33.00, 33.54,
         33.12, 33.84]
    )  # fmt: skip
    found = capability(viscosity, 31.0, 36.0)
    assert found.method == "moving_range"
    assert found.mean == pytest.approx(33.52, abs=0.005)
    assert found.sigma_within == pytest.approx(0.48 / 1.128, abs=0.002)
    assert (found.subgroups, found.stable) == (15, True)
    assert found.df_within == pytest.approx(1 / (2 * 0.8264 / 14) + 0.25, rel=0.02)


def test_limits_the_wrong_way_round_are_refused() -> None:
    with pytest.raises(ValueError, match="above the lower"):
        capability(PISTON_RINGS, lsl=74.05, usl=73.95)
    with pytest.raises(ValueError, match="infinite"):
        capability(np.array([1.0, np.inf]), lsl=0.0, usl=1.0)
    with pytest.raises(ValueError, match="level"):
        capability(PISTON_RINGS, LSL, USL, level=95.0)
    with pytest.raises(ValueError, match="no method"):
        capability(PISTON_RINGS, LSL, USL, method="median")  # type: ignore[arg-type]


def test_the_chart_may_have_been_judged_elsewhere() -> None:
    found = capability(PISTON_RINGS, LSL, USL, rules=["WE1", "R1"])
    assert (found.rules, found.stable) == (("WE1", "R1"), False)
    shifted = PISTON_RINGS + np.where(np.arange(25) > 17, 0.02, 0.0)[:, None]
    drawn = capability(shifted, LSL, USL)
    assert drawn.rules is not None
    assert "WE1" in drawn.rules


FIGURES = ("cp", "cpk", "pp", "ppk", "cpm", "z_within", "z_overall", "df_within")


@given(st.floats(0.01, 100), st.floats(-1000, 1000))
def test_indices_have_no_unit(scale: float, shift: float) -> None:
    around = PISTON_RINGS - 74.0
    one = capability(around, lsl=-0.05, usl=0.05, target=0.01)
    other = capability(
        around * scale + shift,
        lsl=-0.05 * scale + shift,
        usl=0.05 * scale + shift,
        target=0.01 * scale + shift,
    )
    for name in FIGURES:
        assert getattr(other, name) == pytest.approx(getattr(one, name), rel=1e-6), name
    assert other.ppm_overall.total == pytest.approx(one.ppm_overall.total, rel=1e-5)
    assert other.normality.p_value == pytest.approx(one.normality.p_value, rel=1e-6)


@given(st.integers(0, 2**32 - 1), st.sampled_from(["range", "s", "pooled", "pooled_unbiased"]))
def test_order_within_subgroups_does_not_count(seed: int, method: package.Method) -> None:
    mixed = np.random.default_rng(seed).permuted(PISTON_RINGS, axis=1)
    one = capability(PISTON_RINGS, LSL, USL, target=74.0, method=method)
    other = capability(mixed, LSL, USL, target=74.0, method=method)
    for name in FIGURES:
        assert getattr(other, name) == pytest.approx(getattr(one, name), rel=1e-12), name
    assert other.rules == one.rules


@given(st.integers(0, 2**32 - 1))
def test_one_sided_is_symmetric(seed: int) -> None:
    values = np.random.default_rng(seed).normal(0.0, 1.0, (10, 4))
    above = capability(values, lsl=None, usl=4.0)
    below = capability(-values, lsl=-4.0, usl=None)
    assert below.cpk == pytest.approx(above.cpk, rel=1e-12)
    assert below.z_within == pytest.approx(above.z_within, rel=1e-9)
    assert below.intervals["ppk"] == pytest.approx(above.intervals["ppk"], rel=1e-9)
    assert below.ppm_observed.total == above.ppm_observed.total


@given(st.integers(0, 2**32 - 1), st.integers(2, 12), st.integers(2, 8))
def test_many_at_once_are_those_one_by_one(seed: int, k: int, n: int) -> None:
    random = np.random.default_rng(seed)
    cube = random.normal(50.0, 2.0, (4, k, n))
    lsl = np.array([40.0, np.nan, 40.0, np.nan])
    usl = np.array([60.0, 60.0, np.nan, np.nan])
    found = many(cube, lsl, usl, 51.0)
    for i, values in enumerate(cube):
        limits = [None if np.isnan(limit[i]) else float(limit[i]) for limit in (lsl, usl)]
        one = capability(values, *limits, target=51.0)
        for name, figure in {
            "cp": found.within.both, "cpk": found.within.nearest, "pp": found.overall.both,
            "ppk": found.overall.nearest, "cpm": found.cpm, "z_overall": found.overall.z_bench,
        }.items():  # fmt: skip
            expected = getattr(one, name)
            assert figure[i] == pytest.approx(
                np.nan if expected is None else expected, rel=1e-9, nan_ok=True
            ), name


def test_many_refuses_what_is_no_cube() -> None:
    with pytest.raises(ValueError, match="at least 2"):
        many(np.ones((2, 3)), 0.0, 1.0)
    with pytest.raises(ValueError, match="missing"):
        many(np.full((1, 2, 2), np.nan), 0.0, 1.0)
    empty = many(np.empty((0, 3, 2)), 0.0, 1.0)
    assert empty.cpm.shape == (0,)
