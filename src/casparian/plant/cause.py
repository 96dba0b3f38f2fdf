"""Why the planted quality shift happens: the chiller of that machine fails.

From then on its coolant runs warmer over the room by a factor while the machine cuts. P-100 is of
aluminium: 12.5 K let a bore of 24 mm grow by 24 mm * 23e-6 / K * 12.5 K = 6.9 um, which are the
planted 1.5 sigmas of 4.6 um.
"""

from __future__ import annotations

from casparian.plant import scenario
from casparian.plant.clock import utc_iso
from casparian.plant.cmm import Measurement, signals_of
from casparian.plant.signals import Chiller


def chiller_of(found: list[Measurement]) -> Chiller | None:
    """Of a site's measurements: it fails a little before the first part that shows the shift."""
    first = _first_shifted(found)
    return None if first is None else Chiller(first.at - scenario.CAUSE_BEFORE_S)


def cause_truth(found: list[Measurement]) -> dict[str, object] | None:
    """`quality_cause` of truth.json. rise: of the running machine's mean, in the tag's unit."""
    chiller, first = chiller_of(found), _first_shifted(found)
    if chiller is None or first is None:
        return None
    return {
        "tag": scenario.CAUSE_TAG, "machine_id": first.machine_id,
        "part_number": first.part, "feature": first.feature.name,
        "first_subgroup": first.subgroup, "starts_at": utc_iso(chiller.fails_at * 1000),
        "rise": scenario.CAUSE_RISE, "shift": scenario.SHIFT_SIGMAS * first.feature.sigma,
    }  # fmt: skip


def _first_shifted(found: list[Measurement]) -> Measurement | None:
    for signal in signals_of(found):
        if signal["kind"] == "mean_shift":
            part, subgroup = signal["part_number"], signal["first_subgroup"]
            own = [m for m in found if (m.part, m.subgroup) == (part, subgroup)]
            wanted = (m for m in own if m.feature.name == signal["feature"])
            return min(wanted, key=lambda m: m.at, default=None)
    return None
