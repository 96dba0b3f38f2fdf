"""How contracts say how tables are kept, and what they are told when they say it wrongly."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from casparian.contracts.model import ContractError, load
from casparian.contracts.upkeep import Upkeep

DOCUMENT: dict[str, Any] = {
    "apiVersion": "v3.1.0", "kind": "DataContract", "id": "casparian.screws", "name": "screws",
    "version": "1.0.0", "status": "active", "domain": "quality",
    "schema": [
        {
            "name": name, "physicalName": f"silver_quality.{name}", "physicalType": "table",
            "properties": [
                {"name": "at", "logicalType": "timestamp", "physicalType": "timestamp"},
                {"name": "station", "logicalType": "string", "physicalType": "string"},
            ],
        }
        for name in ("torque", "angle")
    ],
}  # fmt: skip


def kept(folder: Path, **more: Any) -> dict[str, Upkeep]:
    """The upkeep of each table, with more in the document, and `torque` in its table."""
    document = DOCUMENT | {k: v for k, v in more.items() if k != "torque"}
    first, second = document["schema"]
    document["schema"] = [first | more.get("torque", {}), second]
    (folder / "screws.odcs.yaml").write_text(yaml.safe_dump(document), "utf-8")
    return {name: table.upkeep for name, table in load("screws", folder).tables.items()}


def custom(**values: Any) -> list[dict[str, Any]]:
    return [{"property": key, "value": value} for key, value in values.items()]


def retention(**more: Any) -> list[dict[str, Any]]:
    return [
        {"property": "retention", "element": "torque_quarantine", "value": 90, "unit": "d"} | more
    ]


def test_who_says_nothing_keeps_quarantine_for_ever(tmp_path: Path) -> None:
    assert kept(tmp_path)["torque"] == Upkeep(None, 168, 64, 30, None)


def test_a_table_and_the_document_for_all_of_them(tmp_path: Path) -> None:
    found = kept(
        tmp_path,
        slaProperties=retention(),
        customProperties=custom(vacuum_hours=48, target_file_mb=128),
        torque={
            "customProperties": custom(target_file_mb=16, z_order=["station", "at"], log_days=7)
        },
    )
    assert found["torque"] == Upkeep(90, 48, 16, 7, ("station", "at"))
    assert found["angle"] == Upkeep(None, 48, 128, 30, None)


@pytest.mark.parametrize(("value", "unit", "days"), [(2, "y", 730), (1, "days", 1)])
def test_units_of_retention(tmp_path: Path, value: int, unit: str, days: int) -> None:
    found = kept(tmp_path, slaProperties=retention(value=value, unit=unit))
    assert found["torque"].quarantine_days == days


def test_no_columns_means_no_z_order(tmp_path: Path) -> None:
    found = kept(tmp_path, torque={"customProperties": custom(z_order=[])})
    assert (found["torque"].z_order, found["angle"].z_order) == ((), None)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"customProperties": custom(vacuum_hours=2)},
         "vacuum_hours of torque is 2: give a whole number from 24 to 8760"),
        ({"customProperties": custom(target_file_mb="big")},
         "target_file_mb of torque is 'big': give a whole number from 1 to 4096"),
        ({"customProperties": custom(log_days=True)}, "log_days of torque is True"),
        ({"torque": {"customProperties": custom(z_order=["at", "torqe"])}},
         "z_order of torque names 'torqe', which is none of its columns"),
        ({"torque": {"customProperties": custom(z_order=["at"] * 5)}}, "names 5 columns: give 4"),
        ({"slaProperties": retention(value=0)},
         "retention of torque_quarantine is 0: give 1 day or more"),
        ({"slaProperties": retention(unit="h")},
         "retention of torque_quarantine is in 'h': give d (days) or y"),
        ({"slaProperties": retention(element="torque")},
         "retention is of 'torque': only of torque_quarantine, angle_quarantine can it be"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_in_one_sentence(
    tmp_path: Path, more: dict[str, Any], words: str
) -> None:
    with pytest.raises(ContractError) as raised:
        kept(tmp_path, **more)
    said = str(raised.value)
    assert said.startswith("screws.odcs.yaml is not a usable ODCS contract: ")
    assert words in said
    assert said.endswith(".")
