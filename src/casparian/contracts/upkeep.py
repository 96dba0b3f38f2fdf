"""How a contract wants its tables kept: what is compacted to which size, and what goes after when.

ODCS has a place for how long data are kept, the service level `retention` (element
`<table>_quarantine`). The rest are custom properties of a table, or of the document for all of its
tables: `vacuum_hours`, `target_file_mb`, `log_days`, `z_order`.
Source: Open Data Contract Standard 3.1.0, sections Service-level agreement and Custom properties.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

LEAST_VACUUM_HOURS = 24  # a landing, a build or a query may take this long over files that went
NUMBERS = {  # least and greatest value
    "vacuum_hours": (LEAST_VACUUM_HOURS, 24 * 365),
    "target_file_mb": (1, 4096),
    "log_days": (1, 3650),
}
DAYS = {**dict.fromkeys(("d", "day", "days"), 1), **dict.fromkeys(("y", "year", "years"), 365)}
MOST_Z_ORDER = 4  # more columns than this, and a file is narrow in none of them
QUARANTINE = "_quarantine"


@dataclass(frozen=True)
class Upkeep:
    """How a table is to be kept.

    quarantine_days: age at which a quarantined record goes [days]; None: never. It is in bronze as
        it was read, and its count stays in the ledger.
    vacuum_hours: age at which a file that no version since needs is deleted [h].
    target_file_mb: size to which files are compacted [MB, 10**6 bytes].
    log_days: age at which entries of the Delta log go [days], where a checkpoint holds them.
    z_order: columns by which rows are laid near each other; () for none; None: the columns that
        queries ask for.
    key: columns of a key without a time in it, by which rows are sorted where they are not
        Z-ordered; () where time orders them.
    """

    quarantine_days: int | None = None
    vacuum_hours: int = 7 * 24
    target_file_mb: int = 64
    log_days: int = 30
    z_order: tuple[str, ...] | None = None
    key: tuple[str, ...] = ()

    @property
    def target_bytes(self) -> int:
        return self.target_file_mb * 1_000_000


def upkeep(document: dict[str, Any], entry: dict[str, Any]) -> Upkeep:
    """The upkeep of one table of a contract. Raises ValueError with what to mend."""
    name = entry["name"]
    custom = _custom(document) | _custom(entry)
    columns = [item["name"] for item in entry["properties"]]
    given: dict[str, Any] = {
        key: _number(name, key, custom[key]) for key in NUMBERS if key in custom
    }
    if "z_order" in custom:
        given["z_order"] = _z_order(name, custom["z_order"], columns)
    return Upkeep(quarantine_days=_retention(document, name), **given)


def _custom(entry: dict[str, Any]) -> dict[str, Any]:
    return {item["property"]: item["value"] for item in entry.get("customProperties", ())}


def _number(table: str, key: str, value: Any) -> int:
    low, high = NUMBERS[key]
    if not _whole(value) or not low <= int(value) <= high:
        raise ValueError(f"{key} of {table} is {value!r}: give a whole number from {low} to {high}")
    return int(value)


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _z_order(table: str, value: Any, columns: Collection[str]) -> tuple[str, ...]:
    names = tuple(value) if isinstance(value, list) else (value,)
    if unknown := [name for name in names if name not in columns]:
        raise ValueError(f"z_order of {table} names {unknown[0]!r}, which is none of its columns")
    if len(names) > MOST_Z_ORDER:
        raise ValueError(
            f"z_order of {table} names {len(names)} columns: give {MOST_Z_ORDER} or fewer"
        )
    return names


def _retention(document: dict[str, Any], table: str) -> int | None:
    """Days, by the ODCS service level `retention` of the table's quarantine."""
    for promise in document.get("slaProperties", ()):
        if promise.get("property") != "retention":
            continue
        _check_element(document, promise)
        if promise["element"] == table + QUARANTINE:
            return _days(promise)
    return None


def _check_element(document: dict[str, Any], promise: dict[str, Any]) -> None:
    """What is kept for a time is quarantine: all else of a contract is kept for ever."""
    known = [entry["name"] + QUARANTINE for entry in document["schema"]]
    element = promise.get("element")
    if element not in known:
        raise ValueError(f"retention is of {element!r}: only of {', '.join(known)} can it be")


def _days(promise: dict[str, Any]) -> int:
    value: Any = promise.get("value")
    unit = str(promise.get("unit", "d"))
    if unit not in DAYS:
        raise ValueError(f"retention of {promise['element']} is in {unit!r}: give d (days) or y")
    if not _whole(value) or not int(value) >= 1:
        raise ValueError(f"retention of {promise['element']} is {value!r}: give 1 day or more")
    return int(value) * DAYS[unit]
