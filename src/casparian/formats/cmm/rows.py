"""Measurements and statistics of a report to the columns of contract spc.

A measurement passes when it lies within its limits, both included; limits are USL and LSL or, where
those are missing, nominal with its tolerances. No limit, no verdict. A verdict that the file
states comes first. Units are the file's (`units`); times are local to the source and become UTC.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from casparian.formats.cmm.days import Days
from casparian.formats.cmm.limits import limits
from casparian.formats.cmm.symbols import type_of
from casparian.formats.cmm.tables import OTHER, Texts
from casparian.formats.cmm.words import CONTROL, FIELDS, STATED
from casparian.reading.records import Record
from casparian.reading.spc import (
    CAPABILITY,
    CHARACTERISTICS,
    CONTROL_LIMITS,
    MEASUREMENTS,
    Identity,
    Parts,
    feature_name,
    judged,
    plain,
)

RAW = ("sheet", *FIELDS)
STATED_RAW = ("sheet", "part_number", "feature", "chart", *STATED, *CONTROL)
MOST_FEATURES = 100_000  # characteristics that are kept as such
_DEFAULT_SHEET = re.compile(
    r"(?:sheet|tabelle|table|feuil|feuille|hoja|foglio|planilha|blatt|data|daten|results?|"
    r"measurements?|messwerte|report)\s*\d*\Z",
    re.IGNORECASE,
)
_CHARTS = {"": "xbar", "_r": "r", "_s": "s", "_mr": "moving_range"}


@dataclass
class Report:
    """One file. stem: its name, for what the file does not name. symbols: texts in symbol fonts."""

    stem: str
    timezone: str | None = None
    symbols: Mapping[str, str] = field(default_factory=dict)
    parts: Parts = field(default_factory=Parts)
    _features: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    _named: dict[tuple[object, ...], dict[str, Any]] = field(default_factory=dict)
    _limits: dict[tuple[str | None, ...], tuple[Decimal | None, Decimal | None]] = field(
        default_factory=dict
    )

    def __post_init__(self) -> None:
        self.identity = Identity(self.stem)
        self.days = Days(self.timezone)

    def measurement(self, sheet: str, texts: Texts) -> Record:
        """One measured value as a record."""
        fields = dict(self._characteristic(sheet, texts))
        raw = texts | {"sheet": sheet, "part_number": fields["part_number"]}
        for name in [name for name in texts if name[0] == OTHER]:
            raw[name[1:]] = raw.pop(name)
        lower, upper = self._bounds(texts)
        actual = texts.get("actual")
        time = self.days.iso(sheet, texts.get("measured_at"), texts.get("measured_time"))
        for name in _PASSED_ON:
            if name in texts:
                fields[name] = texts[name]
        fields |= judged(actual, lower, upper, texts.get("pass"))
        fields["actual"], fields["measured_at"] = plain(actual), time
        fields["nominal"] = plain(texts.get("nominal"))
        fields["usl"] = plain(texts.get("usl")) if upper is None else str(upper)
        fields["lsl"] = plain(texts.get("lsl")) if lower is None else str(lower)
        self._serial(fields)
        fields["measurement_id"] = self.identity.of(
            fields["part_number"], fields["feature"], fields.get("serial"), time
        )
        if fields["feature"]:
            self.parts.saw(fields)
        self._remember(fields, texts)
        return Record(MEASUREMENTS, raw, fields)

    def stated(self, sheet: str, texts: Texts, stated: Mapping[str, str]) -> Iterator[Record]:
        """What a row or sheet states of a characteristic: capability, control limits."""
        named = dict(self._characteristic(sheet, texts))
        if not named["feature"]:
            return
        lower, upper = self._bounds(texts)
        named |= {"study": f"{self.stem}/{sheet}", "units": texts.get("units")}
        raw = {name: named[name] for name in ("part_number", "feature")} | {"sheet": sheet}
        own = {name: plain(text) for name, text in stated.items() if name in STATED}
        if own and set(own) - {"n"}:
            spec = {"nominal": plain(texts.get("nominal")), "usl": _text(upper)}
            whole = (own["n"] or "").removesuffix(".0") if "n" in own else None
            shown = own | {"n": whole, "lsl": _text(lower)}
            yield Record(CAPABILITY, raw | dict(stated), named | spec | shown)
        for tail, chart in _CHARTS.items():
            sides = {s: plain(stated[s + tail]) for s in CONTROL if s + tail in stated}
            if sides:
                yield Record(
                    CONTROL_LIMITS, raw | sides | {"chart": chart}, named | sides | {"chart": chart}
                )

    def _characteristic(self, sheet: str, texts: Texts) -> dict[str, Any]:
        """Part, feature and what kind of characteristic it is; not to be changed."""
        key = (sheet, "feature" in texts, *(texts.get(name) for name in _NAMED))
        if key not in self._named:
            if len(self._named) > MOST_FEATURES:
                self._named.clear()
            self._named[key] = self._name(sheet, texts)
        return self._named[key]

    def _name(self, sheet: str, texts: Texts) -> dict[str, Any]:
        named = None if _DEFAULT_SHEET.match(sheet) else sheet
        if "feature" in texts:
            feature = feature_name(texts.get("element"), texts["feature"])
            part = texts.get("part_number") or named
        else:  # a sheet a characteristic
            feature, part = named or self.stem, texts.get("part_number")
        written = texts.get("specification")
        axis = texts.get("axis")
        feature = f"{feature}/{axis}" if feature and axis else feature
        kind = texts.get("characteristic_type") or axis
        spec = self.symbols.get(written or "", written)
        return {
            "source_format": "cmm", "part_number": part or self.stem, "feature": feature,
            "characteristic_id": texts.get("characteristic_id"),
            "characteristic_type": (kind or type_of(spec, feature) or "").lower() or None,
        }  # fmt: skip

    def _bounds(self, texts: Texts) -> tuple[Decimal | None, Decimal | None]:
        key = tuple(texts.get(name) for name in _LIMIT_FIELDS)
        if key not in self._limits:
            if len(self._limits) > MOST_FEATURES:
                self._limits.clear()
            self._limits[key] = limits(texts)
        return self._limits[key]

    def _serial(self, fields: dict[str, Any]) -> None:
        """A sample that is no number is the part's mark."""
        sample = fields.get("sample")
        if sample is not None and not sample.isdecimal():
            fields["serial"] = fields.get("serial") or sample
            fields["sample"] = None
        if fields.get("sample") == "0":
            fields["sample"] = None

    def _remember(self, fields: Mapping[str, Any], texts: Texts) -> None:
        key = (fields["part_number"], fields["feature"])
        if None in key or key in self._features or len(self._features) >= MOST_FEATURES:
            return
        written = texts.get("specification")
        self._features[key] = {
            name: fields.get(name) for name in _DEFINED if name in fields
        } | {"specification": self.symbols.get(written or "", written)}  # fmt: skip

    def derived(self) -> Iterator[Record]:
        """The characteristics and the parts that the file's measurements name."""
        for fields in self._features.values():
            yield Record(CHARACTERISTICS, {}, fields, derived=True)
        yield from self.parts.records()


_PASSED_ON = (
    *("serial", "sample", "subgroup", "lot", "operator", "machine_id", "cavity", "gage"),
    *("order_id", "event", "comment", "units"),
)
_NAMED = (
    *("part_number", "feature", "characteristic_id", "characteristic_type", "specification"),
    *("element", "axis"),
)
_LIMIT_FIELDS = ("lsl", "usl", "nominal", "tol", "tol_plus", "tol_minus")
_DEFINED = (
    *("source_format", "part_number", "feature", "characteristic_id", "characteristic_type"),
    *("nominal", "usl", "lsl", "units", "gage"),
)


def _text(value: Decimal | None) -> str | None:
    return None if value is None else str(value)
