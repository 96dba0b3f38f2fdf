"""What a contract says of a whole table, as a list: its suite.

A verdict judges records before they land; a suite is asked of the rows that lie in silver, whoever
wrote them. Both are read from the same contract, so nothing is written twice.

A check of a contract may state its ODCS `severity`: blocker, critical, error, high → critical;
warning, medium, low → warning; info → info. Where it states none, what the arithmetic of the marts
rests on is critical (columns and types, key, required, finite numbers, allowed values) and what is
merely unlikely is a warning (ranges, patterns, row rules, row counts, freshness). Source: Open Data
Contract Standard 3.1.0, sections Data quality and Service-level agreement.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa

from casparian.contracts.model import Column, TableContract

CRITICAL, WARNING, INFO = "critical", "warning", "info"
RECORD = ("_source_hash", "_source_row")  # what leads from a row back to its record


@dataclass(frozen=True)
class Expectation:
    """One thing that is to hold of every row, or of the table.

    kind: columns, type, unique, not_null, finite, range, allowed, pattern, rule (of rows), or rows,
    fresh (of the table). name: the kind, or a rule's own name. meaning: one sentence for people.
    minimum, maximum: inclusive, of a range or of the number of rows; minimum of `fresh`: the
    greatest age of the newest row, in seconds. condition: of a rule, in SQL, null passes.
    """

    kind: str
    columns: tuple[str, ...]
    severity: str
    meaning: str
    name: str = ""
    type: pa.DataType | None = None
    minimum: float | None = None
    maximum: float | None = None
    allowed: tuple[str, ...] = ()
    pattern: str | None = None
    condition: str | None = None

    @property
    def called(self) -> str:
        return self.name or self.kind

    @property
    def of_table(self) -> bool:
        """Asked of all rows together, so that a part of them does not do."""
        return self.kind in ("rows", "fresh")


def fingerprint(suite: Sequence[Expectation]) -> str:
    """Changes when an expectation does."""
    return hashlib.sha256(repr(suite).encode()).hexdigest()[:12]


def suite_of(contract: TableContract) -> list[Expectation]:
    """The suite of a silver table."""
    return [
        *_columns(contract),
        *(_type(column) for column in contract.columns),
        *_key(contract),
        *_finite(contract),
        *(each for column in contract.columns for each in _values(column, contract.keep_bad)),
        *_rules(contract),
        *_whole(contract),
    ]


def _columns(contract: TableContract) -> Iterator[Expectation]:
    needed = [c.name for c in contract.columns if c.required or c.name in contract.primary_key]
    others = [c.name for c in contract.columns if c.name not in needed]
    words = "The table has its key, its required columns and its lineage."
    yield Expectation("columns", (*needed, *RECORD), CRITICAL, words)
    if others:
        words = "The table has the other columns of its contract."
        yield Expectation("columns", tuple(others), WARNING, words)


def _type(column: Column) -> Expectation:
    words = f"{column.name} is of the contract's type, {column.type}."
    return Expectation("type", (column.name,), CRITICAL, words, type=column.type)


def _key(contract: TableContract) -> Iterator[Expectation]:
    if contract.primary_key:
        words = f"No two rows share {', '.join(contract.primary_key)}."
        yield Expectation("unique", contract.primary_key, CRITICAL, words)
    for name in RECORD:
        words = f"{name} leads every row back to its record."
        yield Expectation("not_null", (name,), CRITICAL, words)


def _finite(contract: TableContract) -> Iterator[Expectation]:
    numbers = tuple(c.name for c in contract.columns if pa.types.is_floating(c.type))
    if numbers:
        words = "Numbers are numbers: neither NaN nor infinite."
        yield Expectation("finite", numbers, CRITICAL, words)


def _values(column: Column, keep_bad: bool) -> Iterator[Expectation]:
    named = (column.name,)
    about = f" ({column.description.rstrip('.')})" if column.description else ""
    if column.required:
        words = f"{column.name} is never missing{about}."
        yield Expectation("not_null", named, CRITICAL, words)
    if column.minimum is not None or column.maximum is not None:
        words = f"{column.name} lies {_between(column)}{about}."
        low, high = column.minimum, column.maximum
        yield Expectation("range", named, WARNING, words, minimum=low, maximum=high)
    if column.allowed:
        allowed = column.allowed
        if column.name == "quality" and not keep_bad:
            allowed = tuple(word for word in allowed if word != "Bad")
        words = f"{column.name} is one of {', '.join(allowed)}{about}."
        severity = column.allowed_severity or CRITICAL
        yield Expectation("allowed", named, severity, words, allowed=allowed)
    if column.pattern:
        words = f"{column.name} is written like {column.pattern}{about}."
        severity = column.pattern_severity or WARNING
        yield Expectation("pattern", named, severity, words, pattern=column.pattern)


def _between(column: Column) -> str:
    unit = f" {column.unit}" if column.unit else ""
    if column.minimum is None:
        return f"at or below {column.maximum:g}{unit}"
    if column.maximum is None:
        return f"at or above {column.minimum:g}{unit}"
    return f"between {column.minimum:g} and {column.maximum:g}{unit}"


def _rules(contract: TableContract) -> Iterator[Expectation]:
    for rule in contract.rules:
        words = f"No row breaks the rule '{rule.reason}'."
        severity = rule.severity or WARNING
        yield Expectation("rule", (), severity, words, name=rule.name, condition=rule.condition)


def _whole(contract: TableContract) -> Iterator[Expectation]:
    if contract.rows is not None:
        low, high, severity = contract.rows
        ends = [f"at least {low:,}"] if low is not None else []
        ends += [f"at most {high:,}"] if high is not None else []
        words = f"The table has {' and '.join(ends)} rows."
        yield Expectation("rows", (), severity or WARNING, words, minimum=low, maximum=high)
    if contract.fresh is not None:
        name, seconds = contract.fresh
        words = f"The newest {name} is at most {seconds / 3600:g} hours old."
        yield Expectation("fresh", (name,), WARNING, words, minimum=seconds)
