"""The marts that dbt builds on Trino are those that it builds on Spark, row by row."""

from __future__ import annotations

import math
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from casparian.lake.store import Lake
from spark_jobs.build_marts import mart_addresses
from tests.conftest import LandedPlant
from tests.local.builds import build

pytestmark = [pytest.mark.stack, pytest.mark.spark, pytest.mark.slow]


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
def on_spark(
    landed_plant: LandedPlant, services: None, tmp_path_factory: pytest.TempPathFactory
) -> Lake:
    build(landed_plant.lake.uri, "spark", tmp_path_factory.mktemp("spark"), "--no-test")
    return landed_plant.lake


@pytest.mark.parametrize("address", mart_addresses())
def test_every_row(address: str, marts_on_trino: Lake, on_spark: Lake) -> None:
    assert rows(marts_on_trino, address) == rows(on_spark, address)


def test_a_second_run_changes_nothing(marts_on_trino: Lake, lake: str, tmp_path: Path) -> None:
    before = {address: rows(marts_on_trino, address) for address in mart_addresses()}
    build(lake, "trino", tmp_path, "--no-test")
    assert {address: rows(marts_on_trino, address) for address in before} == before
