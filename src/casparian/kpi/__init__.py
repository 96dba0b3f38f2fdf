"""Key figures: pure functions on numpy arrays, each with its standard and a worked example.

The functions here are the authority for every figure; the SQL of the marts mirrors them. They
know no table, file or clock. Instants are int64 microseconds since 1970 in UTC, so a shift over
midnight or over a change of the clocks needs no care; durations are float64 seconds; ratios
are 0 to 1 and are never clipped.

oee: time elements and ratios of ISO 22400-2, losses, MTBF and MTTR, states of machines.
spc: control charts of any kind, rules of Western Electric and of Nelson.
capability: indices with their intervals, not normal data too, stated against recomputed.
msa: gage R and R, bias, linearity, agreement of ratings.
process_values: what a tag was while a part was made; causes: which of them moved with a feature.
downtime: Pareto and trees of the reasons for stops, MTTR; what moved before a stop.
alarms: performance by ISA-18.2: rates, floods, chattering, stale and standing alarms.
timeseries: gaps, interpolation, roll-ups, and what stuck, spiking or dead sensors log.
pareto: categories by weight, with share and running share.
yields: first-pass, final and rolled throughput yield, defects per million, sigma level.
material: stock that should be there against stock that was counted; genealogy of lots.
energy: consumption of meters, energy per good unit, baseline, base load, peak demand.

Each is loaded when it is first asked for: `from casparian import kpi` and then `kpi.spc.xbar_r`.
"""

from __future__ import annotations

import importlib
from types import ModuleType

_SUBJECTS = (
    "alarms", "capability", "causes", "downtime", "energy", "factors", "material", "msa", "oee",
    "pareto", "process_values", "spc", "timeseries", "yields",
)  # fmt: skip


def __getattr__(name: str) -> ModuleType:
    if name not in _SUBJECTS:
        raise AttributeError(f"there is no {name!r} in {__name__}: {', '.join(_SUBJECTS)}")
    return importlib.import_module(f"{__name__}.{name}")


def __dir__() -> list[str]:
    return list(_SUBJECTS)
