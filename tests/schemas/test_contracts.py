"""Every contract is valid ODCS, agrees with the formats that fill it, and says what it means."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from casparian.contracts.model import ARROW_TYPES, DOMAINS, load, load_all
from casparian.contracts.verdict import Judge
from casparian.formats import all_formats
from casparian.reading.base import Batch, Source

ROOT = Path(__file__).parents[2]
CONTRACTS = sorted((ROOT / "schemas" / "contracts").glob("*.odcs.yaml"))
PHYSICAL = {"number": "double", "integer": "bigint"}  # the others are called alike
SAMPLES = ROOT / "tests" / "formats"
FILLED = {
    "mtconnect": "mtconnect/streams.xml",
    "cmm": "cmm/cmm_report.xlsx",
    "production": "production/counts.csv",
    "downtime": "downtime/stops.csv",
    "lims": "lims/results.csv",
    "alarms": "alarms/journal.csv",
    "energy": "energy/meters.csv",
    "materials": "materials/movements.csv",
    "maintenance": "maintenance/orders.csv",
    "machines": "master/machines.csv",
    "products": "master/products.csv",
    "ideal_cycles": "master/ideal_cycles.csv",
    "routes": "master/routes.csv",
    "shift_calendar": "master/shift_calendar.csv",
    "planned_stops": "master/planned_stops.csv",
    "ignition_alarms": "alarms/ignition_journal.csv",
    "aveva_alarms": "alarms/aveva_history.csv",
    "factorytalk_alarms": "alarms/factorytalk_log.csv",
    "alarm_list": "alarms/meldeliste.csv",
    "audit_trail": "audit/audit_trail.csv",
    "defects": "defects/defect_log.csv",
}


def document(path: Path) -> dict[str, Any]:
    return yaml.safe_load(path.read_text("utf-8"))  # type: ignore[no-any-return]


def properties(path: Path) -> list[dict[str, Any]]:
    return [item for table in document(path)["schema"] for item in table["properties"]]


@pytest.mark.parametrize("path", CONTRACTS, ids=lambda path: path.name)
def test_valid_under_the_standards_schema(path: Path) -> None:
    schema = json.loads(files("open_data_contract_standard").joinpath("schema.json").read_text())
    validator = jsonschema.validators.validator_for(schema)(schema)
    errors = [f"{list(e.path)}: {e.message}" for e in validator.iter_errors(document(path))]
    assert not errors
    assert document(path)["apiVersion"] == "v3.1.0"


@pytest.mark.parametrize("path", CONTRACTS, ids=lambda path: path.name)
def test_names_addresses_and_types_agree(path: Path) -> None:
    contract = document(path)
    assert contract["id"] == f"casparian.{path.name.removesuffix('.odcs.yaml')}"
    assert contract["domain"] in DOMAINS
    for table in contract["schema"]:
        custom = {item["property"]: item["value"] for item in table.get("customProperties", ())}
        domain = custom.get("domain", contract["domain"])
        assert table["physicalName"] == f"silver_{domain}.{table['name']}"
        assert any(item.get("primaryKey") for item in table["properties"]), table["name"]
    for item in properties(path):
        assert item["logicalType"] in ARROW_TYPES
        logical = item["logicalType"]
        assert item["physicalType"] == PHYSICAL.get(logical, logical)


@pytest.mark.parametrize("path", CONTRACTS, ids=lambda path: path.name)
def test_every_table_and_column_is_described(path: Path) -> None:
    for item in [*document(path)["schema"], *properties(path)]:
        assert item.get("description", "").endswith("."), item["name"]
    assert all(table["description"].startswith("One row per") for table in document(path)["schema"])


@pytest.mark.parametrize("path", CONTRACTS, ids=lambda path: path.name)
def test_keys_are_required_and_in_order(path: Path) -> None:
    for table in document(path)["schema"]:
        keys = [item for item in table["properties"] if item.get("primaryKey")]
        assert [item["primaryKeyPosition"] for item in keys] == list(range(1, len(keys) + 1))
        assert all(item.get("required") for item in keys)


def test_every_format_has_its_contract_and_every_contract_a_format() -> None:
    tables = {f.contract: set() for f in all_formats().values()}
    for form in all_formats().values():
        tables[form.contract] |= set(form.tables)
    assert tables == {name: set(contract.tables) for name, contract in load_all().items()}


@pytest.mark.parametrize(("name", "sample"), FILLED.items())
def test_formats_give_the_columns_that_the_contract_names(name: str, sample: str) -> None:
    form = all_formats()[name]
    contract = load(form.contract)
    for part in form.read(Source(str(SAMPLES / sample), sample, "Europe/Berlin")):
        if isinstance(part, Batch):
            assert set(part.fields.schema.names) == set(contract.tables[part.table].schema.names)


@pytest.mark.parametrize(
    ("name", "sample", "reasons"),
    [
        (
            "production",
            "production/counts.csv",
            ["Good count above total count", "Bad interval_start"],
        ),
        ("downtime", "downtime/stops.csv", ["End before start"]),
        ("lims", "lims/results.csv", ["Missing result"]),
        ("energy", "energy/meters.csv", ["Below min (0)"]),
        ("cmm", "cmm/cmm_report.xlsx", ["Missing actual", "Not a number"]),
        ("mtconnect", "mtconnect/streams.xml", []),
    ],
)
def test_reasons_that_the_samples_meet(name: str, sample: str, reasons: list[str]) -> None:
    form, found = all_formats()[name], []
    for part in form.read(Source(str(SAMPLES / sample), sample, "Europe/Berlin")):
        if isinstance(part, Batch):
            verdict = Judge(load(form.contract).tables[part.table]).judge(part)
            found += [verdict.reasons[code - 1][1] for code in verdict.codes.tolist() if code]
    assert found == reasons
