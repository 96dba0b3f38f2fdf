"""The marts that dbt builds on Trino are those that it builds on Spark, row by row."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from casparian.lake.store import Lake
from spark_jobs.build_marts import mart_addresses
from tests.conftest import LandedPlant

pytestmark = [pytest.mark.stack, pytest.mark.spark, pytest.mark.slow]


def build(lake: str, engine: str, state: Path, *words: str) -> None:
    """Runs the job in a process of its own, as a scheduler does."""
    environment = os.environ | {"CASPARIAN_DBT_TARGET": engine, "CASPARIAN_STATE": str(state)}
    if engine == "spark":  # on a local lake, with a catalog of its own
        environment.pop("CASPARIAN_METASTORE")
    command = [sys.executable, "-m", "spark_jobs.build_marts", "--lake", lake, *words]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:] + done.stdout[-2000:]


def rows(lake: Lake, address: str) -> list[str]:
    """Rows in an order of their own, doubles to nine digits, instants to the millisecond."""
    table = lake.read(address)
    assert table is not None, f"{address} is not there"
    names = sorted(table.column_names)
    return sorted(repr([_plain(row[name]) for name in names]) for row in table.to_pylist())


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return "NaN" if math.isnan(value) else float(f"{value:.9g}")
    if isinstance(value, datetime):
        return value.replace(tzinfo=None, microsecond=value.microsecond // 1000 * 1000)
    return value


@pytest.fixture(scope="module")
def on_trino(landed: Lake, lake: str, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """The marts as Trino builds them."""
    build(lake, "trino", tmp_path_factory.mktemp("trino"))
    return landed


@pytest.fixture(scope="module")
def on_spark(
    landed_plant: LandedPlant, services: None, tmp_path_factory: pytest.TempPathFactory
) -> Lake:
    build(landed_plant.lake.uri, "spark", tmp_path_factory.mktemp("spark"), "--no-test")
    return landed_plant.lake


@pytest.mark.parametrize("address", mart_addresses())
def test_every_row(address: str, on_trino: Lake, on_spark: Lake) -> None:
    assert rows(on_trino, address) == rows(on_spark, address)


def test_a_second_run_changes_nothing(on_trino: Lake, lake: str, tmp_path: Path) -> None:
    before = {address: rows(on_trino, address) for address in mart_addresses()}
    build(lake, "trino", tmp_path, "--no-test")
    assert {address: rows(on_trino, address) for address in before} == before
