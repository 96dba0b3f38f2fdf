"""The suite of every table that is checked: silver by its contract, gold by its dbt model.

A mart's suite is read from the YAML beside its SQL, where key, columns and tests stand already:
`primary_key`, `not_null` and `accepted_values` are critical unless the test's severity is `warn`;
`minimum` and `maximum` of a column's `meta` give its range. By the naming law a column that ends in
`_ratio` lies between 0 and 1, also where nobody says so. Ranges are warnings, for figures are
reported and not clipped: an effectiveness above 1 says that an ideal cycle is too long.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from casparian.contracts.expectations import CRITICAL, WARNING, Expectation, suite_of
from casparian.contracts.model import TableContract, load_all
from casparian.lake.models import Models
from casparian.lake.own import kept_contracts
from casparian.lake.store import Lake

LAYERS = ("silver", "gold")
RATIO = "_ratio"


@dataclass(frozen=True)
class Suites:
    """What is asked of the tables of one lake."""

    lake: Lake

    @cached_property
    def _contracts(self) -> dict[str, TableContract]:
        contracts = load_all(*kept_contracts(self.lake)).values()
        return {table.silver: table for each in contracts for table in each.tables.values()}

    @cached_property
    def _models(self) -> Models:
        return Models.find()

    def of(self, address: str) -> list[Expectation]:
        """The table's suite; empty where neither contract nor model speaks of it."""
        if address in self._contracts:
            return suite_of(self._contracts[address])
        model = self._models.document(address.partition(".")[2])
        return list(_of_mart(model)) if address.startswith("gold_") and model else []

    def version(self, address: str) -> str | None:
        """Version of the contract behind the suite, None for a mart."""
        contract = self._contracts.get(address)
        return contract.version if contract else None

    def addresses(self, layer: str) -> list[str]:
        """The tables of a layer that are in the lake and have a suite."""
        every = (a for a in self.lake.addresses() if a.startswith(f"{layer}_"))
        return [address for address in every if self.of(address)]


def key_of(suite: list[Expectation]) -> tuple[str, ...]:
    """Columns that name one row."""
    return next((each.columns for each in suite if each.kind == "unique"), ())


def _of_mart(model: dict[str, Any]) -> Iterator[Expectation]:
    columns = model.get("columns", [])
    words = "The mart has the columns that its description names."
    yield Expectation("columns", tuple(c["name"] for c in columns), CRITICAL, words)
    for name, given in _tests(model.get("data_tests", [])):
        if name == "primary_key":
            yield from _key(given.get("arguments", given), _severity(given))
    for column in columns:
        yield from _column(column)


def _tests(listed: list[Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for test in listed:
        yield from [(test, {})] if isinstance(test, str) else test.items()


def _severity(test: dict[str, Any]) -> str:
    stated = test.get("config", {}).get("severity", test.get("severity", "error"))
    return WARNING if stated == "warn" else CRITICAL


def _key(given: dict[str, Any], severity: str) -> Iterator[Expectation]:
    key = tuple(given["columns"])
    yield Expectation("unique", key, severity, f"No two rows share {', '.join(key)}.")
    for name in key:
        if name not in given.get("nullable", ()):
            words = f"{name} is part of the key and never missing."
            yield Expectation("not_null", (name,), severity, words)


def _column(column: dict[str, Any]) -> Iterator[Expectation]:
    name, named = column["name"], (column["name"],)
    about = f" ({column['description'].rstrip('.')})" if column.get("description") else ""
    for test, given in _tests(column.get("data_tests", [])):
        severity, arguments = _severity(given), given.get("arguments", given)
        if test == "not_null":
            yield Expectation("not_null", named, severity, f"{name} is never missing{about}.")
        elif test == "accepted_values":
            allowed = tuple(str(value) for value in arguments["values"])
            words = f"{name} is one of {', '.join(allowed)}{about}."
            yield Expectation("allowed", named, severity, words, allowed=allowed)
    yield from _range(column, about)


def _range(column: dict[str, Any], about: str) -> Iterator[Expectation]:
    name = column["name"]
    meta = {**column.get("meta", {}), **column.get("config", {}).get("meta", {})}
    ratio = name.endswith(RATIO)
    low = meta.get("minimum", 0 if ratio else None)
    high = meta.get("maximum", 1 if ratio else None)
    if low is None and high is None:
        return
    ends = [f"at or above {low:g}"] if low is not None else []
    ends += [f"at or below {high:g}"] if high is not None else []
    words = f"{name} lies {' and '.join(ends)}{about}."
    yield Expectation("range", (name,), WARNING, words, minimum=low, maximum=high)
