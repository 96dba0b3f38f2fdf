"""One Java process for all marts: the small lake is built once, with every test that dbt knows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from casparian.lake import store as lake_store
from spark_jobs import build_marts
from tests.dbt import small_lake


@dataclass(frozen=True)
class Lake:
    """A built lake; `gold` reads a mart, `state` is dbt's own folder."""

    folder: Path
    state: Path

    def gold(self, domain: str, mart: str) -> list[dict[str, Any]]:
        """The rows of a mart, in no order."""
        table = lake_store.Lake.at(self.folder).read(f"gold_{domain}.{mart}")
        assert table is not None
        return [dict(row) for row in table.to_pylist()]


@pytest.fixture(scope="session")
def state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """dbt's own folder, shared so that the project is read once."""
    folder = tmp_path_factory.mktemp("dbt-state")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CASPARIAN_STATE", str(folder))
        yield folder


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory, state: Path) -> Lake:
    """The small lake with its marts; its path has what shells and SQL trip over."""
    folder = tmp_path_factory.mktemp("marts") / "the plant's lake"
    small_lake.write(folder)
    build_marts.build(str(folder), unit=True, docs=True)
    return Lake(folder, state)
