"""One small plant with every fault, written once for all tests of this folder."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from casparian.plant import PlantSummary, write_plant

DAYS, SEED, SCALE = 4, 7, 0.2


@dataclass(frozen=True)
class WrittenPlant:
    out: Path
    truth: dict[str, Any]
    summary: PlantSummary

    @property
    def exports(self) -> Path:
        return self.out / "exports"

    def files(self, room: str) -> list[str]:
        """Paths of the exports of one room (historian, mtconnect...), sorted."""
        return sorted(path for path in self.truth["files"] if path.split("/")[1] == room)

    def rejected(self, rule: str, path: str | None = None) -> int:
        return sum(
            entry["count"]
            for entry in self.truth["quarantine"]
            if entry["rule"] == rule and path in (None, entry["file"])
        )


@pytest.fixture(scope="session")
def plant(tmp_path_factory: pytest.TempPathFactory) -> WrittenPlant:
    out = tmp_path_factory.mktemp("plant")
    summary = write_plant(out, days=DAYS, seed=SEED, scale=SCALE)
    truth = json.loads((out / "truth.json").read_text(encoding="utf-8"))
    return WrittenPlant(out, truth, summary)
