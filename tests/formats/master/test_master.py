"""Master data: a format a table, told apart by their columns."""

from __future__ import annotations

from pathlib import Path

import pytest

from casparian.formats.master import FORMATS
from casparian.reading.base import Batch
from casparian.reading.table import TableFormat
from tests.formats.golden import check, read


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_golden(form: TableFormat) -> None:
    check(form, Path(__file__).parent / f"{form.name}.csv", "Europe/Berlin")


def test_a_cycle_in_minutes(tmp_path: Path) -> None:
    path = tmp_path / "taktzeiten.csv"
    path.write_text("Maschine;Artikel;Taktzeit [min]\nM-1;P-1;0,75\nM-1;P-2;1:30\n")
    form = next(form for form in FORMATS if form.name == "ideal_cycles")
    (part,) = (part for part in read(form, path) if isinstance(part, Batch))
    assert part.fields["ideal_cycle_s"].to_pylist() == ["45", "5400"]
