"""Characteristics, and the limits and capability that K-fields state, as derived rows."""

from __future__ import annotations

from collections.abc import Iterator

from casparian.formats.aqdef.characteristic import Characteristic
from casparian.reading import spc
from casparian.reading.records import Record


def definition(of: Characteristic) -> Record:
    """The characteristic itself, as a derived row."""
    own = {
        "source_format": "aqdef",
        "specification": of.own.get("K2151") or None,
        "criticality": of.own.get("K2005") or None,
        "gage": of.own.get("K2402") or of.own.get("K2401") or None,
        "comment": of.own.get("K2900") or None,
    }
    fields = of.identified | of.specified | own
    return Record(spc.CHARACTERISTICS, {}, fields, derived=True)


def stated(of: Characteristic, study: str) -> Iterator[Record]:
    """Control limits and capability that the file states, as derived rows."""
    named = of.identified | {"source_format": "aqdef", "study": study} | of.specified
    for chart, first in (("location", 8010), ("variation", 8110)):
        keys = [f"K{first + place}" for place in (1, 2, 3)]
        cl, lcl, ucl = (_number(of, key) for key in keys)
        if lcl or ucl:
            found = {"chart": chart, "cl": cl, "lcl": lcl, "ucl": ucl, "comment": _chart(of, first)}
            size = of.own.get("K8500") if _number(of, "K8500") else None
            fields = named | found | {"subgroup_size": size}
            yield Record(spc.CONTROL_LIMITS, {}, fields, derived=True)
    cp = _number(of, "K8510") or _number(of, "K8531")
    cpk = _number(of, "K8511") or _number(of, "K8532")
    if cp or cpk:
        fields = named | {"cp": cp, "cpk": cpk}
        yield Record(spc.CAPABILITY, {}, fields, derived=True)


def _chart(of: Characteristic, first: int) -> str | None:
    kind = of.own.get(f"K{first}")
    return f"K{first} {kind}" if kind else None


def _number(of: Characteristic, key: str) -> str | None:
    """A number that is stated: 0 stands for none."""
    found = spc.number(of.own.get(key))
    return str(found) if found else None
