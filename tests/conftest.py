"""Fixtures that many rooms share: one small plant with every fault, and the lake it lands in."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from casparian.lake.process import process
from casparian.lake.scan import scan
from casparian.lake.store import Lake
from casparian.plant import write_plant

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
