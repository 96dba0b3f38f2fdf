"""SCADA trends: each system's own layout, and how they are told from a historian's exports."""

from __future__ import annotations

from pathlib import Path

import pytest

from casparian.formats import Peek, sniff
from casparian.formats.scada import SCADA_TRENDS
from casparian.reading.base import Source, UnreadableFile
from tests.formats import golden
from tests.formats.verdicts import reasons

HERE = Path(__file__).parent
SAMPLES = (
    "wincc.csv", "ignition_db.csv", "factorytalk.csv", "pens.csv", "intouch.csv",
    "ignition_wide.csv", "dataset.csv",
)  # fmt: skip


@pytest.mark.parametrize("name", SAMPLES)
def test_golden(name: str) -> None:
    golden.check(
        SCADA_TRENDS, HERE / name, "America/Chicago" if "talk" in name else "Europe/Berlin"
    )


@pytest.mark.parametrize("name", SAMPLES)
def test_they_are_known(name: str) -> None:
    chosen, why = sniff(Peek.of(HERE / name))
    assert chosen is SCADA_TRENDS, why
    assert why.confidence >= 0.9


@pytest.mark.parametrize(
    "header", ["timestamp,tag,value,quality", "Time,TI-101,TI-102", "sensor_id,time,value"]
)
def test_others_are_left_alone(header: str) -> None:
    record = ",".join("2026-01-08" if "t" in w.lower()[:2] else "5" for w in header.split(","))
    peek = Peek("trend.csv", f"{header}\n{record}\n{record}\n".encode())
    assert SCADA_TRENDS.sniff(peek).confidence == 0


def test_verdicts() -> None:
    assert reasons(SCADA_TRENDS, HERE / "wincc.csv") == {3: "Quality Bad"}
    assert reasons(SCADA_TRENDS, HERE / "ignition_db.csv") == {2: "Quality Bad"}
    assert reasons(SCADA_TRENDS, HERE / "factorytalk.csv") == {2: "Quality Bad"}


def test_none_of_them(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(UnreadableFile, match="No trend among the columns a, b"):
        list(SCADA_TRENDS.read(Source(str(path), path.name)))
