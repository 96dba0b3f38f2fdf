"""Suites of silver tables, read from contracts: what is critical, and what a contract may say."""

from __future__ import annotations

from pathlib import Path

import pytest

from casparian.contracts.expectations import Expectation, fingerprint, suite_of
from casparian.contracts.model import ContractError, TableContract, load, load_all

TORQUE = """
apiVersion: v3.1.0
kind: DataContract
id: torque
version: 1.2.0
domain: equipment
slaProperties:
  - {{ property: latency, value: 2, unit: d, element: torque.at }}
schema:
  - name: torque
    properties:
      - {{ name: screw, logicalType: string, primaryKey: true, primaryKeyPosition: 1,
          logicalTypeOptions: {{ pattern: "^S[0-9]+$" }} }}
      - {{ name: at, logicalType: timestamp, required: true }}
      - name: torque_nm
        logicalType: number
        description: Final torque.
        logicalTypeOptions: {{ minimum: 8, maximum: 12 }}
        customProperties: [ {{ property: unit, value: Nm }} ]
      - name: quality
        logicalType: string
        quality:
          - type: library
            metric: invalidValues
            arguments: {{ validValues: [Good, Uncertain, Bad] }}
            {severity}
    quality:
      - {{ type: library, metric: rowCount, mustBeGreaterThan: 9 }}
      - {{ type: custom, engine: casparian, name: twice, implementation: "torque_nm <> 9",
          description: Screwed twice, severity: error }}
"""


def contract(folder: Path, severity: str = "") -> TableContract:
    (folder / "torque.odcs.yaml").write_text(TORQUE.format(severity=severity), "utf-8")
    return load("torque", folder).tables["torque"]


def of(suite: list[Expectation], kind: str) -> list[tuple[tuple[str, ...], str]]:
    return [(each.columns, each.severity) for each in suite if each.kind == kind]


def test_what_the_marts_rest_on_is_critical(tmp_path: Path) -> None:
    suite = suite_of(contract(tmp_path))
    assert of(suite, "columns") == [
        (("screw", "at", "_source_hash", "_source_row"), "critical"),
        (("torque_nm", "quality"), "warning"),
    ]
    assert of(suite, "type") == [
        ((name,), "critical") for name in ("screw", "at", "torque_nm", "quality")
    ]
    assert of(suite, "unique") == [(("screw",), "critical")]
    assert of(suite, "not_null") == [
        ((name,), "critical") for name in ("_source_hash", "_source_row", "at")
    ]
    assert of(suite, "finite") == [(("torque_nm",), "critical")]
    assert of(suite, "allowed") == [(("quality",), "critical")]


def test_what_is_merely_unlikely_warns(tmp_path: Path) -> None:
    suite = suite_of(contract(tmp_path))
    assert of(suite, "range") == [(("torque_nm",), "warning")]
    assert of(suite, "pattern") == [(("screw",), "warning")]
    assert of(suite, "rows") == [((), "warning")]
    assert of(suite, "fresh") == [(("at",), "warning")]


def test_a_contract_states_severities_of_its_own(tmp_path: Path) -> None:
    suite = suite_of(contract(tmp_path, "severity: low"))
    assert of(suite, "allowed") == [(("quality",), "warning")]
    assert [(each.called, each.severity) for each in suite if each.kind == "rule"] == [
        ("twice", "critical")
    ]


def test_an_unknown_severity_is_said(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="severity 'dire' is none of"):
        contract(tmp_path, "severity: dire")


def test_limits_counts_and_ages(tmp_path: Path) -> None:
    by_kind = {each.kind: each for each in suite_of(contract(tmp_path))}
    limits = by_kind["range"]
    assert (limits.minimum, limits.maximum) == (8, 12)
    assert limits.meaning == "torque_nm lies between 8 and 12 Nm (Final torque)."
    assert (by_kind["rows"].minimum, by_kind["rows"].maximum) == (10, None)
    assert by_kind["fresh"].minimum == 2 * 86400
    assert by_kind["rows"].of_table and by_kind["fresh"].of_table
    assert by_kind["pattern"].pattern == "^S[0-9]+$"


def test_bad_readings_are_not_allowed_where_the_contract_quarantines_them(tmp_path: Path) -> None:
    (allowed,) = (each for each in suite_of(contract(tmp_path)) if each.kind == "allowed")
    assert allowed.allowed == ("Good", "Uncertain")


def test_the_fingerprint_follows_the_contract(tmp_path: Path) -> None:
    first = fingerprint(suite_of(contract(tmp_path)))
    assert fingerprint(suite_of(contract(tmp_path))) == first
    assert fingerprint(suite_of(contract(tmp_path, "severity: low"))) != first


def test_every_shipped_contract_has_a_suite_that_says_what_it_means() -> None:
    for each in load_all().values():
        for table in each.tables.values():
            suite = suite_of(table)
            assert {"columns", "type", "unique", "not_null"} <= {one.kind for one in suite}
            assert all(one.meaning.endswith(".") for one in suite)
            names = [(one.called, one.columns) for one in suite]
            assert len(set(names)) == len(names), table.name
