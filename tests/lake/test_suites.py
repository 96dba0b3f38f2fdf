"""Suites of marts, read from the dbt models; and which tables of a lake have one."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import write_deltalake

from casparian.lake.store import Lake
from casparian.lake.suites import Suites, key_of

MODEL = """
models:
  - name: fct_torque
    description: One row per line and day.
    data_tests:
      - primary_key: {arguments: {columns: [line_id, _date], nullable: [_date]}}
    columns:
      - {name: line_id, description: Line.}
      - {name: _date, description: Day.}
      - name: state
        data_tests:
          - not_null
          - accepted_values: {arguments: {values: [on, off]}, config: {severity: warn}}
      - {name: good_ratio, description: Share of good ones.}
      - {name: loss_ratio, description: Loss., config: {meta: {minimum: -1}}}
      - {name: parts, config: {meta: {minimum: 0}}}
"""


@pytest.fixture
def lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lake:
    models = tmp_path / "dbt" / "models" / "marts" / "equipment"
    models.mkdir(parents=True)
    (models / "fct_torque.sql").write_text("select 1")
    (models / "fct_torque.yml").write_text(MODEL)
    monkeypatch.setenv("CASPARIAN_DBT", str(tmp_path / "dbt"))
    made = Lake.at(tmp_path / "lake")
    for address in ("silver_equipment.alarms", "silver_equipment.historian_hourly",
                    "gold_equipment.fct_torque", "gold_equipment.of_somebody_else"):  # fmt: skip
        write_deltalake(made.table_uri(address), pa.table({"line_id": ["L1"]}))
    return made


def test_tables_with_a_contract_or_a_model_are_checked(lake: Lake) -> None:
    suites = Suites(lake)
    assert suites.addresses("silver") == ["silver_equipment.alarms"]
    assert suites.addresses("gold") == ["gold_equipment.fct_torque"]
    assert suites.version("silver_equipment.alarms")
    assert suites.version("gold_equipment.fct_torque") is None
    assert suites.of("silver_equipment.historian_hourly") == []


def test_the_suite_of_a_mart_is_what_its_yaml_says(lake: Lake) -> None:
    suite = Suites(lake).of("gold_equipment.fct_torque")
    assert key_of(suite) == ("line_id", "_date")
    assert [(each.kind, each.columns, each.severity) for each in suite] == [
        ("columns", ("line_id", "_date", "state", "good_ratio", "loss_ratio", "parts"), "critical"),
        ("unique", ("line_id", "_date"), "critical"),
        ("not_null", ("line_id",), "critical"),
        ("not_null", ("state",), "critical"),
        ("allowed", ("state",), "warning"),
        ("range", ("good_ratio",), "warning"),
        ("range", ("loss_ratio",), "warning"),
        ("range", ("parts",), "warning"),
    ]
    limits = {each.columns[0]: (each.minimum, each.maximum) for each in suite[-3:]}
    assert limits == {"good_ratio": (0, 1), "loss_ratio": (-1, 1), "parts": (0, None)}


def test_every_mart_of_the_project_has_a_key() -> None:
    suites = Suites(Lake.at("nowhere"))
    marts = sorted(suites._models.folder.glob("marts/*/*.sql"))
    assert marts
    for path in marts:
        assert key_of(suites.of(f"gold_{path.parent.name}.{path.stem}")), path.stem
