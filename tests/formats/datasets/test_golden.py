"""Made-up rows in the shapes of the public data sets, with a damaged one each."""

from __future__ import annotations

from pathlib import Path

import pytest

from casparian.formats import Peek, sniff
from casparian.formats.datasets import AI4I, CMAPSS, CMAPSS_RUL, TENNESSEE_EASTMAN
from casparian.reading.base import Format
from tests.formats import golden

HERE = Path(__file__).parent
GOLDEN = {
    "ai4i.csv": AI4I,
    "train_FD009.txt": CMAPSS,
    "RUL_FD009.txt": CMAPSS_RUL,
    "d77_te.dat": TENNESSEE_EASTMAN,
}


@pytest.mark.parametrize(("name", "form"), GOLDEN.items())
def test_golden(name: str, form: Format) -> None:
    assert sniff(Peek.of(HERE / name))[0] is form
    golden.check(form, HERE / name)
