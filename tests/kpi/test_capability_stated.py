"""What a file states beside what follows from its values."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casparian.kpi.capability import Method, capability
from casparian.kpi.capability.stated import FIGURES, compare, decimals
from tests.kpi.piston_rings import PISTON_RINGS

LSL, USL = 73.95, 74.05
METHODS: tuple[Method, ...] = ("range", "s", "pooled")
STUDIES = [capability(PISTON_RINGS, LSL, USL, target=74.0, method=method) for method in METHODS]


def statuses(stated: dict[str, float | None], **given: object) -> dict[str, tuple[str, str]]:
    found = compare(stated, STUDIES, **given)  # type: ignore[arg-type]
    return {row.figure: (row.status, row.reason) for row in found}


def test_printed_digits_agree() -> None:
    found = statuses({"n": 125, "mean": 74.0012, "cp": 1.703, "cpk": 1.663, "pp": 1.655,
                      "ppk": 1.616, "cm": 1.655, "cmk": 1.616, "out_of_limits": 0,
                      "minimum": 73.967, "maximum": 74.03, "range_value": 0.063})  # fmt: skip
    assert set(found.values()) == {("agrees", "")}
    assert list(found) == [name for name in FIGURES if name in found]


def test_a_last_digit_that_is_off_differs() -> None:
    assert statuses({"pp": 1.656, "out_of_limits": 1, "n": 124}) == {
        "n": ("differs", ""),
        "pp": ("incomparable", "states 124 values, 125 are here"),
        "out_of_limits": ("incomparable", "states 124 values, 125 are here"),
    }
    assert statuses({"pp": 1.656}) == {"pp": ("differs", "")}


def test_zeros_that_are_not_printed_are_known_by_the_other_indices() -> None:
    assert statuses({"pp": 1.7})["pp"][0] == "agrees"  # 1.655 to one digit
    assert statuses({"pp": 1.7}, decimals_of=[1.616])["pp"][0] == "differs"


def test_the_method_of_sigma_is_found() -> None:
    assert statuses({"cp": 1.695}) == {"cp": ("agrees", "with sigma by s")}
    assert statuses({"cpk": 1.650}, decimals_of=[1.695])["cpk"][1] == "with sigma by pooled"
    assert statuses({"cpk": 1.616}) == {
        "cpk": ("differs", "it is Ppk: taken with the sigma of all values")
    }


def test_limits_that_the_file_rounds() -> None:
    off = 0.0004 / (3 * 0.01006997)
    stated = {"ppk": round(1.61616 + off, 3)}
    assert statuses(stated, resolution=3)["ppk"] == ("rounding", "")
    assert statuses(stated, resolution=5)["ppk"] == ("differs", "")


def test_what_cannot_be_compared_says_why() -> None:
    (none,) = compare({"cpk": 1.3}, [])
    assert (none.status, none.reason) == ("incomparable", "no measured values of it are here")
    open_side = capability(PISTON_RINGS, None, USL)
    (pp,) = compare({"pp": 9.9}, [open_side])
    assert pp.reason == "no lower specification limit"
    (mirrored,) = compare({"pp": 1.655}, [open_side], nominal=74.0)
    assert mirrored.reason.endswith(
        "; it holds with the lower limit as far from the nominal as the other"
    )
    (upper,) = compare({"cp": 1.703}, [capability(PISTON_RINGS, LSL, None)], nominal=74.0)
    assert upper.reason.startswith("no upper specification limit; it holds with the upper limit")
    (single,) = compare({"ppk": 1.0}, [capability(np.array([1.0]), 0.0, 2.0)])
    assert single.reason == "one value has no spread"
    assert compare({"pp": None}, STUDIES) == ()


@pytest.mark.parametrize(
    ("numbers", "digits"),
    [([1.5, 2.25, None], 2), ([4.0], 0), ([], 0), ([1e-05], 5), ([float("nan")], 0), ([100.0], 0)],
)
def test_decimals(numbers: list[float | None], digits: int) -> None:
    assert decimals(numbers) == digits


@given(st.integers(0, 2**32 - 1), st.integers(1, 16))
def test_our_own_figures_agree_however_they_are_rounded(seed: int, digits: int) -> None:
    values = np.random.default_rng(seed).normal(0.0, 1.0, (6, 4))
    study = capability(values, -4.0, 5.0, target=0.5)
    stated = {
        name: round(getattr(study, name), digits)
        for name in ("cp", "cpk", "pp", "ppk", "cpl", "ppu", "cpm", "mean", "sigma_within")
    }
    assert {row.status for row in compare(stated, [study])} == {"agrees"}
