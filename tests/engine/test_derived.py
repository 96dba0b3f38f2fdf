"""Derived rows never take the place of what a record of its own says, whichever came first."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from casparian.lake.ledger import Ledger
from casparian.lake.process import process
from casparian.lake.scan import scan
from casparian.lake.store import Lake
from tests.engine.content import check_books, check_keys

SAMPLES = Path(__file__).parents[1] / "formats" / "mtconnect"
DEVICES = "silver_equipment.mtc_devices"


def land(lake: Lake, root: Path, *names: str) -> dict[str, tuple[str | None, bool]]:
    """Lands samples as files of these names; maker and `described` by device afterwards."""
    root.mkdir(exist_ok=True)
    for name in names:
        shutil.copy(SAMPLES / name.partition("_")[2], root / name)
    scan(lake, root, "t")
    process(lake, "t")
    check_keys(lake, {DEVICES: ("device_uuid",)})
    rows = lake.read(DEVICES).to_pylist()
    return {row["device_uuid"]: (row["manufacturer"], row["described"]) for row in rows}


@pytest.mark.parametrize(
    "runs",
    [
        [["a_devices.xml", "b_streams.xml"]],
        [["a_streams.xml", "b_devices.xml"]],
        [["a_devices.xml"], ["a_streams.xml"]],
        [["a_streams.xml"], ["b_devices.xml"]],
    ],
)
def test_the_device_model_stands(runs: list[list[str]], tmp_path: Path) -> None:
    lake = Lake.at(tmp_path / "lake")
    for names in runs:
        found = land(lake, tmp_path / "in", *names)
    check_books(lake)
    assert found["mill-1"] == ("Acme", True)
    assert all(row["status"] == "landed" for row in Ledger(lake).rows())


def test_a_newer_device_model_takes_over(tmp_path: Path) -> None:
    lake = Lake.at(tmp_path / "lake")
    land(lake, tmp_path / "in", "a_devices.xml")
    newer = (SAMPLES / "devices.xml").read_text().replace("Acme", "Bcme")
    (tmp_path / "in" / "c_devices.xml").write_text(newer)
    found = land(lake, tmp_path / "in", "d_streams.xml")
    assert found["mill-1"] == ("Bcme", True)


TAGS = "silver_equipment.historian_tags"
LIST = "tag_name,units,range_low,range_high\nTI-101,degC,-40,150\n"
WIDE = "Timestamp,TI-101 [K],TI-102 [bar]\n" + "".join(
    f"2025-10-28 0{hour}:00:00,{hour + 290},{hour}.5\n" for hour in range(8)
)


@pytest.mark.parametrize("runs", [["tags", "wide"], ["wide", "tags"], ["both"]])
def test_the_tag_list_keeps_its_limits(runs: list[str], tmp_path: Path) -> None:
    """A wide export names units of its tags; the tag list says more."""
    lake, root = Lake.at(tmp_path / "lake"), tmp_path / "in"
    root.mkdir()
    for run in runs:
        if run in ("tags", "both"):
            (root / "a_tags.csv").write_text(LIST)
        if run in ("wide", "both"):
            (root / "b_wide.csv").write_text(WIDE)
        scan(lake, root, "t")
        process(lake, "t")
    check_books(lake)
    check_keys(lake, {TAGS: ("tag_name",)})
    rows = lake.read(TAGS).to_pylist()
    found = {row["tag_name"]: (row["units"], row["range_high"]) for row in rows}
    assert found == {"TI-101": ("degC", 150.0), "TI-102": ("bar", None)}


def test_what_is_derived_again_stands_once(tmp_path: Path) -> None:
    lake, root = Lake.at(tmp_path / "lake"), tmp_path / "in"
    root.mkdir()
    counts = []
    for number, name in enumerate(("a", "b")):
        shutil.copy(SAMPLES.parent / "aqdef" / "compact.dfq", root / f"{name}.dfq")
        with (root / f"{name}.dfq").open("ab") as file:
            file.write(b"\n" * number)
        scan(lake, root, "t")
        process(lake, "t")
        counts.append(lake.read("silver_quality.spc_characteristics").num_rows)
    assert counts[0] == counts[1] > 0
    check_books(lake)
