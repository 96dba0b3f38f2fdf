"""Readings, tag lists, alias and synonym maps: a small file each, and all that is read from it."""

from __future__ import annotations

from pathlib import Path

import pytest

from casparian.formats import Peek, historian, sniff
from casparian.reading.base import Format
from tests.formats import golden

HERE = Path(__file__).parent
GOLDEN = {
    "readings.csv": historian.HISTORIAN_CSV,
    "long.parquet": historian.HISTORIAN_PARQUET,
    "sheets.xlsx": historian.HISTORIAN_SHEETS,
    "proficy.csv": historian.PROFICY_FILE,
    "tag_list.csv": historian.TAG_LIST,
    "aliases.csv": historian.TAG_ALIASES,
    "synonyms.csv": historian.TAG_SYNONYMS,
}


@pytest.mark.parametrize(("name", "form"), GOLDEN.items())
def test_golden(name: str, form: Format) -> None:
    assert sniff(Peek.of(HERE / name))[0] is form
    golden.check(form, HERE / name, "Europe/Berlin")
