"""Every family has its page, and the table of formats is the one that the command prints."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from casparian.cli.root import main
from casparian.formats import families

PAGES = Path(__file__).resolve().parents[2] / "docs" / "formats"


@pytest.mark.parametrize("family", families())
def test_each_family_has_a_page(family: str) -> None:
    text = (PAGES / f"{family}.md").read_text("utf-8")
    for form in families()[family]:
        for table in form.tables:
            assert f"`{table}`" in text, f"{family}.md does not name {table}"


def test_the_table_is_fresh() -> None:
    printed = CliRunner().invoke(main, ["formats", "--markdown"]).output
    assert (PAGES / "README.md").read_text("utf-8") == printed
