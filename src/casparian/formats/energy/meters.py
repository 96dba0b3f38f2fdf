"""Meter readings in kilowatt hours, whatever unit they are exported in.

Source: ISO 80000-5:2019 (1 kWh = 3.6 MJ); the British thermal unit (IT) is 1055.05585262 J.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from casparian.reading.header import normalise
from casparian.reading.table import Fields

COLUMNS = (
    "meter_id", "line_id", "interval_start", "interval_end", "energy_kwh", "counter_kwh",
    "power_kw", "quantity", "quantity_unit", "medium", "site_id",
)  # fmt: skip
KWH = {
    "wh": 0.001, "kwh": 1.0, "mwh": 1e3, "gwh": 1e6, "j": 1 / 3.6e6, "kj": 1 / 3600, "mj": 1 / 3.6,
    "gj": 1e3 / 3.6, "tj": 1e6 / 3.6, "btu": 1055.05585262 / 3.6e6, "kbtu": 1055.05585262 / 3.6e3,
    "mmbtu": 1055.05585262 / 3.6, "therm": 105505.585262 / 3.6e3,
}  # fmt: skip
_KW = {"w": 0.001, "kw": 1.0, "mw": 1e3}
_OTHER = {"energy_mwh": 1e3, "energy_wh": 0.001}


class Meters:
    """One file's readings. Counters stay as they stand: a reset is left to who reckons with it."""

    def __init__(self) -> None:
        self.foreign: dict[str, None] = {}
        self.counters = False

    def fields(self, found: Fields, units: Mapping[str, str]) -> Fields:
        """The columns of `energy_readings`."""
        columns = {name: found[name] for name in COLUMNS if name in found}
        energy, stated = found["energy_kwh"], self._units(found, units.get("energy_kwh"))
        known = pc.is_in(stated, pa.array(["", *KWH]))
        nothing = pa.scalar(None, pa.string())
        columns["quantity"] = pc.if_else(known, nothing, energy)
        columns["quantity_unit"] = self._foreign(found, units, known)
        columns["energy_kwh"] = _converted(pc.if_else(known, energy, nothing), stated, KWH)
        for name, factor in _OTHER.items():
            columns["energy_kwh"] = pc.coalesce(columns["energy_kwh"], _times(found[name], factor))
        stated = self._units(found, units.get("counter_kwh"))
        columns["counter_kwh"] = _converted(found["counter_kwh"], stated, KWH)
        power = [normalise(units.get("power_kw", ""))] * len(energy)
        columns["power_kw"] = _converted(found["power_kw"], pa.array(power, pa.string()), _KW)
        self.counters |= found["counter_kwh"].null_count < len(energy)
        return {name: columns[name] for name in COLUMNS}

    def _units(self, found: Fields, header: str | None) -> pa.Array:
        """Each record's unit, spelled alike; "" where nobody said."""
        column = pc.fill_null(found["unit"], header or "")
        coded = column.dictionary_encode()
        words = pa.array([normalise(text) for text in coded.dictionary.to_pylist()], pa.string())
        return words.take(coded.indices)

    def _foreign(self, found: Fields, units: Mapping[str, str], known: pa.Array) -> pa.Array:
        """The unit of what is no energy, as m³ of gas or water."""
        unit = pc.fill_null(found["unit"], units.get("energy_kwh", ""))
        foreign = pc.if_else(known, pa.scalar(None, pa.string()), unit)
        self.foreign |= dict.fromkeys(pc.unique(foreign).drop_null().to_pylist())
        return foreign

    def derived(self, found: Fields) -> Iterable[tuple[pa.Array, Fields]]:
        return ()

    def notes(self) -> Iterable[str]:
        if self.foreign:
            named = ", ".join(list(self.foreign)[:5])
            yield f"Readings in {named} are no energy and stand as quantity."
        if self.counters:
            yield "The file has counter readings: consumption is the difference of two of them."


def _converted(text: pa.Array, units: pa.Array, factors: Mapping[str, float]) -> pa.Array:
    """Numbers as text, multiplied by the factor of each record's unit; kilo and unsaid as read."""
    for unit in pc.unique(units).to_pylist():
        if (factor := factors.get(unit, 1.0)) != 1.0:
            text = pc.if_else(pc.equal(units, unit), _times(text, factor), text)
    return text


def _times(text: pa.Array, factor: float) -> pa.Array:
    """What is no number stays as it is, for the contract to refuse."""
    return pa.array([_product(each, factor) for each in text.to_pylist()], pa.string())


def _product(text: str | None, factor: float) -> str | None:
    try:
        return None if text is None else f"{float(text) * factor:.12g}"
    except ValueError:
        return text
