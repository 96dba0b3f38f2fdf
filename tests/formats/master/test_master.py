"""Master data: a format a table, told apart by their columns."""

from __future__ import annotations

from pathlib import Path

import pytest

from casparian.formats.delimited import DelimitedFormat
from casparian.formats.master import FORMATS
from tests.formats.golden import check


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_golden(form: DelimitedFormat) -> None:
    check(form, Path(__file__).parent / f"{form.name}.csv", "Europe/Berlin")
