"""Fixtures that many rooms share: one small plant with every fault, and the lake it lands in."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

from casparian.lake.process import process
from casparian.lake.scan import scan
from casparian.lake.store import Lake
from casparian.plant import write_plant

if TYPE_CHECKING:
    from local.object_store import ObjectStore

# A machine that others use as well is slow at times, and slowness is no wrong answer.
settings.register_profile("casparian", deadline=None)
settings.load_profile("casparian")

DAYS, SEED, SCALE = 5, 7, 0.1


@dataclass(frozen=True)
class Plant:
    """Exports as written, and the answers that came from the generator's own events."""

    exports: Path
    truth: dict[str, Any]


@dataclass(frozen=True)
class LandedPlant:
    """The plant's exports landed by the laptop engine. rows: ledger rows by path."""

    plant: Plant
    lake: Lake
    rows: dict[str, dict[str, Any]]


@pytest.fixture(scope="session")
def five_days(tmp_path_factory: pytest.TempPathFactory) -> Plant:
    out = tmp_path_factory.mktemp("five_days")
    write_plant(out, days=DAYS, seed=SEED, scale=SCALE)
    return Plant(out / "exports", json.loads((out / "truth.json").read_text(encoding="utf-8")))


@pytest.fixture(scope="session")
def landed_plant(five_days: Plant, tmp_path_factory: pytest.TempPathFactory) -> LandedPlant:
    lake = Lake.at(tmp_path_factory.mktemp("lake") / "lake")
    scan(lake, five_days.exports, "plant")
    rows = process(lake, "plant")
    return LandedPlant(five_days, lake, {row["source_path"]: row for row in rows})


@pytest.fixture(scope="session")
def object_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectStore]:
    """An S3 store of the tests' own, which ends with them."""
    from local.object_store import object_store as chosen

    store = chosen(tmp_path_factory.mktemp("s3"))
    store.install()
    store.start({})
    try:
        store.wait()
        yield store
    finally:
        store.stop()


@pytest.fixture
def s3(object_store: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of a lake of the test's own on S3, which the environment says how to reach."""
    from local.downloads import maven_jars
    from local.object_store import KEY, REGION

    for name, value in {
        "AWS_ENDPOINT_URL": object_store.endpoint,
        "AWS_REGION": REGION,
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": object_store.secret("key"),
        "AWS_ALLOW_HTTP": "true",
        "CASPARIAN_SPARK_JARS": str(maven_jars("s3a")[0].parent),
    }.items():
        monkeypatch.setenv(name, value)
    return f"s3://lake/{uuid.uuid4().hex[:8]}"
