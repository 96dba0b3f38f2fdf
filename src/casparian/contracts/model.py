"""Open Data Contract Standard 3.1 YAML as typed values.

Only what a verdict or a suite needs is read: columns with types, limits, allowed values and
patterns, keys, row rules (quality checks of type `custom`, engine `casparian`, a SQL condition and
its reason), the number of rows (metric `rowCount`), the age of the newest (SLA `latency`), and how
the tables are kept.
Source: Open Data Contract Standard 3.1.0 (Bitol, Linux Foundation), sections Schema and Data
quality.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import yaml

from casparian.contracts.stated import latencies, rows, severity
from casparian.contracts.upkeep import Upkeep, upkeep

DOMAINS = ("production", "quality", "equipment", "materials")
ARROW_TYPES: dict[str, pa.DataType] = {
    "string": pa.string(),
    "number": pa.float64(),
    "integer": pa.int64(),
    "timestamp": pa.timestamp("us", tz="UTC"),
    "date": pa.date32(),
    "boolean": pa.bool_(),
}


class ContractError(Exception):
    """A contract file that cannot be used. Carries one sentence that says what to mend."""


@dataclass(frozen=True)
class Column:
    """One property of a table.

    `minimum` and `maximum` are inclusive; None where there is no limit. `pattern` is a regular
    expression that no verdict asks for, but a suite does. Severities: as the contract states them,
    see `expectations`; None where it states none.
    """

    name: str
    type: pa.DataType
    required: bool = False
    minimum: float | None = None
    maximum: float | None = None
    allowed: tuple[str, ...] = ()
    unit: str | None = None
    description: str = ""
    allowed_severity: str | None = None
    pattern: str | None = None
    pattern_severity: str | None = None


@dataclass(frozen=True)
class RowRule:
    """A condition over one row's fields in SQL; null passes, false is quarantined with `reason`."""

    name: str
    condition: str
    reason: str
    severity: str | None = None


@dataclass(frozen=True)
class TableContract:
    """One table of a contract: its silver columns, key and rules.

    keep_bad: readings of quality Bad stay in silver with their flag.
    newest_wins: a later file's row replaces the row of the same key (reference data), where
        otherwise the later one is quarantined as a conflict.
    prefer: a boolean column of a derived table: of two rows of a key the one where it is true
        stands (a device model over what observations tell of the device).
    ranges_from: the table whose rows give limits a tag, or None.
    rows: least and greatest number of rows, and severity, or None.
    fresh: a time column, and how old its newest instant may be [s], or None.
    upkeep: how its tables are kept.
    """

    name: str
    domain: str
    version: str
    columns: tuple[Column, ...]
    primary_key: tuple[str, ...]
    rules: tuple[RowRule, ...] = ()
    keep_bad: bool = False
    newest_wins: bool = False
    prefer: str | None = None
    ranges_from: str | None = None
    description: str = ""
    rows: tuple[int | None, int | None, str | None] | None = None
    fresh: tuple[str, float] | None = None
    upkeep: Upkeep = field(default_factory=Upkeep)

    @property
    def silver(self) -> str:
        return f"silver_{self.domain}.{self.name}"

    @property
    def bronze(self) -> str:
        return f"bronze_{self.domain}.{self.name}"

    @property
    def quarantine(self) -> str:
        return f"ops_{self.domain}.{self.name}_quarantine"

    @cached_property
    def schema(self) -> pa.Schema:
        """The silver columns in order, without lineage."""
        return pa.schema([(column.name, column.type) for column in self.columns])


@dataclass(frozen=True)
class Contract:
    """One contract file: one export family."""

    id: str
    version: str
    domain: str
    tables: dict[str, TableContract]


def folder() -> Path:
    """Where the contracts that ship with Casparian lie: in the wheel, or in the repository."""
    packaged = Path(__file__).parent.parent / "_schemas" / "contracts"
    return packaged if packaged.is_dir() else Path(__file__).parents[3] / "schemas" / "contracts"


def load(name: str, *folders: Path) -> Contract:
    """The contract called `name`, from the first of `folders` that has it, else the shipped one.

    Raises ContractError where there is none or the file is not a usable contract.
    """
    for place in (*folders, folder()):
        path = Path(place) / f"{name}.odcs.yaml"
        if path.is_file():
            return _read(path, path.stat().st_mtime_ns)
    raise ContractError(
        f"No contract is called '{name}': add {name}.odcs.yaml to the contracts folder."
    )


def load_all(*folders: Path) -> dict[str, Contract]:
    """Every contract by name; those of earlier folders replace shipped ones of the same name."""
    names = {
        path.name.removesuffix(".odcs.yaml")
        for place in (*folders, folder())
        for path in Path(place).glob("*.odcs.yaml")
    }
    return {name: load(name, *folders) for name in sorted(names)}


@lru_cache(maxsize=256)
def _read(path: Path, _changed: int) -> Contract:
    try:
        document = yaml.load(path.read_text("utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        return _contract(document)
    except (yaml.YAMLError, KeyError, TypeError, ValueError) as error:
        raise ContractError(
            f"{path.name} is not a usable ODCS contract: {_short(error)}."
        ) from error


def _short(error: Exception) -> str:
    text = str(error).split("\n")[0].rstrip(".")
    return f"{text} is missing" if isinstance(error, KeyError) else text


def _contract(document: dict[str, Any]) -> Contract:
    version, domain = str(document["version"]), str(document["domain"])
    fresh = dict(latencies(document))
    tables = [
        replace(_table(entry, version, domain, fresh), upkeep=upkeep(document, entry))
        for entry in document["schema"]
    ]
    return Contract(str(document["id"]), version, domain, {table.name: table for table in tables})


def _custom(entry: dict[str, Any]) -> dict[str, Any]:
    return {item["property"]: item["value"] for item in entry.get("customProperties", ())}


def _table(
    entry: dict[str, Any], version: str, domain: str, fresh: dict[str, tuple[str, float]]
) -> TableContract:
    custom = _custom(entry)
    domain = custom.get("domain", domain)
    if domain not in DOMAINS:
        raise ValueError(f"domain '{domain}' is none of {', '.join(DOMAINS)}")
    keyed = sorted(
        (p["primaryKeyPosition"], p["name"]) for p in entry["properties"] if p.get("primaryKey")
    )
    return TableContract(
        name=entry["name"],
        domain=domain,
        version=version,
        columns=tuple(_column(item) for item in entry["properties"]),
        primary_key=tuple(name for _, name in keyed),
        rules=tuple(_rules(entry)),
        keep_bad=custom.get("quality_policy") == "keep_bad",
        newest_wins=custom.get("on_conflict") == "replace",
        prefer=custom.get("prefer"),
        ranges_from=custom.get("ranges_from"),
        description=entry.get("description", "").strip(),
        rows=rows(entry),
        fresh=fresh.get(entry["name"]),
    )


def _column(entry: dict[str, Any]) -> Column:
    options = entry.get("logicalTypeOptions", {})
    invalid = [c for c in entry.get("quality", ()) if c.get("metric") == "invalidValues"]
    allowed = [c for c in invalid if "validValues" in c["arguments"]]
    patterns = [c for c in invalid if "pattern" in c["arguments"]]
    return Column(
        name=entry["name"],
        type=ARROW_TYPES[entry["logicalType"]],
        required=bool(entry.get("required")),
        minimum=options.get("minimum"),
        maximum=options.get("maximum"),
        allowed=tuple(str(value) for c in allowed for value in c["arguments"]["validValues"]),
        unit=_custom(entry).get("unit"),
        description=entry.get("description", "").strip(),
        allowed_severity=severity(allowed),
        pattern=next((c["arguments"]["pattern"] for c in patterns), options.get("pattern")),
        pattern_severity=severity(patterns),
    )


def _rules(entry: dict[str, Any]) -> Iterator[RowRule]:
    for check in entry.get("quality", ()):
        if check.get("type") == "custom" and check.get("engine") == "casparian":
            reason = check["description"].strip()
            name = check.get("name") or check["description"].lower().replace(" ", "_")
            yield RowRule(name, str(check["implementation"]), reason, severity([check]))
