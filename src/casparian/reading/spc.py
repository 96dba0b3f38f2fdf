"""The measurement model of contract `spc`, for every format that fills it.

Tables and their silver columns, what tells measurements apart, numbers and verdicts. A format
gives `Record`s of these tables to `records.batches`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from casparian.reading.records import Columns, Record

MEASUREMENTS, ATTRIBUTES, PARTS = "spc_measurements", "spc_attributes", "spc_parts"
CHARACTERISTICS = "spc_characteristics"
CONTROL_LIMITS, CAPABILITY = "spc_control_limits", "spc_capability"
MOST_KEYS = 1_000_000  # measurements without a time whose repetitions are counted

_NAMED = ("source_format", "part_number", "feature")
_WHO = (
    *("serial", "measured_at", "subgroup", "sample", "lot", "operator", "machine_id", "cavity"),
    *("gage", "order_id", "event", "comment"),
)
_JUDGED = ("pass", "stated_status", "characteristic_id", "characteristic_type")
_SPECIFIED = ("nominal", "usl", "lsl", "units")
FIELDS: dict[str, tuple[str, ...]] = {
    MEASUREMENTS: (
        *(*_NAMED, "measurement_id", *_WHO, "actual", *_SPECIFIED, *_JUDGED, "within_limits"),
        *("quality", "quality_code"),
    ),
    ATTRIBUTES: (
        *(*_NAMED, "measurement_id", *_WHO, "value_text", "sample_size", "defects", *_JUDGED),
        *("quality", "quality_code"),
    ),
    PARTS: ("part_number", "serial", "lot", "machine_id", "produced_at"),
    CHARACTERISTICS: (
        *(*_NAMED, "characteristic_id", "characteristic_type", "specification", *_SPECIFIED),
        *("criticality", "gage", "comment"),
    ),
    CONTROL_LIMITS: (
        *(*_NAMED, "chart", "study", "ucl", "cl", "lcl", "subgroup_size", "units", "stated_at"),
        *("characteristic_id", "comment"),
    ),
    CAPABILITY: (
        *(*_NAMED, "study", "n", "mean", "sigma", "sigma_within", "minimum", "maximum"),
        *("range_value", "cp", "cpk", "cpl", "cpu", "pp", "ppk", "ppl", "ppu", "cpm", "cm", "cmk"),
        *("out_of_limits", *_SPECIFIED, "stated_at", "characteristic_id", "characteristic_type"),
        "comment",
    ),
}
TIMES = {MEASUREMENTS: ("measured_at",), ATTRIBUTES: ("measured_at",), PARTS: ("produced_at",),
         CONTROL_LIMITS: ("stated_at",), CAPABILITY: ("stated_at",)}  # fmt: skip

_PASSED_WORDS = (
    "pass|passed|go|g|ok|o.k.|true|1|yes|y|in|in tol|in tolerance|i.o.|io|i.o|ja|gut|good|accept|"
    "accepted|conform|conforming|conforme|oui|bon|sí|si|conforme|approved"
)
_FAILED_WORDS = (
    "fail|failed|no go|nogo|no-go|"
    "nok|n.ok|not ok|ng|false|0|no|n|out|out of tol|out of tolerance|n.i.o.|nio|n.i.o|"
    "nein|schlecht|bad|reject|rejected|nonconforming|non-conforming|non conforme|non|mauvais|"
    "no conforme|ausschuss|scrap|rework|nacharbeit|exceeded"
)
_PASSED, _FAILED = (frozenset(words.split("|")) for words in (_PASSED_WORDS, _FAILED_WORDS))


def columns(raw: Mapping[str, tuple[str, ...]]) -> dict[str, Columns]:
    """What `records.batches` must know of the tables, given each one's bronze columns."""
    return {name: Columns(raw[name], FIELDS[name], TIMES.get(name, ())) for name in raw}


def feature_name(of_part: str | None, characteristic: str | None) -> str | None:
    """`feature` as contract spc writes it: HOLE1/DIAMETER1, or the one name that there is."""
    if of_part and characteristic and of_part != characteristic:
        return f"{of_part}/{characteristic}"
    return characteristic or of_part


@dataclass
class Identity:
    """Gives measurements their `measurement_id`. One instance a file.

    report: names the file or its run where a measurement has neither serial nor time.
    """

    report: str
    _seen: dict[tuple[str | None, ...], int] = field(default_factory=dict)

    def of(
        self,
        part: str | None,
        feature: str | None,
        serial: str | None,
        time: str | None,
        *,
        again: bool = False,
    ) -> str:
        """serial@time; serial#n; @time#n; report#n. `time` as the file writes it.

        again: a part may have several values of a feature at one time: serial@time, serial@time#2.
        """
        if serial and time and not again:
            return f"{serial}@{time}"
        number = self._next(part, feature, serial, time)
        if serial and time:
            return f"{serial}@{time}" if number == 1 else f"{serial}@{time}#{number}"
        if serial:
            return f"{serial}#{number}"
        return f"@{time}#{number}" if time else f"{self.report}#{number}"

    def _next(self, *key: str | None) -> int:
        """Which occurrence this is; beyond MOST_KEYS keys all of them are counted as one."""
        if key not in self._seen and len(self._seen) >= MOST_KEYS:
            key = ()
        self._seen[key] = self._seen.get(key, 0) + 1
        return self._seen[key]


@lru_cache(maxsize=4096)
def number(text: str | None) -> Decimal | None:
    """A number as exporters write it, with point or comma; None where it is none."""
    if text is None:
        return None
    try:
        found = Decimal(_with_point(text.strip()))
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def _with_point(text: str) -> str:
    """1.234,5 and 1,234.5 are 1234.5; a single comma is a decimal one."""
    if "," not in text:
        return text
    if "." not in text:
        return text.replace(",", ".") if text.count(",") == 1 else text.replace(",", "")
    if text.rfind(",") > text.rfind("."):
        return text.replace(".", "").replace(",", ".")
    return text.replace(",", "")


def plain(text: str | None) -> str | None:
    """A number's text with a point, other text as it is: the contract judges it."""
    found = number(text) if text and "," in text else None
    return text if found is None else str(found)


def within(actual: Decimal | None, lower: Decimal | None, upper: Decimal | None) -> bool | None:
    """Whether the value lies within its limits, both included; None without value or limits."""
    if actual is None or (lower is None and upper is None):
        return None
    return (lower is None or actual >= lower) and (upper is None or actual <= upper)


def said(text: str | None) -> bool | None:
    """The verdict that a word of the export means; None for a word that means none."""
    word = (text or "").strip().casefold()
    return True if word in _PASSED else False if word in _FAILED else None


def judged(
    actual: str | None, lower: Decimal | None, upper: Decimal | None, stated: str | None
) -> dict[str, Any]:
    """The columns pass, within_limits and stated_status."""
    inside = within(number(actual), lower, upper)
    verdict = said(stated)
    return {
        "within_limits": None if inside is None else str(inside).lower(),
        "pass": None if (best := inside if verdict is None else verdict) is None
        else str(best).lower(),
        "stated_status": stated,
    }  # fmt: skip


@dataclass
class Parts:
    """Remembers the parts that were measured, for spc_parts. At most MOST_KEYS of them."""

    _parts: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)

    def saw(self, fields: Mapping[str, Any]) -> None:
        """Note a measurement's part, by its silver fields."""
        part, serial = fields.get("part_number"), fields.get("serial")
        if not part or not serial:
            return
        key = (part, serial)
        if key not in self._parts and len(self._parts) >= MOST_KEYS:
            return
        known = self._parts.setdefault(key, {"produced_at": None})
        for name in ("lot", "machine_id"):
            known[name] = known.get(name) or fields.get(name)
        known["produced_at"] = _earlier(known["produced_at"], fields.get("measured_at"))

    def records(self) -> Iterator[Record]:
        """One derived record a part."""
        for (part, serial), known in self._parts.items():
            named = {"part_number": part, "serial": serial}
            yield Record(PARTS, named, named | known, derived=True)


def _earlier(first: Any, second: Any) -> Any:
    """The earlier of two datetimes or ISO texts; of others the one that came first."""
    if first is None or second is None:
        return second if first is None else first
    if isinstance(first, str) and not first[:4].isdecimal():
        return first
    return min(first, second)
